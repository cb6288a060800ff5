/** ECS's words: the maximum capacity is the burst, the refill rate what is sustained. */
export interface Rate {
  readonly capacity: number;
  readonly refillPerSecond: number;
}

/** Full at first; refilled all the time, up to its capacity. `nowMs` on the monotonic clock. */
export class TokenBucket {
  private tokens: number;

  constructor(
    private readonly rate: Rate,
    private atMs: number,
  ) {
    this.tokens = rate.capacity;
  }

  /** False, and nothing taken, when there is none left. */
  take(nowMs: number): boolean {
    if (this.isEmpty(nowMs)) return false;
    this.spend(nowMs, 1);
    return true;
  }

  isEmpty(nowMs: number): boolean {
    this.refill(nowMs);
    return this.tokens < 1;
  }

  /** What has been used whether there was enough or not: it is empty for the longer. */
  spend(nowMs: number, tokens: number): void {
    this.refill(nowMs);
    this.tokens -= tokens;
  }

  /** It has forgotten everything: a new one is the same. */
  isFull(nowMs: number): boolean {
    this.refill(nowMs);
    return this.tokens >= this.rate.capacity;
  }

  private refill(nowMs: number): void {
    const { capacity, refillPerSecond } = this.rate;
    this.tokens = Math.min(capacity, this.tokens + ((nowMs - this.atMs) * refillPerSecond) / 1_000);
    this.atMs = nowMs;
  }
}
