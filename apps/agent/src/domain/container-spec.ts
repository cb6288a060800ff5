import type { ContainerDefinition, NetworkBinding, TaskDefinitionPayload } from '#lib/ecs/model';
import { awslogsProblem, awslogsRoute, defaultRoute, engineLogOptions, type LogRoute } from '../logs/domain/log-route.js';
import { taskMounts, type Mount, type VolumeSpec } from './task-volumes.js';

/** What an engine is asked to create: no ECS words any more, no engine's words yet. Sizes in bytes, times in milliseconds. */
export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly entryPoint?: readonly string[];
  readonly environment: readonly string[];
  readonly workingDirectory?: string;
  readonly user?: string;
  readonly hostname?: string;
  readonly cpuShares: number;
  /** Hard ceiling in CPU units (1024 = one vCPU), from the task's own limit. */
  readonly cpuLimitUnits?: number;
  /** The group of its task, in which its own is. */
  readonly controlGroup?: string;
  readonly memoryBytes?: number;
  readonly memoryReservationBytes?: number;
  readonly swapBytes?: number;
  readonly swappiness?: number;
  /** `bridge`, `host`, `none`, or `container:<runtime id>` whose namespace it shares. */
  readonly networkMode: string;
  readonly networkDisabled: boolean;
  /** Bindings with the addresses that they are opened on. */
  readonly ports: readonly PublishedPort[];
  /** `<runtime name>:<alias>`. */
  readonly links: readonly string[];
  /** Undefined: none, also when the image brings one (ECS ignores those). */
  readonly healthCheck?: {
    readonly test: readonly string[];
    readonly intervalMs: number;
    readonly timeoutMs: number;
    readonly retries: number;
    readonly startPeriodMs: number;
  };
  readonly volumes: readonly VolumeSpec[];
  readonly mounts: readonly Mount[];
  /** `<runtime name>` or `<runtime name>:ro`. */
  readonly volumesFrom: readonly string[];
  readonly ulimits: readonly { readonly name: string; readonly softLimit: number; readonly hardLimit: number }[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly dnsServers: readonly string[];
  readonly dnsSearchDomains: readonly string[];
  readonly extraHosts: readonly string[];
  readonly securityOptions: readonly string[];
  readonly privileged: boolean;
  readonly readonlyRootFilesystem: boolean;
  readonly interactive: boolean;
  readonly pseudoTerminal: boolean;
  readonly pidMode?: string;
  readonly ipcMode?: string;
  readonly init: boolean;
  readonly capabilitiesAdded: readonly string[];
  readonly capabilitiesDropped: readonly string[];
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly sharedMemoryBytes?: number;
  readonly devices: readonly { readonly hostPath: string; readonly containerPath: string; readonly permissions: string }[];
  readonly logging?: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
}

export interface PublishedPort {
  readonly containerPort: number;
  readonly hostPort: number;
  readonly protocol: 'tcp' | 'udp';
  readonly addresses: readonly string[];
}

/** The task that a container belongs to, as far as its spec needs it. */
export interface SpecContext {
  readonly taskArn: string;
  readonly clusterName: string;
  readonly journalId: string;
  readonly instanceId: string;
  /** A name's last part: the same for the same task and container, so that a retried create finds the first one's work. */
  readonly hex: (part: string) => string;
  /** Where published ports listen; the first one is reported. */
  readonly addresses: readonly string[];
  /** Where ports that the definition fixes listen: agents that share a host share its bridge gateway too. */
  readonly fixedAddresses: readonly string[];
  /** Asked by containers that name no DNS servers of their own; none: the engine's. */
  readonly dnsServers?: readonly string[];
  /** Of a task in `awsvpc` mode: the container that holds its network. */
  readonly pauseId?: string;
  /** Of such a task: its /etc/hosts and /etc/resolv.conf. */
  readonly nameFiles?: readonly Mount[];
  /** Chosen by the port ledger, in the order of `dynamicMappings`. */
  readonly dynamicPorts: readonly number[];
  /** Whether the lines of containers whose definition says nothing of logs are shipped, too. */
  readonly shipsAllLogs?: boolean;
  /** Where the task's own endpoint is, as the container finds it. */
  readonly endpoint?: Readonly<Record<string, string>>;
  readonly controlGroup?: string;
  /** Where `awslogs` names no mode. */
  readonly logMode?: LogRoute['mode'];
}

export const labels = {
  cluster: 'com.amazonaws.ecs.cluster',
  containerName: 'com.amazonaws.ecs.container-name',
  taskArn: 'com.amazonaws.ecs.task-arn',
  family: 'com.amazonaws.ecs.task-definition-family',
  revision: 'com.amazonaws.ecs.task-definition-version',
  instanceId: 'longshore.container-instance-id',
  journalId: 'longshore.journal-id',
  /** Where its lines go (`LogRoute`), when they are shipped. */
  logs: 'longshore.logs',
} as const;

/** What an agent finds its own containers by, and nobody else's. */
export const ownLabels = (journalId: string, instanceId: string): Readonly<Record<string, string>> => ({
  [labels.journalId]: journalId,
  [labels.instanceId]: instanceId,
});

const MIB = 1024 * 1024;
/** Docker's minimum on Linux; what the ECS agent gives for 0 and 1. */
export const LEAST_CPU_SHARES = 2;

export const runtimeName = (definition: TaskDefinitionPayload, part: string, hex: (part: string) => string): string =>
  `ecs-${definition.family}-${definition.revision}-${part.replaceAll(/[^A-Za-z0-9_.-]/g, '')}-${hex(part)}`;

/** A container of a task (overrides applied) as an engine is to create it. */
export function containerSpec(
  container: ContainerDefinition,
  definition: TaskDefinitionPayload,
  context: SpecContext,
): ContainerSpec {
  const named = (part: string) => runtimeName(definition, part, context.hex);
  const parameters = container.linuxParameters ?? {};
  const memoryMiB = container.memory ?? numberOf(definition.memory);
  const route = logRouteOf(container, definition, context);
  const { volumes, mounts } = taskMounts(container, definition.volumes, named, {
    ...ownLabels(context.journalId, context.instanceId),
    [labels.taskArn]: context.taskArn,
  });
  return {
    name: named(container.name),
    image: container.image,
    labels: { ...container.dockerLabels, ...labelsOf(container, definition, context, route) },
    command: nonEmpty(container.command),
    entryPoint: nonEmpty(container.entryPoint),
    environment: environmentOf(container, context),
    workingDirectory: container.workingDirectory,
    user: container.user,
    ...(definition.networkMode === 'awsvpc' ? SHARED : namesOf(container, context)),
    cpuShares: Math.max(LEAST_CPU_SHARES, container.cpu),
    cpuLimitUnits: numberOf(definition.cpu),
    controlGroup: context.controlGroup,
    memoryBytes: memoryMiB === undefined ? undefined : memoryMiB * MIB,
    memoryReservationBytes: container.memoryReservation === undefined ? undefined : container.memoryReservation * MIB,
    swapBytes: parameters.maxSwap === undefined || memoryMiB === undefined ? undefined : (memoryMiB + parameters.maxSwap) * MIB,
    swappiness: parameters.swappiness,
    networkMode: context.pauseId === undefined ? networkModeOf(definition) : `container:${context.pauseId}`,
    networkDisabled: container.disableNetworking === true,
    ports: networkModeOf(definition) === 'bridge' ? publishedPorts(container, context) : [],
    links: networkModeOf(definition) === 'bridge' ? (container.links ?? []).map((link) => linkOf(link, named)) : [],
    healthCheck: healthCheckOf(container),
    volumes,
    mounts: [...mounts, ...nameFilesFor(container, context, mounts)],
    volumesFrom: container.volumesFrom.flatMap(({ sourceContainer, readOnly }) =>
      sourceContainer ? [`${named(sourceContainer)}${readOnly ? ':ro' : ''}`] : [],
    ),
    ulimits: container.ulimits ?? [],
    sysctls: Object.fromEntries((container.systemControls ?? []).map(({ namespace, value }) => [namespace ?? '', value ?? ''])),
    securityOptions: container.dockerSecurityOptions ?? [],
    privileged: container.privileged ?? false,
    readonlyRootFilesystem: container.readonlyRootFilesystem ?? false,
    interactive: container.interactive ?? false,
    pseudoTerminal: container.pseudoTerminal ?? false,
    pidMode: definition.pidMode,
    ipcMode: definition.ipcMode,
    init: parameters.initProcessEnabled ?? false,
    capabilitiesAdded: parameters.capabilities?.add ?? [],
    capabilitiesDropped: parameters.capabilities?.drop ?? [],
    tmpfs: Object.fromEntries((parameters.tmpfs ?? []).map((mount) => [mount.containerPath, tmpfsOptions(mount)])),
    sharedMemoryBytes: parameters.sharedMemorySize === undefined ? undefined : parameters.sharedMemorySize * MIB,
    devices: (parameters.devices ?? []).map(({ hostPath, containerPath, permissions }) => ({
      hostPath,
      containerPath: containerPath ?? hostPath,
      permissions: permissionsOf(permissions),
    })),
    logging: loggingOf(container, route),
  };
}

/** One that the definition mounts itself stays as it says. */
const nameFilesFor = (container: ContainerDefinition, { nameFiles = [] }: SpecContext, mounts: readonly Mount[]): Mount[] =>
  nameFiles
    .filter(({ target }) => !mounts.some((mount) => mount.target === target))
    .map((file) => ({ ...file, readOnly: container.readonlyRootFilesystem ?? false }));

type Names = Pick<ContainerSpec, 'hostname' | 'dnsServers' | 'dnsSearchDomains' | 'extraHosts'>;

/** Those of the network namespace that it is in [sdk ContainerDefinition: not supported for tasks in `awsvpc` mode]. */
const SHARED: Names = { dnsServers: [], dnsSearchDomains: [], extraHosts: [] };

const namesOf = (container: ContainerDefinition, context: SpecContext): Names => ({
  hostname: container.hostname,
  dnsServers: nonEmpty(container.dnsServers) ?? context.dnsServers ?? [],
  dnsSearchDomains: container.dnsSearchDomains ?? [],
  extraHosts: (container.extraHosts ?? []).map(({ hostname, ipAddress }) => `${hostname}:${ipAddress}`),
});

/** The agent's own variables win, as in ECS: a definition cannot send a container to another endpoint. */
function environmentOf({ environment }: ContainerDefinition, { endpoint = {} }: SpecContext): string[] {
  const own = environment.filter(({ name }) => name === undefined || !Object.hasOwn(endpoint, name));
  return [...own.map(({ name, value }) => [name, value ?? '']), ...Object.entries(endpoint)].map(
    ([name, value]) => `${name}=${value}`,
  );
}

/** Why the engine would not take a container's `logConfiguration`, if that is for this agent to say. */
export const logProblem = ({ logConfiguration }: ContainerDefinition): string | undefined =>
  logConfiguration?.logDriver === AWSLOGS ? awslogsProblem(logConfiguration.options ?? {}) : undefined;

function logRouteOf(
  container: ContainerDefinition,
  definition: TaskDefinitionPayload,
  context: SpecContext,
): LogRoute | undefined {
  const { logConfiguration } = container;
  const subject = { containerName: container.name, taskArn: context.taskArn, family: definition.family };
  if (logConfiguration?.logDriver === AWSLOGS) return awslogsRoute(logConfiguration.options ?? {}, subject, context.logMode);
  return logConfiguration || !context.shipsAllLogs ? undefined : defaultRoute(subject);
}

/** What is shipped is written into files that the agent follows. Another driver is the engine's business. */
function loggingOf({ logConfiguration }: ContainerDefinition, route: LogRoute | undefined): ContainerSpec['logging'] {
  if (route) return { driver: 'json-file', options: engineLogOptions(route) };
  return logConfiguration ? { driver: logConfiguration.logDriver, options: logConfiguration.options ?? {} } : BOUNDED_LOG;
}

const AWSLOGS = 'awslogs';

/** Docker's own default keeps everything for ever: a container that writes 10 MB a second would fill the host's disk. */
const BOUNDED_LOG = { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } } as const;

/** The task's own last: a definition's `dockerLabels` cannot make a container someone else's. */
const labelsOf = (
  container: ContainerDefinition,
  definition: TaskDefinitionPayload,
  context: SpecContext,
  route: LogRoute | undefined,
) => ({
  [labels.cluster]: context.clusterName,
  [labels.containerName]: container.name,
  [labels.taskArn]: context.taskArn,
  [labels.family]: definition.family,
  [labels.revision]: String(definition.revision),
  ...ownLabels(context.journalId, context.instanceId),
  [labels.logs]: route ? JSON.stringify(route) : '',
});

/** Undefined in a definition means bridge, ECS's default on Linux. */
const networkModeOf = ({ networkMode = 'bridge' }: TaskDefinitionPayload) => networkMode;

interface Mapping {
  readonly containerPort: number;
  readonly hostPort: number;
  readonly protocol: 'tcp' | 'udp';
}

const mappingsOf = (container: ContainerDefinition): Mapping[] =>
  container.portMappings.flatMap(({ containerPort, hostPort, protocol }) =>
    containerPort === undefined ? [] : [{ containerPort, hostPort: hostPort ?? 0, protocol: protocol === 'udp' ? 'udp' : 'tcp' }],
  );

/** Mappings whose host port the agent chooses: bridge mode, `hostPort` 0 or absent. */
export const dynamicMappings = (container: ContainerDefinition, definition: TaskDefinitionPayload): readonly Mapping[] =>
  networkModeOf(definition) === 'bridge' ? mappingsOf(container).filter(({ hostPort }) => hostPort === 0) : [];

/** Host ports that the definition itself fixes: host mode opens the container's port. */
export const fixedPorts = (container: ContainerDefinition, definition: TaskDefinitionPayload): readonly Mapping[] => {
  const mode = networkModeOf(definition);
  if (mode === 'none' || mode === 'awsvpc') return [];
  return mappingsOf(container)
    .map((mapping) => (mode === 'host' ? { ...mapping, hostPort: mapping.containerPort } : mapping))
    .filter(({ hostPort }) => hostPort !== 0);
};

/** In host mode an engine knows nothing of ports: the definition says which ones the container opens. */
export const hostModeBindings = (container: ContainerDefinition, definition: TaskDefinitionPayload): readonly NetworkBinding[] =>
  networkModeOf(definition) === 'host'
    ? fixedPorts(container, definition).map((mapping) => ({ bindIP: '0.0.0.0', ...mapping }))
    : [];

function publishedPorts(container: ContainerDefinition, context: SpecContext): PublishedPort[] {
  const chosen = context.dynamicPorts[Symbol.iterator]();
  return mappingsOf(container).map((mapping) => ({
    ...mapping,
    hostPort: mapping.hostPort || (chosen.next().value as number),
    addresses: mapping.hostPort ? context.fixedAddresses : context.addresses,
  }));
}

function linkOf(link: string, named: (part: string) => string): string {
  const [target, alias] = link.split(':') as [string, string | undefined];
  return `${named(target)}:${alias ?? target}`;
}

/** ECS's defaults where the definition is silent. */
function healthCheckOf({ healthCheck }: ContainerDefinition): ContainerSpec['healthCheck'] {
  if (!healthCheck || healthCheck.command[0] === 'NONE') return undefined;
  const [first] = healthCheck.command;
  return {
    test: first === 'CMD' || first === 'CMD-SHELL' ? healthCheck.command : ['CMD', ...healthCheck.command],
    intervalMs: (healthCheck.interval ?? 30) * 1000,
    timeoutMs: (healthCheck.timeout ?? 5) * 1000,
    retries: healthCheck.retries ?? 3,
    startPeriodMs: (healthCheck.startPeriod ?? 0) * 1000,
  };
}

const tmpfsOptions = ({ size, mountOptions }: { size: number; mountOptions?: readonly string[] }): string =>
  [...(mountOptions ?? []), `size=${size}m`].join(',');

function permissionsOf(permissions: readonly string[] | undefined): string {
  if (!permissions?.length) return 'rwm';
  return [
    permissions.includes('read') ? 'r' : '',
    permissions.includes('write') ? 'w' : '',
    permissions.includes('mknod') ? 'm' : '',
  ].join('');
}

const nonEmpty = (list: readonly string[] | undefined) => (list?.length ? list : undefined);
const numberOf = (text: string | undefined): number | undefined => (text === undefined || text === '' ? undefined : Number(text));
