import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { brokerTls, type EntryProtocol } from '#lib/messaging';
import type { Logger } from '#lib/platform';

/** How a host that has joined reaches the first one. */
export interface FirstHost {
  /** `tls://10.0.0.5:4567`: each an address of the first host. */
  readonly brokers: readonly string[];
  /** The certificate (PEM) of the installation's authority. */
  readonly caFile: string;
}

const CONNECT_TIMEOUT_MS = 5_000;

/** Through its one entry for others, by TLS and only the installation's. The first address that answers; undefined when none does. */
export async function connectToFirstHost(
  { brokers, caFile }: FirstHost,
  protocol: EntryProtocol,
  logger: Logger,
): Promise<TLSSocket | undefined> {
  for (const broker of brokers) {
    try {
      return await connectTo(new URL(broker), caFile, protocol);
    } catch (error) {
      logger.warn({ broker, protocol, reason: (error as Error).message }, 'the first host is not reached');
    }
  }
  return undefined;
}

function connectTo({ hostname, port }: URL, caFile: string, protocol: EntryProtocol): Promise<TLSSocket> {
  const { ca, servername } = brokerTls(readFileSync(caFile, 'utf8'));
  const address = { host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port) };
  const options = { ...address, ca, servername, minVersion: 'TLSv1.3', ALPNProtocols: [protocol] } as const;
  return new Promise((resolve, reject) => {
    const remote = connectTls(options, () => {
      remote.setTimeout(0);
      remote.setNoDelay();
      // A first host of before takes it for the broker's.
      if (remote.alpnProtocol === protocol) return resolve(remote);
      remote.destroy();
      reject(new Error('the first host is of an older version of Longshore'));
    });
    remote.setTimeout(CONNECT_TIMEOUT_MS, () => remote.destroy(new Error('no answer')));
    remote.on('error', reject);
  });
}

/** On the first host itself. */
export function connectHere(port: number, logger: Logger): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true }, () => {
      socket.setTimeout(0);
      resolve(socket);
    });
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error('no answer')));
    socket.once('error', (error) => {
      logger.warn({ port, reason: error.message }, 'the API is not reached');
      resolve(undefined);
    });
  });
}
