import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import type { ProcessSpec } from './domain/process-diff.js';
import {
  type DesiredProcesses,
  NATS_PROCESS,
  processNames,
  TLS_ENTRY_PROCESS,
  type HostInstallation,
  type Installation,
  registryPortOf,
} from './domain/process-specs.js';
import { METRIC_STORE_PROCESS, type MetricStoreInstallation } from './domain/metric-store-process.js';
import { writeNatsConfig, writeUsers } from './broker-files.js';
import { HealthPorts } from './health-ports.js';
import { dockerRegistryOf } from '../host/docker-registry.js';
import { LOGS_VARIABLE } from '../host/journal-place.js';
import { ensureMetricsPassword, METRICS_VARIABLE, metricsRetention, victoriaMetricsOf } from '../host/victoria-metrics.js';
import { dockerSocket } from '../host/docker-engine.js';
import { compiledOf, type Layout } from '../host/layout.js';
import type { JoinedHost } from '../joining/joined-host-file.js';
import { loadIdentities } from '../broker/nats-users.js';
import { isFree, PortClaims } from '../host/ports.js';
import { isAlive } from '../host/process-identity.js';
import type { ProcessRecord, RunState } from './run-state.js';
import { DEFAULT_CLUSTER, ensureInstanceId, scopeOf } from '../host/secrets.js';
import { ensureTlsFiles } from '../broker/tls-files.js';

const FIRST_NATS_PORT = 4222;
const FIRST_METRICS_PORT = 8428;

export const machineSize = () => ({ cpuUnits: availableParallelism() * 1_024, memoryMiB: Math.floor(totalmem() / 1024 / 1024) });

/** What an agent needs of the host that it runs on, whoever's broker it speaks to. */
function hostParts(layout: Layout, logLevel: string, healthPorts: HealthPorts) {
  return {
    root: layout.root,
    data: layout.data,
    compiled: compiledOf(layout),
    node: process.execPath,
    dockerSocket: dockerSocket(),
    logLevel,
    host: machineSize(),
    credsOf: (user: string) => join(layout.creds, `${user}.creds`),
    instanceIdOf: (replica: number) => ensureInstanceId(layout, replica),
    agentStateDirectoryOf: (replica: number) => join(layout.agents, String(replica), 'state'),
    healthPortOf: healthPorts.of,
  };
}

export interface PreparedInstallation {
  readonly installation: Installation;
  /** Before `appProcesses` for a larger `desired`: makes users and reserves health ports. */
  readonly prepareFor: (desired: DesiredProcesses) => Promise<void>;
  readonly revise: (spec: ProcessSpec) => Promise<ProcessSpec>;
}

export async function prepareInstallation(
  layout: Layout,
  parts: Pick<
    Installation,
    | 'natsServer'
    | 'gatewayHost'
    | 'gatewayPort'
    | 'logLevel'
    | 'acceptLossSince'
    | 'containerAddresses'
    | 'journalUrl'
    | 'rebuildRelay'
    | 'groupHostSize'
  >,
  before?: RunState,
): Promise<PreparedInstallation> {
  const identities = loadIdentities(layout);
  const running = before ? runningOf(before) : [];
  const claims = new PortClaims();
  // Those that people and images name are nobody else's, though nobody listens there yet.
  for (const port of [parts.gatewayPort, registryPortOf(parts.gatewayPort)]) await claims.claim(port);
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
    logsDirectory: layout.lines,
    logsUrl: process.env[LOGS_VARIABLE],
    valueKeysDirectory: layout.valueKeys,
    // Images have it in their names, and task definitions have these: so it is no port that happens to be free.
    registry: `127.0.0.1:${registryPortOf(parts.gatewayPort)}`,
    registryDirectory: layout.registry,
    dockerRegistry: dockerRegistryOf(layout),
    ...(await metricsParts(layout, parts.gatewayPort, claims, running)),
    acceptLossSince: parts.acceptLossSince,
    containerAddresses: parts.containerAddresses,
    // Of the range, the one that no load balancer has. An operator's own choice is in the environment of all.
    taskDns: process.env.LONGSHORE_TASK_DNS ?? parts.containerAddresses?.split('/')[0],
    journalUrl: parts.journalUrl,
    groupHostSize: parts.groupHostSize,
    rebuildRelay: parts.rebuildRelay,
    ...scopeOf(layout),
    cluster: DEFAULT_CLUSTER,
  };
  const prepareFor = async (desired: DesiredProcesses) => {
    const relay = parts.journalUrl === undefined ? undefined : { mayReplace: parts.rebuildRelay === true };
    await writeUsers(layout, identities, desired, relay);
    if (desired.listen) await ensureTlsFiles(layout, Date.now());
    await healthPorts.reserve([...processNames(desired), ...(desired.listen ? [TLS_ENTRY_PROCESS] : [])]);
  };
  return { installation, prepareFor, revise: healthPorts.revise };
}

/** The port follows from the gateway's where it can: who has been killed finds the store again, and the store its port. */
async function metricsParts(
  layout: Layout,
  gatewayPort: number,
  claims: PortClaims,
  running: readonly ProcessRecord[],
): Promise<{ readonly metricsUrl: string } | { readonly metricStore: MetricStoreInstallation }> {
  const metricsUrl = process.env[METRICS_VARIABLE];
  if (metricsUrl) return { metricsUrl };
  const usual = gatewayPort <= 63_535 ? gatewayPort + 2_000 : gatewayPort - 2_000;
  const isKept = running.some(({ name }) => name === METRIC_STORE_PROCESS);
  const isOurs = (await claims.claim(usual)) && (isKept || (await isFree(usual)));
  return {
    metricStore: {
      program: victoriaMetricsOf(layout),
      directory: layout.metrics,
      port: isOurs ? usual : await claims.firstFree(FIRST_METRICS_PORT),
      retention: metricsRetention(process.env),
      password: ensureMetricsPassword(layout),
    },
  };
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
    grant: joined.grant,
    registry: joined.registry,
    accountId: joined.accountId,
    region: joined.region,
    cluster: joined.cluster,
  };
  return { installation, revise: healthPorts.revise };
}
