import type { Clock } from '#lib/platform';

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Lets every promise that is ready go on: microtasks run out before the next macrotask. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Time that stands still until `advance` moves it, timer by timer. For unit tests; a world of many apps has the simulator's. */
export class VirtualClock implements Clock {
  private elapsedMs = 0;
  private order = 0;
  private timers: Timer[] = [];

  constructor(private startedAtMs = Date.parse('2026-11-23T12:00:00.000Z')) {}

  now(): number {
    return this.startedAtMs + this.elapsedMs;
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  /** Somebody sets the wall clock: it jumps, and no time passes. */
  setWallClock(aheadMs: number): void {
    this.startedAtMs += aheadMs;
  }

  after(ms: number, callback: () => void): () => void {
    const timer: Timer = { dueMs: this.elapsedMs + Math.max(0, ms), order: this.order++, callback };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const onAbort = () => {
        cancel();
        reject(signal!.reason as Error);
      };
      const cancel = this.after(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  async advance(ms: number): Promise<void> {
    const endMs = this.elapsedMs + ms;
    await settled();
    for (;;) {
      const next = this.timers.filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)[0];
      if (!next) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.elapsedMs = Math.max(this.elapsedMs, next.dueMs);
      next.callback();
      await settled();
    }
    this.elapsedMs = endMs;
  }

  /** Advances until `condition` holds; throws when it does not within `limitMs`. */
  async advanceUntil(condition: () => boolean, limitMs = 60_000): Promise<void> {
    const endMs = this.elapsedMs + limitMs;
    await settled();
    while (!condition()) {
      if (this.elapsedMs >= endMs) throw new Error(`the condition did not hold within ${limitMs} virtual ms`);
      await this.advance(10);
    }
  }

  /** The value of a promise that needs time to pass. */
  async resolve<T>(promise: Promise<T>, limitMs?: number): Promise<T> {
    let isSettled = false;
    const watched = promise.finally(() => (isSettled = true));
    watched.catch(() => undefined);
    await this.advanceUntil(() => isSettled, limitMs);
    return watched;
  }
}
