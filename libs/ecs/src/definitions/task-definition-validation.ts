import type { Volume } from '../model/task-definition.js';
import { compileExpression } from '../placement/query-language.js';
import { refusals } from '../model/refusals.js';
import { checkContainer } from './container-definition-validation.js';
import { checkContainerGraph } from './container-graph.js';
import { checkFargate, checkFargateTask } from './fargate.js';
import {
  cpuUnits,
  hostPortOf,
  memoryMiB,
  type ContainerInput,
  type RegisterTaskDefinitionInput,
} from './task-definition-input.js';

/** ECS's quota, which cannot be raised [dg service quotas]. */
const MAX_CONTAINERS = 10;

/** What ECS refuses at registration, in its words where they are known (ecs-semantics §3.1 and public logs). */
export function checkTaskDefinition(input: RegisterTaskDefinitionInput): void {
  const client = refusals.client;
  if (!input.family) throw client('Family should not be null or empty.');
  if (!/^[a-zA-Z0-9\-_]{1,255}$/.test(input.family)) throw client('Family contains invalid characters.');
  const containers = input.containerDefinitions ?? [];
  if (containers.length === 0) throw client('Container list cannot be empty.');
  if (containers.length > MAX_CONTAINERS) {
    throw client(`A task definition can have at most ${MAX_CONTAINERS} containers, but this one has ${containers.length}.`);
  }
  const bytes = Buffer.byteLength(JSON.stringify(input));
  if (bytes > 65_536) throw client(`Actual length: '${bytes}'. Max allowed length is '65536' bytes.`);
  if (input.requiresCompatibilities?.includes('FARGATE')) checkFargateTask(input);
  for (const container of containers) checkContainer(container, input);
  checkNames(containers);
  if (containers.every((container) => container.essential === false)) {
    throw client("Task definition doesn't have any essential container.");
  }
  checkContainerGraph(containers, input.networkMode);
  checkPortNames(containers);
  checkHostPorts(containers, input.networkMode);
  checkVolumes(input);
  checkMountPoints(input);
  checkSizes(containers, input);
  checkPlacement(input);
  checkCompatibilities(input);
}

function checkNames(containers: readonly ContainerInput[]): void {
  const names = new Set<string>();
  for (const { name = '' } of containers) {
    if (names.has(name))
      throw refusals.client(`Container name '${name}' is used more than once. Each container needs its own name.`);
    names.add(name);
  }
}

/** Service Connect finds a port by its name. */
function checkPortNames(containers: readonly ContainerInput[]): void {
  const names = containers.flatMap(({ portMappings = [] }) => portMappings.flatMap(({ name }) => (name ? [name as string] : [])));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw refusals.client(`Port mapping name '${twice}' is used more than once. Each needs its own name.`);
}

/** A fixed host port can be taken once in a task; dynamic ones as often as wished. */
function checkHostPorts(containers: readonly ContainerInput[], networkMode: string | undefined): void {
  const taken = new Set<string>();
  for (const mapping of containers.flatMap((container) => container.portMappings ?? [])) {
    const port = hostPortOf(mapping, networkMode);
    const protocol = (mapping.protocol ?? 'tcp').toUpperCase();
    if (port === 0) continue;
    if (taken.has(`${protocol} ${port}`))
      throw refusals.client(`${protocol} host port '${port}' is mapped multiple times in task.`);
    taken.add(`${protocol} ${port}`);
  }
}

function checkVolumes({ volumes = [] }: RegisterTaskDefinitionInput): void {
  const names = new Set<string>();
  for (const volume of volumes) {
    const { name, host, dockerVolumeConfiguration: docker } = volume;
    if (!name) throw refusals.client('Volume.name should not be null or empty.');
    if (!/^[a-zA-Z0-9\-_]{1,255}$/.test(name)) throw refusals.client('Volume.name contains invalid characters.');
    if (names.has(name)) throw refusals.client(`Volume name '${name}' is used more than once. Each volume needs its own name.`);
    if (host?.sourcePath !== undefined && host.sourcePath.trim() === '')
      throw refusals.client('host.sourcePath should not be blank.');
    const { efsVolumeConfiguration: efs, fsxWindowsFileServerVolumeConfiguration: fsx, configuredAtLaunch: ebs } = volume;
    const s3 = volume.s3filesVolumeConfiguration;
    if ([host?.sourcePath, docker, efs, fsx, s3, ebs].filter(Boolean).length > 1) {
      throw refusals.client('When the volume parameter is specified, only one volume configuration type should be used.');
    }
    if (efs) checkEfs(efs);
    names.add(name);
  }
}

/** An access point brings its own directory, and both kinds of authorization go with the transit encryption [sdk EFSVolumeConfiguration]. */
function checkEfs({
  rootDirectory = '/',
  transitEncryption,
  authorizationConfig,
}: NonNullable<Volume['efsVolumeConfiguration']>): void {
  const { accessPointId, iam } = authorizationConfig ?? {};
  if (accessPointId && rootDirectory !== '/') {
    throw refusals.client('When using an EFS access point, the root directory must either be set to "/" or be omitted.');
  }
  if ((accessPointId || iam === 'ENABLED') && transitEncryption !== 'ENABLED') {
    throw refusals.client('When using an EFS access point or IAM authorization, the EFS transit encryption must be enabled.');
  }
}

function checkMountPoints({ volumes = [], containerDefinitions }: RegisterTaskDefinitionInput): void {
  const names = new Set(volumes.map(({ name }) => name));
  for (const { name, mountPoints = [] } of containerDefinitions) {
    const paths = new Set<string>();
    for (const { sourceVolume, containerPath } of mountPoints) {
      if (!sourceVolume || !names.has(sourceVolume)) throw refusals.client(`Unknown volume '${sourceVolume ?? ''}'.`);
      if (!containerPath) throw refusals.client(`A mount point of container '${name}' has no containerPath.`);
      if (paths.has(containerPath)) throw refusals.client(`Container '${name}' mounts '${containerPath}' more than once.`);
      paths.add(containerPath);
    }
  }
}

function checkSizes(containers: readonly ContainerInput[], input: RegisterTaskDefinitionInput): void {
  const taskCpu = input.cpu === undefined ? undefined : cpuUnits(input.cpu);
  const taskMemory = input.memory === undefined ? undefined : memoryMiB(input.memory);
  const sum = (of: (container: ContainerInput) => number) => containers.reduce((total, container) => total + of(container), 0);
  if (taskCpu !== undefined && sum(({ cpu }) => cpu ?? 0) > taskCpu) {
    throw refusals.client("The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.");
  }
  if (taskMemory === undefined) return;
  const large = containers.find(({ memory }) => (memory ?? 0) > taskMemory);
  if (large) {
    throw refusals.client(`Invalid setting for container '${large.name}'. 'memory' cannot be greater than the task 'memory'.`);
  }
  if (sum(({ memory, memoryReservation }) => memoryReservation ?? memory ?? 0) > taskMemory) {
    throw refusals.client("The sum of all container memory reservations cannot be greater than the value of the task 'memory'.");
  }
}

function checkPlacement({ placementConstraints = [] }: RegisterTaskDefinitionInput): void {
  if (placementConstraints.length > 10) throw refusals.client('A task definition can have at most 10 placement constraints.');
  for (const { type, expression } of placementConstraints) {
    if (type !== 'memberOf')
      throw refusals.client(`Placement constraint type ${type ?? ''} is not supported in a task definition. Use memberOf.`);
    if (!expression) throw refusals.client('A memberOf placement constraint needs an expression.');
    compileExpression(expression);
  }
}

function checkCompatibilities(input: RegisterTaskDefinitionInput): void {
  const required = input.requiresCompatibilities ?? [];
  if (required.includes('FARGATE')) checkFargate(input);
  if (required.includes('EXTERNAL') && input.networkMode === 'awsvpc') {
    throw refusals.client(
      "The network mode 'awsvpc' is not supported with the compatibility EXTERNAL. Use bridge, host or none.",
    );
  }
}
