import type { Clock } from './clock.js';

/**
 * Does `round` again and again, from `start` to `stop`; the next one begins `intervalMs` after the last one ended. A round that
 * throws ends the loop with it: rounds handle what can be handled.
 */
export class Periodic {
  private running: AbortController | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly intervalMs: number,
    private readonly round: () => Promise<void> | void,
    private readonly options: { readonly first: 'at-once' | 'after-interval' },
  ) {}

  /** Begins anew if it runs already. */
  start(): void {
    this.stop();
    this.running = new AbortController();
    void this.run(this.running.signal);
  }

  /** A round under way goes to its end. */
  stop(): void {
    this.running?.abort(new Error('stopped'));
    this.running = undefined;
  }

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  private async run(signal: AbortSignal): Promise<void> {
    if (this.options.first === 'at-once') await this.round();
    while (!signal.aborted) {
      // Only the signal ends the sleep early.
      await this.clock.sleep(this.intervalMs, signal).catch(() => undefined);
      if (!signal.aborted) await this.round();
    }
  }
}
