import type { PortMapping } from '../model/task-definition.js';
import { gpuCount } from '../placement/capacity.js';
import { refusals } from '../model/refusals.js';
import { sharesPorts, type ContainerInput, type RegisterTaskDefinitionInput } from './task-definition-input.js';

/** Docker refuses less [dg: "the minimum memory of a container is 6 MiB" since Docker 20.10]. */
const MIN_MEMORY_MIB = 6;

/** With a digest the limit of 255 characters is for what stands before it [sdk ContainerDefinition]. */
const IMAGE = /^[a-zA-Z0-9\-_:./#]{1,255}(@sha256:[a-fA-F0-9]{64})?$/;

/** [sdk PortMapping] */
const PORT_NAME = /^[a-z0-9_][a-z0-9_-]{0,63}$/;

/** The rules that one container definition has to keep by itself. */
export function checkContainer(container: ContainerInput, task: RegisterTaskDefinitionInput): void {
  const { name, image } = container;
  if (!name) throw refusals.client('Container.name should not be null or empty.');
  if (!/^[a-zA-Z0-9\-_]{1,255}$/.test(name)) throw refusals.client('Container.name contains invalid characters.');
  if (!image) throw refusals.client('Container.image should not be null or empty.');
  if (!IMAGE.test(image)) throw refusals.client('Container.image contains invalid characters.');
  checkMemory(container, task.memory !== undefined);
  for (const mapping of container.portMappings ?? []) checkPortMapping(name, mapping, task.networkMode);
  for (const { name: variable } of container.environment ?? []) {
    if (!variable?.trim()) throw refusals.client('Environment variable name cannot be null or blank.');
  }
  checkSecrets(container);
  checkGpus(container);
  checkLinuxParameters(container);
  checkExtraHosts(container);
  checkHealthCheck(container);
  checkTimes(container);
  checkUlimits(container);
  checkRestartPolicy(container);
  checkLogConfiguration(container);
}

function checkSecrets({ name, secrets }: ContainerInput): void {
  for (const { name: variable, valueFrom } of (secrets ?? []) as readonly { name?: string; valueFrom?: string }[]) {
    if (!variable || !valueFrom) throw invalid(name, "Each of 'secrets' needs a name and a valueFrom.");
  }
}

function checkGpus({ name, resourceRequirements = [] }: ContainerInput): void {
  for (const { type, value } of resourceRequirements) {
    if (type === 'GPU' && gpuCount(value) === undefined) {
      throw invalid(name, `'resourceRequirements' has the GPU value '${value}': it must be a whole number above 0.`);
    }
  }
}

/** What Docker would refuse only when the task starts. */
function checkLinuxParameters({ name, linuxParameters: linux }: ContainerInput): void {
  if (!linux) return;
  inRange(name, 'linuxParameters.sharedMemorySize', linux.sharedMemorySize, 0, MAX_INTEGER);
  inRange(name, 'linuxParameters.maxSwap', linux.maxSwap, 0, MAX_INTEGER);
  inRange(name, 'linuxParameters.swappiness', linux.swappiness, 0, 100);
  for (const { containerPath, size } of linux.tmpfs ?? []) {
    if (!containerPath.startsWith('/')) throw invalid(name, "'linuxParameters.tmpfs' needs an absolute containerPath.");
    inRange(name, 'linuxParameters.tmpfs.size', size, 1, MAX_INTEGER);
  }
}

const MAX_INTEGER = 2 ** 31 - 1;

function checkExtraHosts({ name, extraHosts = [] }: ContainerInput): void {
  for (const { hostname, ipAddress } of extraHosts) {
    if (!hostname || !ipAddress) throw invalid(name, "Each of 'extraHosts' needs a hostname and an ipAddress.");
  }
}

/** In ECS's frame for what is wrong with a container. */
const invalid = (name: string | undefined, why: string) => refusals.client(`Invalid setting for container '${name}'. ${why}`);

function checkMemory({ name, cpu, memory, memoryReservation }: ContainerInput, taskHasMemory: boolean): void {
  if (memory === undefined && memoryReservation === undefined && !taskHasMemory) {
    throw invalid(name, "At least one of 'memory' or 'memoryReservation' must be specified.");
  }
  for (const [field, value] of Object.entries({ memory, memoryReservation })) {
    if (value !== undefined && value < MIN_MEMORY_MIB) throw invalid(name, `'${field}' must be at least ${MIN_MEMORY_MIB} MiB.`);
  }
  // The documentation says "greater"; ECS takes equal ones too, and many definitions have them.
  if (memory !== undefined && memoryReservation !== undefined && memory < memoryReservation) {
    throw invalid(name, "'memory' must be greater than 'memoryReservation'.");
  }
  if (cpu !== undefined && cpu < 0) throw invalid(name, "'cpu' cannot be negative.");
}

const isPort = (port: number | undefined) => port !== undefined && Number.isInteger(port) && port >= 1 && port <= 65_535;

function checkPortMapping(name: string, mapping: PortMapping, networkMode: string | undefined): void {
  const { containerPort, hostPort, protocol, containerPortRange, name: portName } = mapping;
  if (portName !== undefined && !PORT_NAME.test(portName)) {
    throw refusals.client(
      `Invalid port mapping name '${portName}' of container '${name}'. Use up to 64 lowercase letters, numbers, underscores and hyphens, and no hyphen first.`,
    );
  }
  if (protocol !== undefined && protocol !== 'tcp' && protocol !== 'udp') {
    throw refusals.client(`Invalid 'protocol' setting for container '${name}'. Use tcp or udp.`);
  }
  if (containerPortRange !== undefined) {
    if (networkMode === 'host') {
      throw refusals.client(`Container '${name}': containerPortRange can only be used when networkMode is bridge or awsvpc.`);
    }
    const [, first, last] = /^(\d+)-(\d+)$/.exec(containerPortRange) ?? [];
    if (!isPort(Number(first)) || !isPort(Number(last)) || Number(first) > Number(last)) {
      throw refusals.client(`Invalid 'containerPortRange' setting for container '${name}'. Use the form 8000-8010.`);
    }
    if (containerPort !== undefined || hostPort !== undefined) {
      throw refusals.client(`Container '${name}': containerPortRange cannot be used together with containerPort or hostPort.`);
    }
    return;
  }
  if (!isPort(containerPort)) throw refusals.client(`Invalid 'containerPort' setting for container '${name}'.`);
  if (hostPort !== undefined && hostPort !== 0 && !isPort(hostPort)) {
    throw refusals.client(`Invalid 'hostPort' setting for container '${name}'.`);
  }
  // 0 counts as not given, for clients that always send the member.
  if (sharesPorts(networkMode) && hostPort && hostPort !== containerPort) {
    throw refusals.client(`When networkMode=${networkMode}, the host ports and container ports in port mappings must match.`);
  }
  if (networkMode === 'none') throw refusals.client('Port mappings are not supported when networkMode=none.');
}

/** ECS's ranges, seconds [sdk HealthCheck]. */
function checkHealthCheck({ name, healthCheck }: ContainerInput): void {
  if (!healthCheck) return;
  const kind = healthCheck.command?.[0];
  if (!kind) throw invalid(name, "'healthCheck.command' cannot be empty.");
  if (kind !== 'NONE' && healthCheck.command.length < 2 && (kind === 'CMD' || kind === 'CMD-SHELL')) {
    throw invalid(name, `'healthCheck.command' has nothing to run after ${kind}.`);
  }
  inRange(name, 'healthCheck.interval', healthCheck.interval, 5, 300);
  inRange(name, 'healthCheck.timeout', healthCheck.timeout, 2, 60);
  inRange(name, 'healthCheck.retries', healthCheck.retries, 1, 10);
  inRange(name, 'healthCheck.startPeriod', healthCheck.startPeriod, 0, 300);
}

function inRange(name: string | undefined, field: string, value: number | undefined, from: number, to: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= from && value <= to)) return;
  throw invalid(name, `'${field}' must be between ${from} and ${to}, but is ${value}.`);
}

function checkTimes({ name, startTimeout, stopTimeout }: ContainerInput): void {
  // ECS's limit of 120 s holds for Fargate; on container instances the agent's default of 30 s can be raised further.
  inRange(name, 'startTimeout', startTimeout, 2, 3_600);
  inRange(name, 'stopTimeout', stopTimeout, 0, 3_600);
}

const ULIMITS = 'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(' ');

function checkUlimits({ name, ulimits = [] }: ContainerInput): void {
  for (const { name: limit, softLimit, hardLimit } of ulimits) {
    if (!ULIMITS.includes(limit)) throw refusals.client(`Unrecognized ulimit name ${limit}`);
    // -1 is Docker's "unlimited".
    if (hardLimit !== -1 && (softLimit > hardLimit || softLimit === -1)) {
      throw invalid(name, `The soft limit of ulimit '${limit}' cannot be greater than its hard limit.`);
    }
  }
}

function checkRestartPolicy({ name, restartPolicy }: ContainerInput): void {
  if (!restartPolicy) return;
  inRange(name, 'restartPolicy.restartAttemptPeriod', restartPolicy.restartAttemptPeriod, 60, 1_800);
  if ((restartPolicy.ignoredExitCodes?.length ?? 0) > 50) {
    throw invalid(name, "'restartPolicy.ignoredExitCodes' can have at most 50 exit codes.");
  }
}

function checkLogConfiguration({ logConfiguration }: ContainerInput): void {
  if (logConfiguration?.logDriver !== 'awslogs') return;
  const missing = ['awslogs-region', 'awslogs-group'].filter((option) => !logConfiguration.options?.[option]);
  if (missing.length > 0) throw refusals.client(`Log driver awslogs requires options: ${missing.join(', ')}`);
}
