import type { ContainerDefinition, PlacementConstraint, TaskDefinition, Volume } from '../model/task-definition.js';
import type { Tag } from '../model/common.js';
import { refusals } from '../model/refusals.js';

/** A container definition as a caller writes it. */
export type ContainerInput = Partial<ContainerDefinition>;

export interface RegisterTaskDefinitionInput {
  readonly family: string;
  readonly containerDefinitions: readonly ContainerInput[];
  readonly networkMode?: TaskDefinition['networkMode'];
  readonly volumes?: readonly Volume[];
  readonly placementConstraints?: readonly Partial<PlacementConstraint>[];
  readonly requiresCompatibilities?: readonly string[];
  readonly cpu?: string;
  readonly memory?: string;
  readonly pidMode?: string;
  readonly ipcMode?: string;
  readonly tags?: readonly Tag[];
  readonly [field: string]: unknown;
}

/** Members of the request that are stored as they are, beside those with rules of their own. */
const PASSED_ON = [
  'taskRoleArn',
  'executionRoleArn',
  'networkMode',
  'requiresCompatibilities',
  'pidMode',
  'ipcMode',
  'proxyConfiguration',
  'inferenceAccelerators',
  'ephemeralStorage',
  'runtimePlatform',
  'enableFaultInjection',
] as const;

/** The definition that is registered: ECS's defaults filled in, sizes in units. What is not set stays away. */
export function withDefaults(input: RegisterTaskDefinitionInput) {
  const passedOn = Object.fromEntries(PASSED_ON.flatMap((name) => (isGiven(input[name]) ? [[name, input[name]]] : [])));
  return {
    family: input.family,
    containerDefinitions: input.containerDefinitions.map((container) => containerWithDefaults(container, input.networkMode)),
    volumes: (input.volumes ?? []).map(volumeWithDefaults),
    placementConstraints: (input.placementConstraints ?? []) as readonly PlacementConstraint[],
    ...passedOn,
    ...(input.cpu === undefined ? {} : { cpu: String(cpuUnits(input.cpu)) }),
    ...(input.memory === undefined ? {} : { memory: String(memoryMiB(input.memory)) }),
  };
}

const isGiven = (value: unknown) => value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);

function containerWithDefaults(container: ContainerInput, networkMode: TaskDefinition['networkMode']): ContainerDefinition {
  const given = Object.fromEntries(Object.entries(container).filter(([, value]) => value !== undefined && value !== null));
  const { healthCheck } = container;
  return {
    name: container.name!,
    image: container.image!,
    cpu: 0,
    essential: true,
    mountPoints: [],
    volumesFrom: [],
    systemControls: [],
    ...given,
    // ECS drops a variable without a value; an empty one is a value.
    environment: (container.environment ?? []).filter(({ value }) => value !== undefined),
    portMappings: (container.portMappings ?? []).map((mapping) => ({
      ...mapping,
      ...(mapping.containerPortRange === undefined ? { hostPort: hostPortOf(mapping, networkMode) } : {}),
      protocol: mapping.protocol ?? 'tcp',
    })),
    ...(healthCheck ? { healthCheck: { interval: 30, timeout: 5, retries: 3, ...healthCheck } } : {}),
  };
}

/** Host and awsvpc mode open the container port itself; 0 in bridge mode means that the agent takes a free port. */
export const hostPortOf = (
  mapping: { readonly containerPort?: number; readonly hostPort?: number },
  networkMode: string | undefined,
): number => mapping.hostPort || (sharesPorts(networkMode) ? (mapping.containerPort ?? 0) : 0);

export const sharesPorts = (networkMode: string | undefined) => networkMode === 'host' || networkMode === 'awsvpc';

function volumeWithDefaults(volume: Volume): Volume {
  const docker = volume.dockerVolumeConfiguration;
  if (docker) return { ...volume, dockerVolumeConfiguration: { scope: 'task', ...docker } };
  const efs = volume.efsVolumeConfiguration;
  if (efs) return { ...volume, efsVolumeConfiguration: { rootDirectory: '/', ...efs } };
  const elsewhere = Object.keys(volume).some((member) => member !== 'name' && member !== 'host');
  return elsewhere ? volume : { ...volume, host: volume.host ?? {} };
}

/** CPU units of "256", "1 vCPU", ".5 vcpu": 128 to 196,608 units for tasks on container instances [sdk]. */
export function cpuUnits(text: string): number {
  const match = /^(\d*\.?\d+)\s*(vcpu)?$/i.exec(text.trim());
  const units = match ? Number(match[1]) * (match[2] ? 1024 : 1) : Number.NaN;
  if (!Number.isInteger(units) || units < 128 || units > 196_608) throw invalidSize('cpu');
  return units;
}

/** MiB of "512", "1GB", "0.5 GB". */
export function memoryMiB(text: string): number {
  const match = /^(\d*\.?\d+)\s*(gb)?$/i.exec(text.trim());
  const mebibytes = match ? Number(match[1]) * (match[2] ? 1024 : 1) : Number.NaN;
  if (!Number.isInteger(mebibytes) || mebibytes < 6) throw invalidSize('memory');
  return mebibytes;
}

const invalidSize = (what: 'cpu' | 'memory') =>
  refusals.client(
    `Invalid '${what}' setting for task. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`,
  );
