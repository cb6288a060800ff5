import type { Clock } from '#lib/platform';

export interface StrayCheckDeps {
  readonly clock: Clock;
  /** Ends the check. */
  readonly signal: AbortSignal;
  /** What runs here although the assignment does not know it. */
  readonly unknown: () => readonly string[];
  /** Those to stop; undefined: nobody answered. */
  readonly ask: (taskArns: readonly string[]) => Promise<readonly string[] | undefined>;
  readonly stop: (taskArn: string) => Promise<void>;
}

const INTERVAL_MS = 30_000;
const UNANSWERED_MS = 1_000;

/**
 * Asks about tasks that the assignment does not know; only an explicit answer stops them. At once when there are new ones: an instance that
 * was given up and comes back may run what has been replaced elsewhere. Then now and then, for answers that got lost.
 */
export class StrayCheck {
  private readonly asked = new Set<string>();
  private wake = new AbortController();

  constructor(private readonly deps: StrayCheckDeps) {}

  /** The assignment has changed. */
  lookAgain(): void {
    if (this.deps.unknown().some((taskArn) => !this.asked.has(taskArn))) this.wake.abort();
  }

  /** Rejects when the signal ends it. */
  async run(): Promise<void> {
    const { clock, signal } = this.deps;
    for (;;) {
      this.wake = new AbortController();
      const isAnswered = await this.round();
      const sleepMs = isAnswered ? INTERVAL_MS : UNANSWERED_MS;
      await clock.sleep(sleepMs, AbortSignal.any([signal, this.wake.signal])).catch(() => signal.throwIfAborted());
    }
  }

  private async round(): Promise<boolean> {
    const unknown = this.deps.unknown();
    this.asked.clear();
    if (unknown.length === 0) return true;
    for (const taskArn of unknown) this.asked.add(taskArn);
    const stop = await this.deps.ask(unknown);
    for (const taskArn of stop ?? []) await this.deps.stop(taskArn);
    return stop !== undefined;
  }
}
