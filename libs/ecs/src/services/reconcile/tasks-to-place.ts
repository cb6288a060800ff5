import type { Task } from '../../model/task.js';
import type { Rollout } from '../../model/services.js';

/** Tasks that a step of a service starts. */
export interface TasksToPlace {
  readonly deployment: Rollout;
  /** Free replica numbers, the least first. */
  readonly replicas: readonly number[];
  /** Where each of them has to go, when the wish says so: a daemon's, and tasks that move. */
  readonly targets?: readonly Target[];
}

export interface Target {
  readonly containerInstanceArn: string;
  /** Of a task that moves: the one that stops when it is healthy. */
  readonly replaces?: Task;
}
