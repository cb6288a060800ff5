import { createUser } from '@nats-io/nkeys';
import { readFileSync } from 'node:fs';
import type { HostGrant } from '#lib/ecs/model';
import { type AgentName, joinPermissions, joinUserOf } from '#lib/names';
import { loadIdentities, userCredentials } from '../broker/nats-users.js';
import {
  authority,
  isEveryAddress,
  type ListenAddress,
  reachableAddresses,
  splitAddress,
} from '../host/domain/listen-address.js';
import type { Layout } from '../host/layout.js';
import { ownAddresses } from '../host/own-addresses.js';
import { UserFault } from '../terminal/fault.js';
import { type HostRecord, withoutToken } from './domain/enrolment.js';
import { encodeJoinToken } from './domain/join-token.js';
import { writeHost } from './host-records.js';

export interface TokenFor {
  readonly agent: AgentName;
  readonly cluster: string;
  readonly brokers: readonly string[];
  /** What it may say of itself; absent: what its record says. */
  readonly grant?: HostGrant;
  /** What containers may reach of it. */
  readonly hostAccess?: string;
  readonly lifetimeMs: number;
  /** What is known of the host already: its older token is of no use any more. */
  readonly known?: HostRecord;
}

/** A token for one host, which is remembered. */
export async function makeJoinToken(
  layout: Layout,
  wanted: TokenFor,
): Promise<{ readonly token: string; readonly expiresAt: string }> {
  const { agent, cluster, brokers, grant, hostAccess, lifetimeMs, known } = wanted;
  const key = createUser();
  const expiresAtMs = Date.now() + lifetimeMs;
  const expiresAt = new Date(expiresAtMs).toISOString();
  const credentials = await userCredentials(loadIdentities(layout), joinUserOf(agent), joinPermissions(agent), {
    key,
    expiresAt: expiresAtMs,
  });
  const caCertificate = readFileSync(layout.tls.caCertificate, 'utf8');
  const spent = known && withoutToken(known, new Date().toISOString());
  const record = { ...spent, instanceId: agent.instanceId, cluster, tokenExpiresAt: expiresAt, tokenKey: key.getPublicKey() };
  writeHost(layout, grant ? { ...record, grant } : record);
  return { token: encodeJoinToken({ brokers, caCertificate, credentials, ...agent, cluster, expiresAt, hostAccess }), expiresAt };
}

/** Where other hosts reach the broker that listens there. */
export function brokersOf(listen: ListenAddress, given: string | undefined): string[] {
  const url = (host: string, port = listen.port) => `tls://${authority({ host, port })}`;
  if (given !== undefined) {
    const address = splitAddress(given);
    if (!address) throw new UserFault(`--address takes an address or a name, with or without a port; "${given}" is neither.`);
    return [url(address.host, address.port)];
  }
  if (!isEveryAddress(listen.host)) return [url(listen.host)];
  const own = reachableAddresses(ownAddresses());
  if (own.length === 0)
    throw new UserFault('This machine has no address but its loopback: --address says what others reach it by.');
  return own.map((host) => url(host));
}
