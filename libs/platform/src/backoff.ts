import type { Clock } from './clock.js';

export interface BackoffTimes {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** The pauses of one thing that is tried again and again: each twice as long as the one before, up to the longest. */
export class Backoff {
  private nextMs: number;

  constructor(
    private readonly clock: Clock,
    private readonly times: BackoffTimes,
  ) {
    this.nextMs = times.firstMs;
  }

  /** After a success: the next failure is a first one. */
  reset(): void {
    this.nextMs = this.times.firstMs;
  }

  /**
   * Waits until the next try is due, or `deadlineMs` (monotonic) has come: time passes, so that a try that fails at once leaves
   * the process room for everything else. Returns early when the signal aborts.
   */
  async pause({ deadlineMs = Infinity, signal }: { deadlineMs?: number; signal?: AbortSignal } = {}): Promise<void> {
    const leftMs = deadlineMs - this.clock.monotonicMs();
    if (leftMs <= 0) return;
    const pauseMs = Math.min(this.nextMs, leftMs);
    this.nextMs = Math.min(2 * this.nextMs, this.times.longestMs);
    await this.clock.sleep(pauseMs, signal).catch((error: unknown) => {
      if (!signal?.aborted) throw error;
    });
  }
}
