import type { TaskLimits } from './domain/task-limits.js';

/**
 * A control group for each task whose definition has limits of the whole task. `id` is of the task, the same for ever; the group itself is
 * empty between two lives of its containers, and may be made at any time.
 */
export interface TaskGroups {
  /** What an engine is told as the parent of a container's own group. */
  parentOf(id: string): string;
  /** Makes the group, or finds it, with its limits. Before a container of the task starts: the engine would make one without. Rejects with the reason. */
  provide(id: string, limits: TaskLimits): Promise<void>;
  /** Removes the groups of this agent that nobody needs, whoever left them. `needed` is asked after it was seen which are there. */
  keepOnly(needed: () => ReadonlySet<string>): Promise<void>;
}

/** A task's part in the name of its group (`hexOf`). */
export const CONTROL_GROUP = '~control-group';
