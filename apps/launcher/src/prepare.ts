import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import {
  agentPermissions,
  appPermissions,
  LISTENER_USER,
  listenerPermissions,
  OPERATOR_USER,
  operatorPermissions,
  SIMULATOR_USER,
  simulatorPermissions,
  type ControlPlaneApp,
} from '#lib/messaging';
import type { Desired } from './domain/desired.js';
import { natsConfigText } from './domain/nats-config.js';
import type { ProcessSpec } from './domain/process-diff.js';
import { processNames, withHealthPort, type Installation } from './domain/process-specs.js';
import { dockerSocket } from './docker-engine.js';
import { writeAtomically } from './files.js';
import type { Layout } from './layout.js';
import { loadIdentities, serverIdentity, writeCredentials, type NatsIdentities } from './nats-users.js';
import { freePortFrom, isFree } from './ports.js';
import { DEFAULT_CLUSTER, DEFAULT_REGION, ensureInstanceId, FIRST_ACCOUNT } from './secrets.js';

const CONTROL_PLANE: readonly ControlPlaneApp[] = ['gateway', 'state-store', 'scheduler', 'health-monitor'];
const FIRST_NATS_PORT = 4222;
const FIRST_HEALTH_PORT = 4600;

const scope = { accountId: FIRST_ACCOUNT, region: DEFAULT_REGION };

export const instanceIdsOf = (layout: Layout, agents: number): string[] =>
  Array.from({ length: agents }, (_, index) => ensureInstanceId(layout, index + 1));

/** A `.creds` file for every user that `desired` needs, with only its own subjects. */
export async function writeUsers(layout: Layout, identities: NatsIdentities, desired: Desired): Promise<void> {
  const write = (user: string, permissions: Parameters<typeof writeCredentials>[3]) =>
    writeCredentials(layout, identities, user, permissions);
  for (const app of CONTROL_PLANE) await write(app, appPermissions(app));
  await write(OPERATOR_USER, operatorPermissions());
  await write(LISTENER_USER, listenerPermissions());
  for (const instanceId of instanceIdsOf(layout, desired.agents))
    await write(instanceId, agentPermissions({ ...scope, instanceId }));
  if (desired.simulate > 0) await write(SIMULATOR_USER, simulatorPermissions(scope));
}

export async function writeNatsConfig(layout: Layout, identities: NatsIdentities, host: string, port: number): Promise<void> {
  const identity = await serverIdentity(identities);
  const text = natsConfigText({
    host,
    port,
    storeDirectory: layout.jetstream,
    pidFile: join(layout.run, 'nats.pid'),
    ...identity,
  });
  writeAtomically(layout.natsConfig, text, 0o600);
}

export interface PreparedInstallation {
  readonly installation: Installation;
  /** Before `appProcesses` for a larger `desired`: makes users and reserves health ports. */
  readonly prepareFor: (desired: Desired) => Promise<void>;
  /** The same process with a health port that nobody else has taken while it was down. */
  readonly revise: (spec: ProcessSpec) => Promise<ProcessSpec>;
}

export async function prepareInstallation(
  layout: Layout,
  parts: { natsServer: string; gatewayHost: string; gatewayPort: number; logLevel: string },
): Promise<PreparedInstallation> {
  const identities = loadIdentities(layout);
  const natsPort = await freePortFrom(FIRST_NATS_PORT);
  await writeNatsConfig(layout, identities, '127.0.0.1', natsPort);
  const healthPorts = new Map<string, number>();
  const installation: Installation = {
    root: layout.root,
    data: layout.data,
    node: process.execPath,
    natsServer: parts.natsServer,
    natsConfig: layout.natsConfig,
    natsUrl: `nats://127.0.0.1:${natsPort}`,
    gatewayHost: parts.gatewayHost,
    gatewayPort: parts.gatewayPort,
    masterKeyFile: layout.masterKey,
    bootstrapCredentialsFile: layout.credentials,
    dockerSocket: dockerSocket(),
    logLevel: parts.logLevel,
    ...scope,
    cluster: DEFAULT_CLUSTER,
    host: { cpuUnits: availableParallelism() * 1_024, memoryMiB: Math.floor(totalmem() / 1024 / 1024) },
    credsOf: (user) => join(layout.creds, `${user}.creds`),
    instanceIdOf: (replica) => ensureInstanceId(layout, replica),
    agentStateDirectoryOf: (replica) => join(layout.agents, String(replica), 'state'),
    healthPortOf: (name) => {
      const port = healthPorts.get(name);
      if (port === undefined) throw new Error(`no health port was reserved for ${name}`);
      return port;
    },
  };
  const prepareFor = async (desired: Desired) => {
    await writeUsers(layout, identities, desired);
    for (const name of processNames(desired)) {
      // A port stays with its process for the session, unless it is taken: scraping configurations rely on it.
      if (!healthPorts.has(name)) healthPorts.set(name, await freePortFrom(FIRST_HEALTH_PORT, new Set(healthPorts.values())));
    }
  };
  const revise = async (spec: ProcessSpec): Promise<ProcessSpec> => {
    if (spec.healthPort === undefined || (await isFree(spec.healthPort))) return spec;
    const healthPort = await freePortFrom(FIRST_HEALTH_PORT, new Set(healthPorts.values()));
    healthPorts.set(spec.name, healthPort);
    return withHealthPort(spec, healthPort);
  };
  return { installation, prepareFor, revise };
}
