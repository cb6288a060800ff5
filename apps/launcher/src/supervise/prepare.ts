import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
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
  operatorPermissions,
  SIMULATOR_USER,
  simulatorPermissions,
} from '#lib/names';
import type { Desired } from './domain/desired.js';
import { refusedUsers } from '../joining/domain/enrolment.js';
import { natsConfigText } from '../broker/domain/nats-config.js';
import type { ProcessSpec } from './domain/process-diff.js';
import {
  NATS_PROCESS,
  processNames,
  TLS_ENTRY_PROCESS,
  withHealthPort,
  type HostInstallation,
  type Installation,
} from './domain/process-specs.js';
import { dockerSocket } from '../host/docker-engine.js';
import { writeAtomically } from '../host/files.js';
import { listHosts } from '../joining/host-records.js';
import type { Layout } from '../host/layout.js';
import type { JoinedHost } from '../joining/joined-host-file.js';
import { loadIdentities, serverIdentity, writeCredentials, type NatsIdentities } from '../broker/nats-users.js';
import { isFree, PortClaims } from '../host/ports.js';
import { isAlive } from '../host/process-identity.js';
import type { ProcessRecord, RunState } from './run-state.js';
import { DEFAULT_CLUSTER, DEFAULT_REGION, ensureInstanceId, FIRST_ACCOUNT } from '../host/secrets.js';
import { ensureTlsFiles } from '../broker/tls-files.js';

const FIRST_NATS_PORT = 4222;
const FIRST_HEALTH_PORT = 4600;

export const FIRST_SCOPE = { accountId: FIRST_ACCOUNT, region: DEFAULT_REGION };

export const instanceIdsOf = (layout: Layout, agents: number): string[] =>
  Array.from({ length: agents }, (_, index) => ensureInstanceId(layout, index + 1));

/** A `.creds` file for every user that `desired` needs, with only its own subjects. */
export async function writeUsers(layout: Layout, identities: NatsIdentities, desired: Desired): Promise<void> {
  const write = (user: string, permissions: Parameters<typeof writeCredentials>[3]) =>
    writeCredentials(layout, identities, user, permissions);
  for (const app of CONTROL_PLANE_APPS) await write(app, appPermissions(app));
  await write(OPERATOR_USER, operatorPermissions());
  await write(LISTENER_USER, listenerPermissions());
  await write(LAUNCHER_USER, launcherPermissions());
  for (const instanceId of instanceIdsOf(layout, desired.agents))
    await write(instanceId, agentPermissions({ ...FIRST_SCOPE, instanceId }));
  if (desired.simulate > 0) await write(SIMULATOR_USER, simulatorPermissions(FIRST_SCOPE));
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

/** Where the processes of this host answer about their health: a port stays with its process, also over a killed supervisor. */
class HealthPorts {
  private readonly ports = new Map<string, number>();

  constructor(private readonly claims: PortClaims) {}

  /** Before `reserve`: the ports of processes that run already. */
  async keep(records: readonly ProcessRecord[]): Promise<void> {
    for (const { name, healthPort } of records)
      if (healthPort !== undefined && (await this.claims.claim(healthPort))) this.ports.set(name, healthPort);
  }

  /** Scraping configurations rely on the ports, so one is kept unless it is taken. */
  async reserve(names: readonly string[]): Promise<void> {
    for (const name of names) if (!this.ports.has(name)) this.ports.set(name, await this.claims.firstFree(FIRST_HEALTH_PORT));
  }

  readonly of = (name: string): number => {
    const port = this.ports.get(name);
    if (port === undefined) throw new Error(`no health port was reserved for ${name}`);
    return port;
  };

  /** The same process with a health port that nobody else has taken while it was down. */
  readonly revise = async (spec: ProcessSpec): Promise<ProcessSpec> => {
    if (spec.healthPort === undefined || (await isFree(spec.healthPort))) return spec;
    const healthPort = await this.claims.firstFree(FIRST_HEALTH_PORT);
    this.claims.release(spec.healthPort);
    this.ports.set(spec.name, healthPort);
    return withHealthPort(spec, healthPort);
  };
}

/** What an agent needs of the host that it runs on, whoever's broker it speaks to. */
function hostParts(layout: Layout, logLevel: string, healthPorts: HealthPorts) {
  return {
    root: layout.root,
    data: layout.data,
    node: process.execPath,
    dockerSocket: dockerSocket(),
    logLevel,
    host: { cpuUnits: availableParallelism() * 1_024, memoryMiB: Math.floor(totalmem() / 1024 / 1024) },
    credsOf: (user: string) => join(layout.creds, `${user}.creds`),
    instanceIdOf: (replica: number) => ensureInstanceId(layout, replica),
    agentStateDirectoryOf: (replica: number) => join(layout.agents, String(replica), 'state'),
    healthPortOf: healthPorts.of,
  };
}

export interface PreparedInstallation {
  readonly installation: Installation;
  /** Before `appProcesses` for a larger `desired`: makes users and reserves health ports. */
  readonly prepareFor: (desired: Desired) => Promise<void>;
  readonly revise: (spec: ProcessSpec) => Promise<ProcessSpec>;
}

export async function prepareInstallation(
  layout: Layout,
  parts: { natsServer: string; gatewayHost: string; gatewayPort: number; logLevel: string; acceptLossSince?: number },
  before?: RunState,
): Promise<PreparedInstallation> {
  const identities = loadIdentities(layout);
  const running = before ? runningOf(before) : [];
  const claims = new PortClaims();
  const natsPort = await brokerPort(claims, before, running);
  await writeNatsConfig(layout, identities, '127.0.0.1', natsPort);
  const healthPorts = new HealthPorts(claims);
  await healthPorts.keep(running);
  const installation: Installation = {
    ...hostParts(layout, parts.logLevel, healthPorts),
    natsServer: parts.natsServer,
    natsConfig: layout.natsConfig,
    natsUrl: `nats://127.0.0.1:${natsPort}`,
    tls: layout.tls,
    gatewayHost: parts.gatewayHost,
    gatewayPort: parts.gatewayPort,
    masterKeyFile: layout.masterKey,
    bootstrapCredentialsFile: layout.credentials,
    acceptLossSince: parts.acceptLossSince,
    ...FIRST_SCOPE,
    cluster: DEFAULT_CLUSTER,
  };
  const prepareFor = async (desired: Desired) => {
    await writeUsers(layout, identities, desired);
    if (desired.listen) await ensureTlsFiles(layout, Date.now());
    await healthPorts.reserve([...processNames(desired), ...(desired.listen ? [TLS_ENTRY_PROCESS] : [])]);
  };
  return { installation, prepareFor, revise: healthPorts.revise };
}

const runningOf = ({ processes }: RunState): readonly ProcessRecord[] =>
  processes.filter(({ process }) => process && isAlive(process));

/** The apps that run already know the broker by its port: one that was killed with the supervisor comes back there. */
async function brokerPort(claims: PortClaims, before: RunState | undefined, running: readonly ProcessRecord[]): Promise<number> {
  const port = running.length > 0 && before?.natsUrl ? Number(new URL(before.natsUrl).port) : undefined;
  const isKept = running.some(({ name }) => name === NATS_PROCESS);
  if (port !== undefined && (await claims.claim(port)) && (isKept || (await isFree(port)))) return port;
  return claims.firstFree(FIRST_NATS_PORT);
}

export interface PreparedHost {
  readonly installation: HostInstallation;
  readonly revise: (spec: ProcessSpec) => Promise<ProcessSpec>;
}

/** A host that has joined another one's control plane: its agent, and nothing else. */
export async function prepareJoinedHost(
  layout: Layout,
  joined: JoinedHost,
  logLevel: string,
  before?: RunState,
): Promise<PreparedHost> {
  const healthPorts = new HealthPorts(new PortClaims());
  if (before) await healthPorts.keep(runningOf(before));
  await healthPorts.reserve(['agent']);
  const installation: HostInstallation = {
    ...hostParts(layout, logLevel, healthPorts),
    natsUrl: joined.brokers.join(','),
    natsCaFile: layout.tls.caCertificate,
    accountId: joined.accountId,
    region: joined.region,
    cluster: joined.cluster,
  };
  return { installation, revise: healthPorts.revise };
}
