import {
  type Cluster,
  countKey,
  type EcsState,
  familyOfArn,
  type Service,
  statusKey,
  type Task,
  type TaskUse,
} from '#lib/ecs/model';
import { countTasks, desiredCountOf } from '#lib/ecs/services/reconcile';
import type { Dimension } from './metric.js';
import { ofSample, ofSamples } from './summary.js';
import { BYTES_A_MIB, reservedBy, type ScopedSample } from './task-samples.js';

const NAMESPACE = 'ECS/ContainerInsights';

/** On average over a minute; what is absent is not known of it. */
export type MeanUse = Partial<TaskUse> & Pick<TaskUse, 'taskArn'>;

/** Whether the cluster wants them; what `enhanced` adds on AWS, metrics of single tasks and containers, there is not. */
export const hasInsights = ({ status, settings }: Cluster): boolean =>
  status === 'ACTIVE' && settings.some(({ name, value }) => name === 'containerInsights' && value !== 'disabled');

/**
 * Container Insights of one minute: how many tasks, services and instances there are, and what tasks use, one sample of each task, so that the
 * sum is the cluster's, the service's or the family's (dimensions and units as in AWS's performance log events). Where the container
 * reserves neither, there is no CpuReserved and no MemoryReserved, as on AWS.
 */
export function* insightsOf(state: EcsState, cluster: Cluster, uses: readonly MeanUse[], atMs: number): Iterable<ScopedSample> {
  const ofCluster = [{ Name: 'ClusterName', Value: cluster.clusterName }];
  const { clusterArn } = cluster;
  const count = (name: string, value: number, dimensions: readonly Dimension[]): ScopedSample => ({
    scope: cluster,
    sample: { namespace: NAMESPACE, name, dimensions, unit: 'Count', atMs, summary: ofSample(value) },
  });
  yield count('TaskCount', state.tasks.sumBy('statistics', countKey(clusterArn, 'running')), ofCluster);
  yield count('ContainerInstanceCount', state.containerInstances.countBy('cluster', clusterArn), ofCluster);
  yield count('ServiceCount', state.services.sumBy('statistics', statusKey(clusterArn, 'ACTIVE')), ofCluster);
  for (const service of state.services.by('cluster', clusterArn))
    for (const [name, value] of countsOfService(state, service))
      yield count(name, value, [...ofCluster, { Name: 'ServiceName', Value: service.serviceName }]);

  const groups = new Map<string, { readonly dimensions: readonly Dimension[]; readonly values: Map<string, number[]> }>();
  for (const use of uses) {
    const task = state.tasks.get(use.taskArn);
    if (!task || task.clusterArn !== clusterArn) continue;
    const figures = figuresOf(state, task, use);
    for (const [key, more] of groupsOf(task)) {
      let group = groups.get(key);
      if (!group) groups.set(key, (group = { dimensions: [...ofCluster, ...more], values: new Map() }));
      for (const [name, value] of figures) {
        const values = group.values.get(name);
        if (values) values.push(value);
        else group.values.set(name, [value]);
      }
    }
  }
  for (const { dimensions, values } of groups.values())
    for (const [name, all] of values)
      yield {
        scope: cluster,
        sample: { namespace: NAMESPACE, name, dimensions, unit: UNITS[name]!, atMs, summary: ofSamples(all) },
      };
}

/** Of one that is to run nothing and runs nothing there is nothing to say. */
function countsOfService(state: EcsState, service: Service): readonly (readonly [string, number])[] {
  const counts = [...countTasks(state, service).values()];
  const desired = desiredCountOf(state, service);
  if (service.status === 'INACTIVE' || (counts.length === 0 && desired === 0)) return [];
  return [
    ['DesiredTaskCount', desired],
    ['RunningTaskCount', counts.reduce((sum, { running }) => sum + running, 0)],
    ['PendingTaskCount', counts.reduce((sum, { pending }) => sum + pending, 0)],
    ['DeploymentCount', service.deployments.length],
    ['TaskSetCount', state.taskSets.countBy('service', service.serviceArn)],
  ];
}

const UNITS: Readonly<Record<string, string>> = {
  CpuUtilized: 'None',
  CpuReserved: 'None',
  MemoryUtilized: 'Megabytes',
  MemoryReserved: 'Megabytes',
  NetworkRxBytes: 'Bytes/Second',
  NetworkTxBytes: 'Bytes/Second',
  StorageReadBytes: 'Bytes/Second',
  StorageWriteBytes: 'Bytes/Second',
};

function figuresOf(state: EcsState, task: Task, use: MeanUse): readonly (readonly [string, number])[] {
  const definition = state.taskDefinitions.get(task.taskDefinitionArn);
  const reserved = definition && reservedBy(task, definition);
  const figures: readonly (readonly [string, number | undefined])[] = [
    ['CpuUtilized', use.cpuUnits],
    ['CpuReserved', reserved?.cpuUnits],
    ['MemoryUtilized', use.memoryBytes === undefined ? undefined : use.memoryBytes / BYTES_A_MIB],
    ['MemoryReserved', reserved?.memoryMiB || undefined],
    ['NetworkRxBytes', use.networkRxBytesPerSecond],
    ['NetworkTxBytes', use.networkTxBytesPerSecond],
    ['StorageReadBytes', use.storageReadBytesPerSecond],
    ['StorageWriteBytes', use.storageWriteBytesPerSecond],
  ];
  return figures.filter((figure): figure is [string, number] => figure[1] !== undefined);
}

/** What a task counts for: its cluster, its family there and its service. */
function groupsOf({ taskDefinitionArn, group }: Task): readonly (readonly [key: string, dimensions: readonly Dimension[]])[] {
  const family = familyOfArn(taskDefinitionArn);
  const service = group.startsWith('service:') ? group.slice('service:'.length) : undefined;
  return [
    ['', []],
    [`family:${family}`, [{ Name: 'TaskDefinitionFamily', Value: family }]],
    ...(service === undefined ? [] : [[group, [{ Name: 'ServiceName', Value: service }]] as const]),
  ];
}
