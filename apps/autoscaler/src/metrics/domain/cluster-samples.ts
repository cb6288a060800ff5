import type { Cluster, EcsState, Resources } from '#lib/ecs/model';
import { countKey } from '#lib/ecs/model';
import type { ScopedSample } from './task-samples.js';
import { ofSample } from './summary.js';

/** Of a cluster's tasks together. */
export interface ClusterUse {
  readonly cpuUnits: number;
  readonly memoryMiB: number;
}

/**
 * A cluster's reservation and utilization, of what its ACTIVE and DRAINING instances have; nothing while no task runs, as on AWS. Tasks of
 * Fargate count: they are on the same instances. `use`: undefined while it is not known.
 */
export function samplesOfCluster(state: EcsState, cluster: Cluster, use: ClusterUse | undefined, atMs: number): ScopedSample[] {
  if (cluster.status !== 'ACTIVE' || state.tasks.sumBy('statistics', countKey(cluster.clusterArn, 'running')) === 0) return [];
  const registered = { cpu: 0, memoryMiB: 0, gpu: 0 };
  const reserved = { ...registered };
  for (const instance of state.containerInstances.by('cluster', cluster.clusterArn)) {
    if (instance.status !== 'ACTIVE' && instance.status !== 'DRAINING') continue;
    add(registered, instance.registered);
    add(reserved, instance.reserved);
  }
  const dimensions = [{ Name: 'ClusterName', Value: cluster.clusterName }];
  const percent = (name: string, part: number | undefined, of: number): ScopedSample[] =>
    of > 0 && part !== undefined
      ? [
          {
            scope: cluster,
            sample: { namespace: 'AWS/ECS', name, dimensions, unit: 'Percent', atMs, summary: ofSample((part / of) * 100) },
          },
        ]
      : [];
  return [
    ...percent('CPUReservation', reserved.cpu, registered.cpu),
    ...percent('MemoryReservation', reserved.memoryMiB, registered.memoryMiB),
    ...percent('GPUReservation', reserved.gpu, registered.gpu),
    ...percent('CPUUtilization', use?.cpuUnits, registered.cpu),
    ...percent('MemoryUtilization', use?.memoryMiB, registered.memoryMiB),
  ];
}

function add(sum: { cpu: number; memoryMiB: number; gpu: number }, { cpu, memoryMiB, gpu }: Resources): void {
  sum.cpu += cpu;
  sum.memoryMiB += memoryMiB;
  sum.gpu += gpu;
}
