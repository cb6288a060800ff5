import { refusals } from '../model/refusals.js';
import { cpuUnits, memoryMiB, type RegisterTaskDefinitionInput } from './task-definition-input.js';

/**
 * Fargate's sizes [dg task-cpu-memory-error]: CPU units → smallest and largest memory and the step between, GiB.
 */
const SIZES: Readonly<Record<number, readonly [from: number, to: number, step: number]>> = {
  512: [1, 4, 1],
  1024: [2, 8, 1],
  2048: [4, 16, 1],
  4096: [8, 30, 1],
  8192: [16, 60, 4],
  16384: [32, 120, 8],
};

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EphemeralStorage.html: 21 at least; 20 is what a task has that asks for none. */
const [LEAST_STORAGE_GIB, MOST_STORAGE_GIB] = [20, 200];

function isFargateSize(cpu: number, memory: number): boolean {
  if (cpu === 256) return [512, 1024, 2048].includes(memory);
  const [from, to, step] = SIZES[cpu] ?? [1, 0, 1];
  const gibibytes = memory / 1024;
  return gibibytes >= from && gibibytes <= to && (gibibytes - from) % step === 0;
}

type Container = RegisterTaskDefinitionInput['containerDefinitions'][number];
type Volume = NonNullable<RegisterTaskDefinitionInput['volumes']>[number];

/** "The following task definition parameters are not valid in Fargate tasks", and those of linuxParameters [dg fargate-tasks-services]; empty lists say nothing. */
const OF_CONTAINERS: Readonly<Record<string, (container: Container) => unknown>> = {
  privileged: ({ privileged }) => privileged,
  gpu: ({ resourceRequirements }) => resourceRequirements?.some(({ type }) => type === 'GPU'),
  disableNetworking: ({ disableNetworking }) => disableNetworking,
  links: ({ links }) => links?.length,
  dnsServers: ({ dnsServers }) => dnsServers?.length,
  dnsSearchDomains: ({ dnsSearchDomains }) => dnsSearchDomains?.length,
  extraHosts: ({ extraHosts }) => extraHosts?.length,
  dockerSecurityOptions: ({ dockerSecurityOptions }) => dockerSecurityOptions?.length,
  devices: ({ linuxParameters }) => linuxParameters?.devices?.length,
  sharedMemorySize: ({ linuxParameters }) => linuxParameters?.sharedMemorySize,
  tmpfs: ({ linuxParameters }) => linuxParameters?.tmpfs?.length,
  maxSwap: ({ linuxParameters }) => linuxParameters?.maxSwap !== undefined,
  swappiness: ({ linuxParameters }) => linuxParameters?.swappiness !== undefined,
};
/** Volumes of the host, and the engine's: "Docker volumes are only supported when running tasks on Amazon EC2 instances" [dg docker-volumes]. */
const OF_VOLUMES: Readonly<Record<string, (volume: Volume) => unknown>> = {
  sourcePath: ({ host }) => host?.sourcePath,
  dockerVolumeConfiguration: (volume) => volume.dockerVolumeConfiguration,
};
/** "The only capability you can add is CAP_SYS_PTRACE" [dg fargate-tasks-services]. */
const ADDED_CAPABILITIES: ReadonlySet<string> = new Set(['SYS_PTRACE']);

/** Why the definition cannot run on Fargate, whatever its sizes are. */
function hostReach({
  pidMode,
  ipcMode,
  placementConstraints,
  containerDefinitions,
  volumes = [],
}: RegisterTaskDefinitionInput): string | undefined {
  if (pidMode === 'host')
    return "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'.";
  if (ipcMode) return 'Tasks using the Fargate launch type do not support ipcMode.';
  const unsupported = placementConstraints?.length
    ? 'placementConstraints'
    : (askedBy(OF_CONTAINERS, containerDefinitions) ?? askedBy(OF_VOLUMES, volumes));
  if (unsupported) return `Fargate compatible task definitions do not support ${unsupported}`;
  const added = containerDefinitions.flatMap(({ linuxParameters }) => linuxParameters?.capabilities?.add ?? []);
  const capability = added.find((one) => !ADDED_CAPABILITIES.has(one));
  return capability && `Fargate compatible task definitions do not support the added capability ${capability}`;
}

const askedBy = <T>(parameters: Readonly<Record<string, (one: T) => unknown>>, all: readonly T[]): string | undefined =>
  Object.entries(parameters).find(([, isAsked]) => all.some(isAsked))?.[0];

/** Whether ECS would list FARGATE among the compatibilities of the (valid) definition. */
export function fitsFargate(input: RegisterTaskDefinitionInput): boolean {
  const { networkMode, cpu, memory } = input;
  if (networkMode !== 'awsvpc' || cpu === undefined || memory === undefined || hostReach(input)) return false;
  return isFargateSize(cpuUnits(cpu), memoryMiB(memory));
}

/** What a definition that requires FARGATE has to say of the task. Before its containers are looked at: without it theirs would be asked for more than Fargate wants. */
export function checkFargateTask({ networkMode, cpu, memory }: RegisterTaskDefinitionInput): void {
  const { client } = refusals;
  if (networkMode !== 'awsvpc') throw client("Fargate only supports network mode 'awsvpc'.");
  if (cpu === undefined) throw client("Fargate requires that 'cpu' be defined at the task level.");
  if (memory === undefined) throw client("Fargate requires that 'memory' be defined at the task level.");
}

/** What else is asked of it. */
export function checkFargate(input: RegisterTaskDefinitionInput): void {
  const { client } = refusals;
  const reach = hostReach(input);
  if (reach) throw client(reach);
  const storage = (input.ephemeralStorage as { readonly sizeInGiB?: number } | undefined)?.sizeInGiB ?? LEAST_STORAGE_GIB;
  if (storage < LEAST_STORAGE_GIB || storage > MOST_STORAGE_GIB)
    throw client(`The ephemeral storage of a Fargate task is ${LEAST_STORAGE_GIB} to ${MOST_STORAGE_GIB} GiB, not ${storage}.`);
  const [cpu, memory] = [cpuUnits(input.cpu!), memoryMiB(input.memory!)];
  if (!isFargateSize(cpu, memory)) {
    throw client(
      `No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory. See the Amazon ECS documentation for the valid values.`,
    );
  }
}
