import { countedAs } from '../../model/task.js';
import type { Service } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';

export interface TaskCounts {
  readonly running: number;
  readonly pending: number;
  /** Nobody has asked them to stop. */
  readonly live: number;
}

export const NO_TASKS: TaskCounts = { running: 0, pending: 0, live: 0 };

/**
 * By deployment or task set. ECS counts by `lastStatus` alone ("tasks … in the RUNNING state"): one that was asked to stop runs until its
 * agent says that it is STOPPING, or it is DEACTIVATING. One that is ACTIVATING is pending still.
 */
export function countTasks(state: EcsState, service: Service): ReadonlyMap<string, TaskCounts> {
  const counts = new Map<string, TaskCounts>();
  for (const { replica, lastStatus, desiredStatus } of state.tasks.by('service', service.serviceArn)) {
    const id = replica!.deploymentId;
    const { running, pending, live } = counts.get(id) ?? NO_TASKS;
    counts.set(id, {
      running: running + Number(lastStatus === 'RUNNING'),
      pending: pending + Number(countedAs(lastStatus) === 'pending'),
      live: live + Number(desiredStatus === 'RUNNING'),
    });
  }
  return counts;
}
