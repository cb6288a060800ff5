import { type AccountId, hashId, type Region, type Scope } from '#lib/kernel';
import {
  type Cluster,
  clusterArn,
  type ContainerDefinition,
  type ContainerInstance,
  containerInstanceArn,
  createEcsStore,
  type EcsState,
  type InstanceId,
  type Resources,
  type Task,
  taskArn,
  type TaskDefinition,
  taskDefinitionArn,
} from '#lib/ecs/model';

/** A state with one cluster, for tests that ask where tasks go. */
export const scope: Scope = { accountId: '111122223333' as AccountId, region: 'eu-west-1' as Region };
const AT = '2026-11-22T10:00:00.000Z';

export const resources = (fields: Partial<Resources>): Resources => ({
  cpu: 0,
  memoryMiB: 0,
  gpu: 0,
  portsTcp: [],
  portsUdp: [],
  ...fields,
});

export function cluster(name = 'default', fields: Partial<Cluster> = {}): Cluster {
  return {
    clusterArn: clusterArn(scope, name),
    clusterName: name,
    ...scope,
    status: 'ACTIVE',
    settings: [],
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
    tags: [],
    createdAt: AT,
    ...fields,
  };
}

export function containerInstance(n: number, fields: Partial<ContainerInstance> = {}): ContainerInstance {
  const id = hashId('instance', n) as InstanceId;
  return {
    containerInstanceArn: containerInstanceArn(scope, 'default', id),
    instanceId: id,
    clusterArn: clusterArn(scope, 'default'),
    ...scope,
    ec2InstanceId: `host-${n}`,
    status: 'ACTIVE',
    agentConnected: true,
    versionInfo: { agentVersion: '1.0.0' },
    registeredAt: AT,
    registered: resources({ cpu: 2048, memoryMiB: 4096, portsTcp: [22] }),
    reserved: resources({}),
    attributes: [{ name: 'com.amazonaws.ecs.capability.docker-remote-api.1.17' }],
    tags: [],
    version: 1,
    runningTasksCount: 0,
    pendingTasksCount: 0,
    ...fields,
  };
}

export const containerDefinition = (fields: Partial<ContainerDefinition> = {}): ContainerDefinition => ({
  name: 'app',
  image: 'longshore/hello',
  cpu: 256,
  memory: 512,
  essential: true,
  portMappings: [],
  environment: [],
  mountPoints: [],
  volumesFrom: [],
  ...fields,
});

export function taskDefinition(fields: Partial<TaskDefinition> = {}): TaskDefinition {
  const { family = 'web', revision = 1 } = fields;
  return {
    taskDefinitionArn: taskDefinitionArn(scope, family, revision),
    ...scope,
    family,
    revision,
    status: 'ACTIVE',
    containerDefinitions: [containerDefinition()],
    volumes: [],
    placementConstraints: [],
    compatibilities: ['EXTERNAL', 'EC2'],
    requiresAttributes: [{ name: 'com.amazonaws.ecs.capability.docker-remote-api.1.17' }],
    registeredAt: AT,
    registeredBy: 'arn:aws:iam::111122223333:root',
    tags: [],
    digest: 'digest',
    ...fields,
  };
}

/** A running task that holds nothing: what spread and constraints count. */
export function runningTask(n: number, instance: ContainerInstance, group: string): Task {
  return {
    taskArn: taskArn(scope, 'default', hashId('running', n)),
    clusterArn: instance.clusterArn,
    ...scope,
    taskDefinitionArn: taskDefinitionArn(scope, 'web', 1),
    containerInstanceArn: instance.containerInstanceArn,
    group,
    launchType: 'EC2',
    cpu: '0',
    memory: '0',
    overrides: {},
    enableExecuteCommand: false,
    attributes: [],
    tags: [],
    desiredStatus: 'RUNNING',
    lastStatus: 'RUNNING',
    healthStatus: 'UNKNOWN',
    containers: [],
    version: 1,
    createdAt: AT,
    reservation: resources({}),
    reportSequence: 0,
    revisions: [],
  };
}

export interface WorldParts {
  readonly instances: readonly ContainerInstance[];
  readonly definitions?: readonly TaskDefinition[];
  readonly tasks?: readonly Task[];
}

export function world({ instances, definitions = [taskDefinition()], tasks = [] }: WorldParts): EcsState {
  const { state } = createEcsStore();
  state.clusters.put(cluster().clusterArn, cluster());
  for (const instance of instances) state.containerInstances.put(instance.containerInstanceArn, instance);
  for (const definition of definitions) {
    state.taskDefinitions.put(definition.taskDefinitionArn, definition);
    const { family, revision } = definition;
    state.families.put(`${scope.accountId}/${scope.region}/${family}`, { family, latestRevision: revision, ...scope });
  }
  for (const task of tasks) state.tasks.put(task.taskArn, task);
  return state;
}
