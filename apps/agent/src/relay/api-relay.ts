import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { API_PROTOCOL } from '#lib/messaging';
import type { Clock, Logger } from '#lib/platform';
import { ENDPOINT_ADDRESS } from '../task-endpoint/domain/route.js';
import { isFromTasks, type LocalAddress } from './domain/from-tasks.js';
import { connectHere, connectToFirstHost, type FirstHost } from './first-host.js';
import { Relay } from './relay.js';

export interface ApiRelayOptions {
  /** Of the gateway on the first host, and of the tasks' address on every host. */
  readonly port: number;
  /** Of a host that has joined. */
  readonly firstHost?: FirstHost;
}

const MOST_CONNECTIONS = 1_024;
/** More than the pool of any client (the AWS SDKs': 50). */
const MOST_CONNECTIONS_OF_TASK = 128;

/**
 * The installation's API for the tasks of this host, at the address of their own endpoint: whatever network they are in, on whatever host, and the
 * gateway listens on its host's loopback all the same. Bytes are passed on as they come, so who asks for what is the gateway's to judge, by the
 * signature, as for everybody; there is no way round it. Others than this host's own containers and processes are not let in.
 */
export const apiRelay = ({ port, firstHost }: ApiRelayOptions, clock: Pick<Clock, 'sleep'>, logger: Logger): Relay =>
  new Relay(
    {
      name: "the tasks' way to the API",
      listen: { host: ENDPOINT_ADDRESS, port },
      connect: () => (firstHost ? connectToFirstHost(firstHost, API_PROTOCOL, logger) : connectHere(port, logger)),
      mostConnections: MOST_CONNECTIONS,
      mostConnectionsOfAddress: MOST_CONNECTIONS_OF_TASK,
      admits: (address) => isFromTasks(address, localAddresses()),
    },
    clock,
    logger,
  );

function localAddresses(): readonly LocalAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, all = []]) => {
    const isBridge = existsSync(`/sys/class/net/${name}/bridge`);
    return all.flatMap(({ address, cidr }) => (cidr === null ? [] : [{ address, cidr, isBridge }]));
  });
}
