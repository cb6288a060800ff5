import { type Clock, type Logger, Periodic } from '#lib/platform';
import type { Fold } from './fold.js';
import type { Snapshots } from './snapshots.js';

/** A start folds at most about this many commits on top of a snapshot (≥ 100,000 events/s: well under a second). */
const COMMITS_BETWEEN = 10_000;
const LOOK_INTERVAL_MS = 10_000;

/** Takes a snapshot whenever the journal has grown enough since the last one. One replica, the writer, runs it. */
export class SnapshotLoop<S> {
  private readonly looks: Periodic;
  private takenAt: number;

  constructor(
    private readonly snapshots: Snapshots,
    private readonly fold: Fold<S>,
    clock: Clock,
    private readonly logger: Logger,
  ) {
    this.takenAt = fold.revision;
    this.looks = new Periodic(clock, LOOK_INTERVAL_MS, () => this.look(), { first: 'after-interval' });
  }

  start(): void {
    this.looks.start();
  }

  stop(): void {
    this.looks.stop();
  }

  private async look(): Promise<void> {
    if (this.fold.revision - this.takenAt >= COMMITS_BETWEEN) await this.take();
  }

  /** A snapshot is a cache: what fails here costs time at the next start, nothing else. */
  private async take(): Promise<void> {
    try {
      const { revision, chunks } = await this.snapshots.take(this.fold);
      this.takenAt = revision;
      await this.snapshots.prune(this.fold.name);
      this.logger.info({ revision, chunks: chunks.length }, 'snapshot taken');
    } catch (error) {
      this.logger.warn({ err: error }, 'no snapshot; the next look tries again');
    }
  }
}
