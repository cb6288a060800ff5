import type { Service } from '../../model/services.js';
import type { TaskSet } from '../../model/task-sets.js';
import { NO_TASKS, type TaskCounts } from '../reconcile/task-counts.js';
import { computedDesiredCount } from '../reconcile/task-sets.js';

/** A task set as DescribeTaskSets, DescribeServices and what changes one show it. Tags only when asked for. */
export function describeTaskSet(
  service: Service,
  taskSet: TaskSet,
  counts: ReadonlyMap<string, TaskCounts>,
  options: { readonly tags?: boolean } = {},
): object {
  const { id, taskSetArn, serviceArn, clusterArn, externalId, status, taskDefinitionArn, createdAt, updatedAt } = taskSet;
  const { launchType, networkConfiguration, loadBalancers = [], scale, stabilityStatus, stabilityStatusAt, tags } = taskSet;
  const { running, pending } = counts.get(id) ?? NO_TASKS;
  return {
    id,
    taskSetArn,
    serviceArn,
    clusterArn,
    externalId,
    status,
    taskDefinition: taskDefinitionArn,
    computedDesiredCount: computedDesiredCount(service, taskSet),
    pendingCount: pending,
    runningCount: running,
    createdAt,
    updatedAt,
    launchType,
    networkConfiguration,
    loadBalancers,
    serviceRegistries: [],
    scale,
    stabilityStatus,
    stabilityStatusAt,
    tags: options.tags ? tags : [],
  };
}
