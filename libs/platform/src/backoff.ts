import type { Clock } from './clock.js';
import type { Random } from './random.js';

export interface BackoffTimes {
  readonly firstMs: number;
  readonly longestMs: number;
  /** Of each pause to the one before; 2 where nothing is said. */
  readonly factor?: number;
}

/** The pause after a failure that has so many others right before it. */
export const pauseAfter = ({ firstMs, longestMs, factor = 2 }: BackoffTimes, failuresBefore: number): number =>
  Math.min(firstMs * factor ** failuresBefore, longestMs);

/** The pauses of one thing that is tried again and again: each is longer than the one before, up to the longest. */
export class Backoff {
  private failures = 0;

  constructor(
    private readonly clock: Clock,
    private readonly times: BackoffTimes,
    /** Where many fail together (a broker went): each pause is shortened by up to a half, so that they do not come back together. */
    private readonly random?: Random,
  ) {}

  /** After a success: the next failure is a first one. */
  reset(): void {
    this.failures = 0;
  }

  /**
   * Waits until the next try is due, or `deadlineAtMs` (monotonic) has come: time passes, so that a try that fails at once leaves
   * the process room for everything else. Returns early when the signal aborts.
   */
  async pause({ deadlineAtMs = Infinity, signal }: { deadlineAtMs?: number; signal?: AbortSignal } = {}): Promise<void> {
    const leftMs = deadlineAtMs - this.clock.monotonicMs();
    if (leftMs <= 0) return;
    const fullMs = pauseAfter(this.times, this.failures++);
    const pauseMs = this.random ? fullMs * (0.5 + this.random.next() / 2) : fullMs;
    await this.clock.sleep(Math.min(pauseMs, leftMs), signal).catch((error: unknown) => {
      if (!signal?.aborted) throw error;
    });
  }
}
