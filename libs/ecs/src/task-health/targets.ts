import type { TargetKey, Task, TaskTarget } from '../model/task.js';

export const isSameTarget = (a: TargetKey, b: TargetKey): boolean =>
  a.targetGroupArn === b.targetGroupArn && a.containerName === b.containerName && a.containerPort === b.containerPort;

/** Whether there are any is said by the task itself. */
export const areHealthy = (targets: Task['targets'] = []): boolean => targets.every(({ health }) => health === 'healthy');

/** The first target of a task that its load balancer has found to be unhealthy. */
export const unhealthyTarget = ({ targets }: Pick<Task, 'targets'>): TaskTarget | undefined =>
  targets?.find(({ health }) => health === 'unhealthy');

/** Whether something checks its health: its targets, or of its rollout the essential containers. Otherwise time alone says it. */
export const isChecked = ({ healthChecked }: { readonly healthChecked: boolean }, { targets }: Pick<Task, 'targets'>): boolean =>
  healthChecked || targets !== undefined;

/** Something that checks its health says that it is not well. */
export const isSick = (task: Pick<Task, 'targets' | 'healthStatus'>): boolean =>
  task.healthStatus === 'UNHEALTHY' || unhealthyTarget(task) !== undefined;
