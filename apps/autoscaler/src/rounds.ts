import type { Commit, Fold } from '#lib/journal';
import { type Clock, Periodic } from '#lib/platform';

const EVERY_MS = 1_000;

export interface RoundsOptions<S> {
  readonly fold: Pick<Fold<S>, 'subscribe'>;
  readonly clock: Clock;
  /** Types of events after which there may be something to do at once; all else waits for the next second. */
  readonly waking: ReadonlySet<string>;
  readonly round: () => Promise<void>;
}

/** One round after another: each second, and at once when something has happened. What wakes during a round has one more after it. */
export class Rounds<S> {
  private readonly seconds: Periodic;
  private unsubscribe: (() => void) | undefined;
  private inRound = false;
  private again = false;

  constructor(private readonly options: RoundsOptions<S>) {
    this.seconds = new Periodic(options.clock, EVERY_MS, () => this.wake(), { first: 'at-once' });
  }

  start(): void {
    this.stop();
    this.unsubscribe = this.options.fold.subscribe((commit) => {
      if (this.wakes(commit)) void this.wake();
    });
    this.seconds.start();
  }

  stop(): void {
    this.unsubscribe?.();
    this.unsubscribe = undefined;
    this.seconds.stop();
  }

  private wakes({ transactions }: Commit): boolean {
    return transactions.some(({ events }) => events.some(({ type }) => this.options.waking.has(type)));
  }

  private async wake(): Promise<void> {
    this.again = true;
    if (this.inRound) return;
    this.inRound = true;
    try {
      while (this.again && this.seconds.isRunning) {
        this.again = false;
        await this.options.round();
      }
    } finally {
      this.inRound = false;
    }
  }
}
