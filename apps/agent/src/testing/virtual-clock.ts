import type { Clock } from '#lib/platform';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly fire: () => void;
}

/** Time that passes only in `run`: timers fire in order, and everything that became ready runs before the next one. */
export class VirtualClock implements Clock {
  private timers: Timer[] = [];
  private order = 0;

  constructor(private nowMs = Date.UTC(2026, 10, 23)) {}

  now = (): number => this.nowMs;
  monotonicMs = (): number => this.nowMs;

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

  after(ms: number, callback: () => void): () => void {
    const timer = { atMs: this.nowMs + ms, order: this.order++, fire: callback };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** Lets `ms` pass. */
  async run(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    for (;;) {
      await settled();
      const next = this.timers.reduce<Timer | undefined>(
        (first, timer) => (first && before(first, timer) ? first : timer),
        undefined,
      );
      if (!next || next.atMs > untilMs) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.nowMs = next.atMs;
      next.fire();
    }
    this.nowMs = untilMs;
  }
}

const before = (a: Timer, b: Timer) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** Every promise that can go on has gone on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
