import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  agentPermissions,
  appPermissions,
  CONTROL_PLANE_APPS,
  LAUNCHER_USER,
  launcherPermissions,
  LISTENER_USER,
  listenerPermissions,
  OPERATOR_USER,
  type RelayPermissions,
  operatorPermissions,
  SIMULATOR_USER,
  simulatorPermissions,
} from '#lib/names';
import { natsConfigText } from '../broker/domain/nats-config.js';
import { loadIdentities, serverIdentity, writeCredentials, type NatsIdentities } from '../broker/nats-users.js';
import { writeAtomically } from '../host/files.js';
import type { Layout } from '../host/layout.js';
import { signal } from '../host/process-identity.js';
import { instanceIdsOf, scopeOf } from '../host/secrets.js';
import { refusedUsers } from '../joining/domain/enrolment.js';
import { listHosts } from '../joining/host-records.js';
import { type DesiredProcesses, NATS_PROCESS } from './domain/process-specs.js';
import type { RunState } from './run-state.js';

/** A `.creds` file for every user that `desired` needs, with only its own subjects. */
export async function writeUsers(
  layout: Layout,
  identities: NatsIdentities,
  desired: DesiredProcesses,
  relay?: RelayPermissions,
): Promise<void> {
  const write = (user: string, permissions: Parameters<typeof writeCredentials>[3]) =>
    writeCredentials(layout, identities, user, permissions);
  for (const app of CONTROL_PLANE_APPS) await write(app, appPermissions(app, relay));
  await write(OPERATOR_USER, operatorPermissions());
  await write(LISTENER_USER, listenerPermissions());
  await write(LAUNCHER_USER, launcherPermissions());
  for (const instanceId of instanceIdsOf(layout, desired.agents))
    await write(instanceId, agentPermissions({ ...scopeOf(layout), instanceId }));
  for (const { accountId, region, instanceId } of desired.hosts ?? [])
    await write(instanceId, agentPermissions({ accountId, region, instanceId }));
  if (desired.simulate > 0) await write(SIMULATOR_USER, simulatorPermissions(scopeOf(layout)));
}

/** A running nats-server takes over everything but another operator, and each JWT that is made has a time in it. */
function sameOperator(layout: Layout, made: string): string {
  const path = join(layout.secrets, 'nats-operator.jwt');
  if (!existsSync(path)) writeAtomically(path, made, 0o600);
  return readFileSync(path, 'utf8');
}

export async function writeNatsConfig(layout: Layout, identities: NatsIdentities, host: string, port: number): Promise<void> {
  const identity = await serverIdentity(identities, refusedUsers(listHosts(layout)));
  const text = natsConfigText({
    ...identity,
    operatorJwt: sameOperator(layout, identity.operatorJwt),
    host,
    port,
    storeDirectory: layout.jetstream,
    pidFile: join(layout.run, 'nats.pid'),
  });
  writeAtomically(layout.natsConfig, text, 0o600);
}

/** Lets the broker refuse whom the records of hosts say; it ends their connections, too. */
export async function refuseAtBroker(layout: Layout, { natsUrl, processes }: RunState): Promise<void> {
  await writeNatsConfig(layout, loadIdentities(layout), '127.0.0.1', Number(new URL(natsUrl).port));
  const broker = processes.find(({ name }) => name === NATS_PROCESS)?.process;
  // A broker that is just down reads it when it starts.
  if (broker) signal(broker, 'SIGHUP');
}
