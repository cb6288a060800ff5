import type { Clock } from '#lib/platform';

/**
 * Lets so many pieces of work through at once, the others wait in order. One that takes longer than `slowMs` goes on, but no longer counts:
 * a call that hangs must not hold up what has nothing to do with it.
 */
export class Turnstile {
  private inside = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly atOnce: number,
    private readonly slowMs: number,
    private readonly clock: Clock,
  ) {}

  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.inside >= this.atOnce) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.inside++;
    const leave = once(() => this.next());
    const cancel = this.clock.after(this.slowMs, leave);
    try {
      return await work();
    } finally {
      cancel();
      leave();
    }
  }

  /** The place goes to whoever waits longest. */
  private next(): void {
    const first = this.waiting.shift();
    if (first) first();
    else this.inside--;
  }
}

function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) action();
    isDone = true;
  };
}
