import { GROUP_ATTRIBUTE, type HostSize } from '#lib/ecs/model';
import { appRow, type ControlPlaneApp, type JournalName } from '#lib/names';
import { PROGRAMS, entryOf, TLS_ENTRY, type ProgramName } from '../programs.js';
import type { GroupHost } from '../../group-hosts/domain/group-host.js';
import type { Desired } from './desired.js';
import { type MetricStoreInstallation, metricStoreProcess, metricStoreUrl } from './metric-store-process.js';
import type { ListenAddress } from '../../host/domain/listen-address.js';
import type { ProcessSpec } from './process-diff.js';

/** What an agent's environment is made of, on every host. Paths are absolute. */
export interface HostInstallation {
  readonly root: string;
  readonly data: string;
  /** What V8 made of the programs, for whoever starts them next. */
  readonly compiled: string;
  readonly node: string;
  /** Of the broker; several, separated by commas, when it has several addresses. */
  readonly natsUrl: string;
  /** When the broker is another host's: the certificate that proves it. */
  readonly natsCaFile?: string;
  readonly dockerSocket: string;
  readonly logLevel: string;
  readonly accountId: string;
  readonly region: string;
  readonly cluster: string;
  /** The host's whole resources, shared equally by its agents. */
  readonly host: { readonly cpuUnits: number; readonly memoryMiB: number };
  /** The `.creds` file of a NATS user. */
  readonly credsOf: (user: string) => string;
  /** The instance id of this host's n-th agent. */
  readonly instanceIdOf: (replica: number) => string;
  readonly agentStateDirectoryOf: (replica: number) => string;
  /** Of a host that has joined: what the first host lets it say of itself. */
  readonly grant?: string;
  readonly healthPortOf: (processName: string) => number;
  /** Where tasks ask for the names of services and load balancers. */
  readonly taskDns?: string;
  /** Of the own image registry, as images are named: `127.0.0.1:5566`. On a joined host its agent answers there, and leads to the first host. */
  readonly registry?: string;
}

/** The host of the control plane. */
export interface Installation extends HostInstallation {
  readonly natsServer: string;
  readonly natsConfig: string;
  readonly tls: { readonly certificate: string; readonly key: string };
  readonly gatewayHost: string;
  readonly gatewayPort: number;
  readonly masterKeyFile: string;
  readonly bootstrapCredentialsFile: string;
  /** Where the lines of containers are kept. */
  readonly logsDirectory: string;
  /** The server that keeps them instead; it may hold a password. What else is to be said of it is in everybody's environment. */
  readonly logsUrl?: string;
  /** Where the keys of secrets' and parameters' values are kept. */
  readonly valueKeysDirectory: string;
  readonly registry: string;
  /** Where images are kept. */
  readonly registryDirectory: string;
  /** Docker's registry, where it could be had. */
  readonly dockerRegistry: string;
  /** The own store of metrics; absent where another one is named. */
  readonly metricStore?: MetricStoreInstallation;
  /** That other one; it may hold a password. */
  readonly metricsUrl?: string;
  /** The one start that gives up what a journal has lost from this revision on. */
  readonly acceptLossSince?: AcceptedLoss;
  /** What each host of an Auto Scaling group that runs here offers. */
  readonly groupHostSize: HostSize;
  /** Addresses of load balancers that containers reach. */
  readonly containerAddresses?: string;
  /** Where journals are kept that NATS only relays; it may hold a password. */
  readonly journalUrl?: string;
  /** The one start that lets a relay go which differs from its source. */
  readonly rebuildRelay?: boolean;
}

export interface AcceptedLoss {
  readonly journal: JournalName;
  readonly revision: number;
}

/** In every supervised process: what a later `up` knows the children of a killed supervisor by. */
export const HOME_VARIABLE = 'LONGSHORE_HOME';
/** In every app, not in the broker. */
export const APP_VARIABLE = 'LONGSHORE_APP';
export const NATS_PROCESS = 'nats-server';
export const TLS_ENTRY_PROCESS = 'nats-tls';
/** Without them no app can say goodbye: they go last. */
export const BROKER_PROCESSES: readonly string[] = [TLS_ENTRY_PROCESS, NATS_PROCESS];

interface Memory {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const youngHeap = (mib: number): Memory => ({
  args: [`--max-semi-space-size=${mib}`],
  env: { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' },
});
/**
 * Every line is in the log aggregator's main thread for a moment: with a small young heap 243 MiB at most instead of 334 at 150,000 lines a second, and
 * as many of them (`npm run bench -- logs`). Its blocks come and go in several threads: with two arenas, and what is larger than a block given back
 * at once, 285 MiB instead of 347 while all that comes is searched as well. The load balancer is 20 MiB smaller when idle, and 13 more with the
 * same two settings (`balancing-idle`). What a read of metrics' history makes lives until its answer: with 4 MiB the autoscaler copied it several times,
 * which was a third of the read (`metrics-installed`).
 */
export const MEMORY: Readonly<Partial<Record<ProgramName, Memory>>> = {
  'log-aggregator': youngHeap(4),
  'load-balancer': youngHeap(4),
  autoscaler: youngHeap(16),
};
const HEALTH_PORT_VARIABLE = 'LONGSHORE_HEALTH_PORT';
/** Not `--enable-source-maps`: with that the logger's look at its callers reads the program's whole map, a fifth of a second at each start. */
const SOURCE_MAPS = '--import=data:text/javascript,process.setSourceMapsEnabled(true)';

export function natsProcess(installation: Installation): ProcessSpec {
  return {
    name: NATS_PROCESS,
    app: NATS_PROCESS,
    replica: 1,
    command: installation.natsServer,
    args: ['-c', installation.natsConfig],
    env: { [HOME_VARIABLE]: installation.data },
  };
}

/** The broker and, when other hosts may join, its entry for them. */
export function brokerProcesses(installation: Installation, { listen }: Desired): ProcessSpec[] {
  return [natsProcess(installation), ...(listen ? [tlsEntryProcess(installation, listen)] : [])];
}

/** See tls-entry.ts. */
function tlsEntryProcess(installation: Installation, listen: ListenAddress): ProcessSpec {
  const { certificate, key } = installation.tls;
  const brokerPort = new URL(installation.natsUrl).port;
  const [, registryPort] = installation.registry.split(':');
  const healthPort = installation.healthPortOf(TLS_ENTRY_PROCESS);
  return {
    name: TLS_ENTRY_PROCESS,
    app: TLS_ENTRY_PROCESS,
    replica: 1,
    command: installation.node,
    args: [
      `${installation.root}/${TLS_ENTRY}`,
      listen.host,
      String(listen.port),
      brokerPort,
      registryPort!,
      String(installation.gatewayPort),
      certificate,
      key,
    ],
    env: {
      [HOME_VARIABLE]: installation.data,
      [HEALTH_PORT_VARIABLE]: String(healthPort),
      LONGSHORE_LOG_LEVEL: installation.logLevel,
    },
    healthPort,
  };
}

/** The own store of metrics, where its program is there. */
export const storeProcesses = ({ data, metricStore }: Installation, isThere: (program: string) => boolean): ProcessSpec[] =>
  metricStore && isThere(metricStore.program) ? [metricStoreProcess(metricStore, { [HOME_VARIABLE]: data })] : [];

/** Every app process that shall run, in the order in which they are started. */
export function appProcesses(installation: Installation, desired: DesiredProcesses): ProcessSpec[] {
  return wantedReplicas(desired).map(({ app, replica }) => appProcess(installation, desired, app, replica));
}

/** Without these the API answers nobody. */
export const answersClients = ({ app }: Pick<ProcessSpec, 'app'>): boolean => app === 'state-store' || app === 'gateway';

/** What is wanted, with the hosts of Auto Scaling groups that run here. */
export type DesiredProcesses = Desired & { readonly hosts?: readonly GroupHost[] };

export const processNames = (desired: DesiredProcesses): string[] =>
  wantedReplicas(desired).map(({ app, replica }) => processName(app, replica));

const wantedReplicas = (desired: DesiredProcesses): { app: ProgramName; replica: number }[] => [
  ...PROGRAMS.flatMap(({ name }) =>
    Array.from({ length: replicasOf(name, desired) }, (_, index) => ({ app: name, replica: index + 1 })),
  ),
  ...(desired.hosts ?? []).map(({ slot }) => ({ app: 'agent' as const, replica: slot })),
];

const processName = (app: ProgramName, replica: number): string => (replica === 1 ? app : `${app}-${replica}`);

export function replicasOf(app: ProgramName, desired: Desired): number {
  if (app === 'agent') return desired.agents;
  if (app === 'simulator') return desired.simulate > 0 ? 1 : 0;
  return desired.replicas[app] ?? 1;
}

function appProcess(installation: Installation, desired: DesiredProcesses, app: ProgramName, replica: number): ProcessSpec {
  const host = app === 'agent' ? desired.hosts?.find(({ slot }) => slot === replica) : undefined;
  if (host) return groupHostProcess(installation, desired, host);
  if (app === 'agent') return agentProcess(installation, desired, replica);
  const own = {
    ...(app === 'simulator' ? {} : ownersEnvironment(installation, app)),
    ...ownEnvironment(installation, desired, app, replica),
  };
  return processOf(installation, app, replica, app, own);
}

/** Of the apps that write journals, and of nobody else. Also where NATS keeps them: what a killed supervisor has left may know better. */
function ownersEnvironment({ journalUrl, rebuildRelay }: Installation, app: ControlPlaneApp): Record<string, string> {
  if (!appRow(app).owns?.length) return {};
  return { LONGSHORE_JOURNAL: journalUrl ?? '', ...(rebuildRelay ? { LONGSHORE_REBUILD_RELAY: '1' } : {}) };
}

/** Where other hosts send what is for tasks here, by VXLAN over IPv4: where they join, or as which this one has joined. */
function underlayAddress(
  { natsCaFile }: HostInstallation,
  { address, listen }: Pick<Desired, 'address' | 'listen'>,
): string | undefined {
  const own = natsCaFile === undefined ? listen?.host : address;
  return own?.includes(':') ? undefined : own;
}

/** Of the first host: its registry has the port a thousand further, by which every host knows both. */
export const registryPortOf = (gatewayPort: number): number =>
  gatewayPort <= LAST_PORT - 1_000 ? gatewayPort + 1_000 : gatewayPort - 1_000;
function gatewayPortOf(registry: string): number {
  const port = Number(registry.split(':')[1]);
  return registryPortOf(port - 1_000) === port ? port - 1_000 : port + 1_000;
}
const LAST_PORT = 65_535;

/** The agent of a joined host is the same as one beside the control plane. */
export function agentProcess(
  installation: HostInstallation,
  desired: Pick<Desired, 'agents' | 'address' | 'hostAccess' | 'listen'>,
  replica: number,
): ProcessSpec {
  const instanceId = installation.instanceIdOf(replica);
  const underlay = underlayAddress(installation, desired);
  return processOf(installation, 'agent', replica, instanceId, {
    ...hostEnvironment(installation),
    LONGSHORE_INSTANCE_ID: instanceId,
    LONGSHORE_STATE_DIR: installation.agentStateDirectoryOf(replica),
    LONGSHORE_DOCKER_SOCKET: installation.dockerSocket,
    LONGSHORE_HOST_ACCESS: desired.hostAccess ?? 'all',
    ...(installation.grant ? { LONGSHORE_HOST_GRANT: installation.grant } : {}),
    ...(installation.taskDns ? { LONGSHORE_TASK_DNS: installation.taskDns } : {}),
    ...(installation.registry
      ? { LONGSHORE_REGISTRY: installation.registry, LONGSHORE_API_PORT: String(gatewayPortOf(installation.registry)) }
      : {}),
    LONGSHORE_ADDRESS: desired.address ?? `127.0.0.${replica}`,
    ...(underlay === undefined ? {} : { LONGSHORE_UNDERLAY_ADDRESS: underlay }),
    ...(desired.agents > 1 ? shareOf(installation, desired.agents) : {}),
  });
}

/** As another host of this one's: on the loopback network, of one size, in a cluster and of a group of its own. */
function groupHostProcess(installation: Installation, { hostAccess }: Desired, host: GroupHost): ProcessSpec {
  const { accountId, region, cluster, group, slot } = host;
  const spec = agentProcess({ ...installation, accountId, region, cluster }, { agents: 1, hostAccess }, slot);
  const { cpuUnits, memoryMiB } = installation.groupHostSize;
  return {
    ...spec,
    env: {
      ...spec.env,
      LONGSHORE_ATTRIBUTES: JSON.stringify({ [GROUP_ATTRIBUTE]: group }),
      LONGSHORE_CPU: String(cpuUnits),
      LONGSHORE_MEMORY_MIB: String(memoryMiB),
    },
  };
}

function processOf(
  installation: HostInstallation,
  app: ProgramName,
  replica: number,
  user: string,
  own: Record<string, string>,
): ProcessSpec {
  const name = processName(app, replica);
  const healthPort = installation.healthPortOf(name);
  return {
    name,
    app,
    replica,
    command: installation.node,
    args: [...(MEMORY[app]?.args ?? []), SOURCE_MAPS, `${installation.root}/${entryOf(app)}`],
    env: {
      ...MEMORY[app]?.env,
      [HOME_VARIABLE]: installation.data,
      NODE_ENV: 'production',
      // Without room for it the start takes longer.
      NODE_COMPILE_CACHE: installation.compiled,
      [APP_VARIABLE]: app === 'simulator' ? 'agent' : app,
      LONGSHORE_REPLICA: String(replica),
      LONGSHORE_NATS_URL: installation.natsUrl,
      LONGSHORE_NATS_CREDS: installation.credsOf(user),
      ...(installation.natsCaFile ? { LONGSHORE_NATS_CA: installation.natsCaFile } : {}),
      LONGSHORE_NATS_USER: user,
      [HEALTH_PORT_VARIABLE]: String(healthPort),
      LONGSHORE_LOG_LEVEL: installation.logLevel,
      ...own,
    },
    healthPort,
  };
}

export const withHealthPort = (spec: ProcessSpec, healthPort: number): ProcessSpec => ({
  ...spec,
  env: { ...spec.env, [HEALTH_PORT_VARIABLE]: String(healthPort) },
  healthPort,
});

function ownEnvironment(
  installation: Installation,
  desired: Desired,
  app: Exclude<ProgramName, 'agent'>,
  replica: number,
): Record<string, string> {
  switch (app) {
    case 'gateway':
      return {
        LONGSHORE_GATEWAY_HOST: installation.gatewayHost,
        LONGSHORE_GATEWAY_PORT: String(installation.gatewayPort),
        LONGSHORE_MASTER_KEY_FILE: installation.masterKeyFile,
      };
    case 'state-store':
      return {
        LONGSHORE_MASTER_KEY_FILE: installation.masterKeyFile,
        LONGSHORE_BOOTSTRAP_CREDENTIALS_FILE: installation.bootstrapCredentialsFile,
        ...acceptedLoss(installation, app),
      };
    case 'load-balancer':
      return {
        LONGSHORE_MASTER_KEY_FILE: installation.masterKeyFile,
        ...(installation.containerAddresses
          ? { LONGSHORE_LOAD_BALANCER_CONTAINER_ADDRESSES: installation.containerAddresses }
          : {}),
        ...acceptedLoss(installation, app),
      };
    case 'simulator':
      return { ...hostEnvironment(installation), LONGSHORE_SIMULATE: String(desired.simulate) };
    case 'log-aggregator':
      return {
        LONGSHORE_LOGS_DIRECTORY: installation.logsDirectory,
        // It serves what those of which there are no more have left.
        ...(replica === 1 ? { LONGSHORE_LOGS_REPLICAS: String(replicasOf(app, desired)) } : {}),
        ...(installation.logsUrl ? { LONGSHORE_LOGS_URL: installation.logsUrl } : {}),
        ...acceptedLoss(installation, app),
      };
    case 'secrets':
      return {
        LONGSHORE_MASTER_KEY_FILE: installation.masterKeyFile,
        LONGSHORE_VALUE_KEYS_DIRECTORY: installation.valueKeysDirectory,
        LONGSHORE_REGISTRY: installation.registry,
        ...acceptedLoss(installation, app),
      };
    case 'registry':
      return {
        LONGSHORE_MASTER_KEY_FILE: installation.masterKeyFile,
        LONGSHORE_REGISTRY: installation.registry,
        LONGSHORE_REGISTRY_DIRECTORY: installation.registryDirectory,
        LONGSHORE_DOCKER_REGISTRY: installation.dockerRegistry,
        ...acceptedLoss(installation, app),
      };
    case 'autoscaler':
      return {
        // Also while that is not there yet: it is found when it comes.
        LONGSHORE_METRICS_URL:
          installation.metricsUrl ?? (installation.metricStore ? metricStoreUrl(installation.metricStore) : ''),
        ...acceptedLoss(installation, app),
      };
    case 'network':
      return acceptedLoss(installation, app);
    case 'scheduler':
    case 'health-monitor':
      return {};
  }
}

/** For the owner of the journal. */
function acceptedLoss({ acceptLossSince }: Installation, app: ControlPlaneApp): Record<string, string> {
  const isOwner = acceptLossSince && appRow(app).owns?.includes(acceptLossSince.journal);
  return isOwner ? { LONGSHORE_ACCEPT_LOSS_SINCE: String(acceptLossSince.revision) } : {};
}

const hostEnvironment = (installation: HostInstallation): Record<string, string> => ({
  LONGSHORE_ACCOUNT_ID: installation.accountId,
  LONGSHORE_REGION: installation.region,
  LONGSHORE_CLUSTER: installation.cluster,
});

/** Equal shares, rounded down: together the agents never offer more than the host has. */
function shareOf({ host }: HostInstallation, agents: number): Record<string, string> {
  return {
    LONGSHORE_CPU: String(Math.floor(host.cpuUnits / agents)),
    LONGSHORE_MEMORY_MIB: String(Math.floor(host.memoryMiB / agents)),
  };
}
