import { z } from 'zod';
import { decodeHostGrant, type HostGrant } from '#lib/ecs/model';
import { type HostAccess, parseHostAccess } from '#lib/ecs/placement';
import { ConfigError, parseEnvironment } from '#lib/platform';
import { ENGINE_AUTH_TYPES, type EngineAuthType, type HostLogins, parseEngineAuth } from './domain/engine-auth.js';
import type { ApiRelayOptions } from './relay/api-relay.js';
import type { RegistryTunnelOptions } from './relay/registry-tunnel.js';
import { PULL_BEHAVIOURS, type PullBehaviour, registryOf } from './docker/docker-image-puller.js';

const HOUR_MS = 3_600_000;
/** What the ECS agent reserves, and this installation's own API and broker (4567: its TLS entry for other hosts). */
const RESERVED_PORTS = '22,2375,2376,4222,4566,4567,51678,51679';

const ZONE = 'ecs.availability-zone';

const optionalInteger = z.coerce.number().int().positive().optional();

const schema = z.object({
  LONGSHORE_ACCOUNT_ID: z.string().regex(/^\d{12}$/, 'must be an account id of 12 digits'),
  LONGSHORE_REGION: z.string().min(1),
  LONGSHORE_CLUSTER: z.string().default('default'),
  LONGSHORE_INSTANCE_ID: z
    .string()
    .regex(/^[0-9a-f]{32}$/, 'must be 32 hex digits')
    .optional(),
  LONGSHORE_STATE_DIR: z.string().optional(),
  LONGSHORE_DOCKER_SOCKET: z.string().default('/var/run/docker.sock'),
  LONGSHORE_ADDRESS: z.string().default('127.0.0.1'),
  /** What containers reach this host by; `auto`: the gateway of Docker's bridge; `none`: published ports are for the host only. */
  LONGSHORE_CONTAINER_ADDRESS: z.string().default('auto'),
  /** Of the broker; several, separated by commas. */
  LONGSHORE_NATS_URL: z.string().default('nats://127.0.0.1:4222'),
  /** Where other hosts send what is for tasks with addresses of their own; absent: those are reached on their own host only. */
  LONGSHORE_UNDERLAY_ADDRESS: z.ipv4().optional(),
  /** Where containers ask for the names of services and load balancers. */
  LONGSHORE_TASK_DNS: z.ipv4().optional(),
  /** `enforce`: tasks with addresses of their own run only where their security groups can be enforced; `ignore`: nothing is filtered. */
  LONGSHORE_SECURITY_GROUPS: z.enum(['enforce', 'ignore']).default('enforce'),
  /** Where this host's agents find each other, so that each is asked for its own tasks. */
  LONGSHORE_ENDPOINT_DIRECTORY: z.string().default('/run/longshore'),
  LONGSHORE_AVAILABILITY_ZONE: z.string().optional(),
  LONGSHORE_CPU: optionalInteger,
  LONGSHORE_MEMORY_MIB: optionalInteger,
  LONGSHORE_RESERVED_PORTS: z.string().default(RESERVED_PORTS),
  /** JSON object: custom attributes, as ECS_INSTANCE_ATTRIBUTES. */
  LONGSHORE_ATTRIBUTES: z.string().default('{}'),
  /** What this host lets containers reach of it: `all`, `none`, or `privileged,network,path=/srv,…`. */
  LONGSHORE_HOST_ACCESS: z.string().default('none'),
  /** Of a host that has joined: what the first host lets it say of itself. */
  LONGSHORE_HOST_GRANT: z.string().optional(),
  LONGSHORE_IMAGE_PULL_BEHAVIOR: z.enum(PULL_BEHAVIOURS).optional(),
  /** The ECS agent's own names, for what its users have set already. */
  ECS_IMAGE_PULL_BEHAVIOR: z.enum(PULL_BEHAVIOURS).optional(),
  /** Of the installation's own images, as they are named. */
  LONGSHORE_REGISTRY: z.string().optional(),
  /** Of the gateway, on the first host: where tasks of every host reach the API beside their own endpoint. */
  LONGSHORE_API_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  /** On a host that has joined: the certificate of the installation's authority, which proves its first host. */
  LONGSHORE_NATS_CA: z.string().optional(),
  ECS_ENGINE_AUTH_TYPE: z.enum(ENGINE_AUTH_TYPES).optional(),
  ECS_ENGINE_AUTH_DATA: z.string().optional(),
  LONGSHORE_TASK_CLEANUP_WAIT_MS: z.coerce.number().int().min(0).default(HOUR_MS),
  /** Whether containers whose definition says nothing of logs have theirs in `/longshore/<family>`. */
  LONGSHORE_CONTAINER_LOGS: z.enum(['on', 'off']).default('on'),
  /** How many simulated instances to run instead of one on Docker. */
  LONGSHORE_SIMULATE: z.coerce.number().int().min(0).default(0),
});

export interface AgentConfig {
  readonly accountId: string;
  readonly region: string;
  readonly cluster: string;
  readonly availabilityZone: string;
  readonly cpuUnits?: number;
  readonly memoryMiB?: number;
  readonly reservedPorts: readonly number[];
  readonly customAttributes: Readonly<Record<string, string>>;
  readonly cleanupWaitMs: number;
  readonly shipsAllLogs: boolean;
  readonly hostAccess: HostAccess;
  /** Its first host's word, and how that is written in a subject. */
  readonly grant?: HostGrant & { readonly token: string };
  readonly host: HostConfig | SimulationConfig;
}

/** One instance on a Docker Engine. */
export interface HostConfig {
  readonly kind: 'docker';
  readonly instanceId: string;
  readonly stateDirectory: string;
  readonly dockerSocket: string;
  readonly address: string;
  readonly containerAddress: string;
  /** Names or addresses of the broker's host, from which load balancers send. */
  readonly brokers: readonly string[];
  readonly underlayAddress?: string;
  readonly taskDns?: string;
  readonly endpointDirectory: string;
  readonly enforcesSecurityGroups: boolean;
  readonly pullBehaviourOf: (image: string) => PullBehaviour;
  /** What images of the installation's own registry begin with. */
  readonly ownRegistry?: string;
  /** Of a host that has joined: how that registry is reached. */
  readonly registryTunnel?: RegistryTunnelOptions;
  /** How its tasks reach the API; absent: they do not. */
  readonly api?: ApiRelayOptions;
  readonly hostLogins: HostLogins;
}

/** Many instances without an engine. */
export interface SimulationConfig {
  readonly kind: 'simulation';
  readonly instances: number;
}

export function agentConfig(environment: NodeJS.ProcessEnv): AgentConfig {
  const env = parseEnvironment(schema, environment);
  const host = (): HostConfig => ({
    kind: 'docker',
    instanceId: required(env.LONGSHORE_INSTANCE_ID, 'LONGSHORE_INSTANCE_ID'),
    stateDirectory: required(env.LONGSHORE_STATE_DIR, 'LONGSHORE_STATE_DIR'),
    dockerSocket: env.LONGSHORE_DOCKER_SOCKET,
    address: env.LONGSHORE_ADDRESS,
    endpointDirectory: env.LONGSHORE_ENDPOINT_DIRECTORY,
    enforcesSecurityGroups: env.LONGSHORE_SECURITY_GROUPS === 'enforce',
    containerAddress: env.LONGSHORE_CONTAINER_ADDRESS,
    brokers: brokersOf(env.LONGSHORE_NATS_URL),
    ...(env.LONGSHORE_UNDERLAY_ADDRESS === undefined ? {} : { underlayAddress: env.LONGSHORE_UNDERLAY_ADDRESS }),
    ...(env.LONGSHORE_TASK_DNS === undefined ? {} : { taskDns: env.LONGSHORE_TASK_DNS }),
    pullBehaviourOf: pullBehaviours(env.LONGSHORE_IMAGE_PULL_BEHAVIOR ?? env.ECS_IMAGE_PULL_BEHAVIOR, env.LONGSHORE_REGISTRY),
    ...(env.LONGSHORE_REGISTRY === undefined ? {} : { ownRegistry: env.LONGSHORE_REGISTRY }),
    ...tunnelOf(env.LONGSHORE_REGISTRY, env.LONGSHORE_NATS_URL, env.LONGSHORE_NATS_CA),
    ...apiOf(env.LONGSHORE_API_PORT, env.LONGSHORE_NATS_URL, env.LONGSHORE_NATS_CA),
    hostLogins: hostLogins(env.ECS_ENGINE_AUTH_TYPE, env.ECS_ENGINE_AUTH_DATA),
  });
  const grant = grantOf(env.LONGSHORE_HOST_GRANT);
  const { [ZONE]: grantedZone, ...granted } = grant?.attributes ?? {};
  return {
    accountId: env.LONGSHORE_ACCOUNT_ID,
    region: env.LONGSHORE_REGION,
    cluster: env.LONGSHORE_CLUSTER,
    availabilityZone: grantedZone ?? env.LONGSHORE_AVAILABILITY_ZONE ?? `${env.LONGSHORE_REGION}a`,
    cpuUnits: env.LONGSHORE_CPU,
    memoryMiB: env.LONGSHORE_MEMORY_MIB,
    reservedPorts: env.LONGSHORE_RESERVED_PORTS.split(',').filter(Boolean).map(Number),
    customAttributes: { ...attributes(env.LONGSHORE_ATTRIBUTES), ...granted },
    cleanupWaitMs: env.LONGSHORE_TASK_CLEANUP_WAIT_MS,
    shipsAllLogs: env.LONGSHORE_CONTAINER_LOGS === 'on',
    grant,
    // A simulated host has nothing to protect.
    hostAccess: env.LONGSHORE_SIMULATE > 0 ? 'all' : hostAccess(env.LONGSHORE_HOST_ACCESS),
    host: env.LONGSHORE_SIMULATE > 0 ? { kind: 'simulation', instances: env.LONGSHORE_SIMULATE } : host(),
  };
}

/** In brackets where they are IPv6. */
const brokersOf = (urls: string): readonly string[] =>
  urls.split(',').map((url) => new URL(url.includes('://') ? url : `nats://${url}`).hostname);

/** Where the broker is this host's, so is the registry. */
const tunnelOf = (registry: string | undefined, brokers: string, caFile: string | undefined) =>
  registry === undefined || caFile === undefined ? {} : { registryTunnel: { registry, brokers: brokers.split(','), caFile } };

const apiOf = (port: number | undefined, brokers: string, caFile: string | undefined): { readonly api?: ApiRelayOptions } =>
  port === undefined
    ? {}
    : { api: { port, ...(caFile === undefined ? {} : { firstHost: { brokers: brokers.split(','), caFile } }) } };

/** As it is set; else what has a registry beside it is asked for there, and other images only while they are not here. */
const pullBehaviours =
  (set: PullBehaviour | undefined, ownRegistry: string | undefined): HostConfig['pullBehaviourOf'] =>
  (image) =>
    set ?? (ownRegistry !== undefined && registryOf(image) === ownRegistry ? 'default' : 'prefer-cached');

function required(value: string | undefined, name: string): string {
  if (value === undefined) throw new ConfigError(`${name}: required (unless LONGSHORE_SIMULATE is set)`);
  return value;
}

function hostLogins(type: EngineAuthType | undefined, data: string | undefined): HostLogins {
  if (type === undefined || data === undefined) return () => undefined;
  const logins = parseEngineAuth(type, data);
  if (!logins) throw new ConfigError(`ECS_ENGINE_AUTH_DATA: is no JSON of the type ${type}`);
  return logins;
}

function hostAccess(text: string): HostAccess {
  const parsed = parseHostAccess(text);
  if ('problem' in parsed) throw new ConfigError(`LONGSHORE_HOST_ACCESS: ${parsed.problem}`);
  return parsed.access;
}

function grantOf(token: string | undefined): AgentConfig['grant'] {
  if (token === undefined) return undefined;
  const grant = decodeHostGrant(token);
  if (!grant) throw new ConfigError('LONGSHORE_HOST_GRANT: is none; it comes with the token that a host joins with');
  return { ...grant, token };
}

function attributes(json: string): Readonly<Record<string, string>> {
  return parseEnvironment(
    z.object({
      LONGSHORE_ATTRIBUTES: z.preprocess(
        (text) => tryJson(String(text)),
        z.record(z.string(), z.string(), 'must be a JSON object of strings'),
      ),
    }),
    { LONGSHORE_ATTRIBUTES: json },
  ).LONGSHORE_ATTRIBUTES;
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
