import { scopeKey } from '#lib/kernel';
import type { ClusterArn } from '../model/ids.js';
import type { EcsState } from '../model/state.js';
import type { LaunchType } from '../model/task.js';

/**
 * The clusters whose container instances are asked for a place, in this order. Who uses Fargate has clusters without any instance: its
 * tasks run on every host of the account, their own cluster's first.
 */
export function poolsFor(
  state: Pick<EcsState, 'clusters' | 'containerInstances'>,
  own: ClusterArn,
  launchType: LaunchType,
): readonly ClusterArn[] {
  const cluster = state.clusters.get(own);
  if (launchType !== 'FARGATE' || !cluster) return [own];
  const others: ClusterArn[] = [];
  for (const { clusterArn, status } of state.clusters.by('scope', scopeKey(cluster))) {
    if (clusterArn !== own && status === 'ACTIVE' && state.containerInstances.countBy('cluster', clusterArn) > 0)
      others.push(clusterArn);
  }
  return [own, ...others.sort()];
}
