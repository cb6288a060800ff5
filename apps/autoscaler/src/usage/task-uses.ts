import { TASK_METRICS_INTERVAL_MS, type TaskUse } from '#lib/ecs/model';

/** Of a task that its host has not spoken of for so long nothing is known any more. */
const STALE_MS = 3 * TASK_METRICS_INTERVAL_MS;

/** What each task used last, as its host told: of tasks that are known only, so there are no more of these than of them. */
export class TaskUses {
  private uses = new Map<string, { readonly use: TaskUse; readonly atMs: number }>();
  private sweptAtMs = 0;

  /** `atMs`: monotonic. */
  note(use: TaskUse, atMs: number): void {
    this.uses.set(use.taskArn, { use, atMs });
    if (atMs - this.sweptAtMs < STALE_MS) return;
    this.sweptAtMs = atMs;
    for (const [taskArn, noted] of this.uses) if (atMs - noted.atMs > STALE_MS) this.uses.delete(taskArn);
  }

  of(taskArn: string, nowMs: number): TaskUse | undefined {
    const noted = this.uses.get(taskArn);
    return noted && nowMs - noted.atMs <= STALE_MS ? noted.use : undefined;
  }

  *all(nowMs: number): Iterable<TaskUse> {
    for (const { use, atMs } of this.uses.values()) if (nowMs - atMs <= STALE_MS) yield use;
  }
}
