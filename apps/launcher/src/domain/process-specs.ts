import { APPS, entryOfApp, type AppName } from '../apps.js';
import type { Desired } from './desired.js';
import type { ProcessSpec } from './process-diff.js';

/** What the environment of the apps is made of. Paths are absolute. */
export interface Installation {
  readonly root: string;
  readonly data: string;
  readonly node: string;
  readonly natsServer: string;
  readonly natsConfig: string;
  readonly natsUrl: string;
  readonly gatewayHost: string;
  readonly gatewayPort: number;
  readonly masterKeyFile: string;
  readonly bootstrapCredentialsFile: string;
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
  readonly healthPortOf: (processName: string) => number;
}

/** In every supervised process: what a later `up` knows the children of a killed supervisor by. */
export const HOME_VARIABLE = 'LONGSHORE_HOME';
/** In every app, not in the broker. */
export const APP_VARIABLE = 'LONGSHORE_APP';
const HEALTH_PORT_VARIABLE = 'LONGSHORE_HEALTH_PORT';
export const NATS_PROCESS = 'nats-server';

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

/** Every app process that shall run, in the order in which they are started. */
export function appProcesses(installation: Installation, desired: Desired): ProcessSpec[] {
  return wantedReplicas(desired).map(({ app, replica }) => appProcess(installation, desired, app, replica));
}

export const processNames = (desired: Desired): string[] =>
  wantedReplicas(desired).map(({ app, replica }) => processName(app, replica));

const wantedReplicas = (desired: Desired): { app: AppName; replica: number }[] =>
  APPS.flatMap(({ name }) =>
    Array.from({ length: replicasOf(name, desired) }, (_, index) => ({ app: name, replica: index + 1 })),
  );

const processName = (app: AppName, replica: number): string => (replica === 1 ? app : `${app}-${replica}`);

export function replicasOf(app: AppName, desired: Desired): number {
  if (app === 'agent') return desired.agents;
  if (app === 'simulator') return desired.simulate > 0 ? 1 : 0;
  return desired.replicas[app] ?? 1;
}

function appProcess(installation: Installation, desired: Desired, app: AppName, replica: number): ProcessSpec {
  const name = processName(app, replica);
  const healthPort = installation.healthPortOf(name);
  const user = app === 'agent' ? installation.instanceIdOf(replica) : app;
  return {
    name,
    app,
    replica,
    command: installation.node,
    args: ['--enable-source-maps', `${installation.root}/${entryOfApp(app)}`],
    env: {
      [HOME_VARIABLE]: installation.data,
      NODE_ENV: 'production',
      [APP_VARIABLE]: app === 'simulator' ? 'agent' : app,
      LONGSHORE_REPLICA: String(replica),
      LONGSHORE_NATS_URL: installation.natsUrl,
      LONGSHORE_NATS_CREDS: installation.credsOf(user),
      LONGSHORE_NATS_USER: user,
      [HEALTH_PORT_VARIABLE]: String(healthPort),
      LONGSHORE_LOG_LEVEL: installation.logLevel,
      ...ownEnvironment(installation, desired, app, replica),
    },
    healthPort,
  };
}

export const withHealthPort = (spec: ProcessSpec, healthPort: number): ProcessSpec => ({
  ...spec,
  env: { ...spec.env, [HEALTH_PORT_VARIABLE]: String(healthPort) },
  healthPort,
});

function ownEnvironment(installation: Installation, desired: Desired, app: AppName, replica: number): Record<string, string> {
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
      };
    case 'agent':
      return {
        ...hostEnvironment(installation),
        LONGSHORE_INSTANCE_ID: installation.instanceIdOf(replica),
        LONGSHORE_STATE_DIR: installation.agentStateDirectoryOf(replica),
        LONGSHORE_DOCKER_SOCKET: installation.dockerSocket,
        LONGSHORE_ADDRESS: `127.0.0.${replica}`,
        ...(desired.agents > 1 ? shareOf(installation, desired.agents) : {}),
      };
    case 'simulator':
      return { ...hostEnvironment(installation), LONGSHORE_SIMULATE: String(desired.simulate) };
    case 'scheduler':
    case 'health-monitor':
      return {};
  }
}

const hostEnvironment = (installation: Installation): Record<string, string> => ({
  LONGSHORE_ACCOUNT_ID: installation.accountId,
  LONGSHORE_REGION: installation.region,
  LONGSHORE_CLUSTER: installation.cluster,
});

/** Equal shares, rounded down: together the agents never offer more than the host has. */
function shareOf({ host }: Installation, agents: number): Record<string, string> {
  return {
    LONGSHORE_CPU: String(Math.floor(host.cpuUnits / agents)),
    LONGSHORE_MEMORY_MIB: String(Math.floor(host.memoryMiB / agents)),
  };
}
