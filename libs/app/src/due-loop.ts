import { type Clock, type Logger, Wakeup } from '#lib/platform';

export interface DueLoopDeps {
  /** One replica does the work: the one that writes, whose fold has all that it wrote. */
  readonly isWriter: () => boolean;
  /** All that could have something to do; looked at by a new writer, and now and then. */
  readonly all: () => Iterable<string>;
  /** Does what is due for these; gives those that are to be looked at again after a pause. */
  readonly round: (due: readonly string[]) => Promise<Iterable<string>>;
  /** How often all are looked at: finds what no commit says. */
  readonly slowPassMs: number;
  /** What a round looks at, at most; it is done with them before it looks at the next. */
  readonly mostAtOnce: number;
  /** For the log, when a round breaks: "… were not brought up to date". */
  readonly failure: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Commits come in showers; one round looks at all of a shower. */
const GATHER_MS = 5;
const RETRY_MS = 250;

/**
 * Compares what is with what should be, for each of the things that it was told to look at. It remembers nothing but which those are: a
 * round that did not get through is made up for by the next, a writer that dies by the one after it.
 */
export class DueLoop {
  private readonly due = new Set<string>();
  private readonly wakeup: Wakeup;
  private isOver = false;
  private wasWriter = false;
  private lookAtAllAtMs = -Infinity;
  private loop: Promise<void> = Promise.resolve();

  constructor(private readonly deps: DueLoopDeps) {
    this.wakeup = new Wakeup(deps.clock);
  }

  /** False: whatever a round still waits for is another's by now. */
  get isActive(): boolean {
    return !this.isOver && this.deps.isWriter();
  }

  start(): void {
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.isOver = true;
    this.wakeup.wake();
    await this.loop;
  }

  /** Nothing is kept by one that does not write: when it begins to, it looks at all. */
  look(keys: Iterable<string>): void {
    if (!this.wasWriter) return;
    const before = this.due.size;
    for (const key of keys) this.due.add(key);
    if (this.due.size > before) this.wakeup.wake();
  }

  private async run(): Promise<void> {
    while (!this.isOver) {
      this.beWriter(this.deps.isWriter());
      const isThrough = this.due.size === 0 || (await this.roundOfSome());
      // Whether this replica writes is asked, not told.
      if (!isThrough || this.due.size === 0) await this.wakeup.wait(RETRY_MS);
    }
  }

  private beWriter(isWriter: boolean): void {
    const { clock, slowPassMs, all } = this.deps;
    const isNew = isWriter && !this.wasWriter;
    this.wasWriter = isWriter;
    if (!isWriter) return this.due.clear();
    if (!isNew && clock.monotonicMs() - this.lookAtAllAtMs < slowPassMs) return;
    this.lookAtAllAtMs = clock.monotonicMs();
    for (const key of all()) this.due.add(key);
  }

  /** False: some are to be looked at again. */
  private async roundOfSome(): Promise<boolean> {
    const { clock, logger, mostAtOnce, round, failure } = this.deps;
    await clock.sleep(GATHER_MS);
    const keys: string[] = [];
    for (const key of this.due) if (keys.push(key) === mostAtOnce) break;
    for (const key of keys) this.due.delete(key);
    try {
      const again = [...(await round(keys))];
      for (const key of again) this.due.add(key);
      return again.length === 0;
    } catch (error) {
      logger.error({ err: error }, `${failure}; looking again`);
      this.lookAtAllAtMs = -Infinity;
      return false;
    }
  }
}
