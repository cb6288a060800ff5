/** The ECS agent's (ECS_TASK_METADATA_RPS_LIMIT): 40 requests a second, 60 at once; here of one task. */
const PER_SECOND = 40;
const AT_ONCE = 60;

/** A token bucket a task. */
export class RequestLimit {
  private readonly buckets = new Map<string, { left: number; atMs: number }>();

  admits(taskArn: string, nowMs: number): boolean {
    const bucket = this.buckets.get(taskArn) ?? { left: AT_ONCE, atMs: nowMs };
    const left = Math.min(AT_ONCE, bucket.left + ((nowMs - bucket.atMs) * PER_SECOND) / 1000);
    this.buckets.set(taskArn, { left: left < 1 ? left : left - 1, atMs: nowMs });
    return left >= 1;
  }

  forget(isGone: (taskArn: string) => boolean): void {
    for (const taskArn of this.buckets.keys()) if (isGone(taskArn)) this.buckets.delete(taskArn);
  }
}
