import { type Clock, type Logger, Periodic } from '#lib/platform';
import type { Fold } from './fold.js';
import type { SnapshotMeasures } from './snapshot-metrics.js';
import type { Snapshots } from './snapshots.js';

/** A start folds at most about this many events on top of a snapshot (≥ 100,000 events/s: a second). A commit holds from none to hundreds. */
const EVENTS_BETWEEN = 100_000;
/** Reading and checking a commit costs as much as a few events, also when it is empty. */
const COMMITS_BETWEEN = 10_000;
/** An installation in which little happens keeps its start short, too. */
const LONGEST_BETWEEN_MS = 3_600_000;
/** Less than this is folded faster than a snapshot is loaded. */
const FEWEST_EVENTS = 2_000;
/** Writing one is bulk work beside the journal's; a fast journal does not make it a steady load. */
const SHORTEST_BETWEEN_MS = 60_000;
const LOOK_INTERVAL_MS = 10_000;

/** Takes a snapshot when the journal has grown enough since the last one, in events or in time. One replica, the writer, runs it. */
export class SnapshotLoop<S> {
  private readonly looks: Periodic;
  private events = 0;
  private takenRevision: number;
  private takenAtMs: number;
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly snapshots: Pick<Snapshots, 'take' | 'prune'>,
    private readonly fold: Fold<S>,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly measures?: SnapshotMeasures,
  ) {
    // What a start had to fold counts, whichever snapshot it began from.
    this.takenRevision = fold.revision;
    this.takenAtMs = -Infinity;
    this.looks = new Periodic(clock, LOOK_INTERVAL_MS, () => this.look(), { first: 'after-interval' });
    this.follow();
  }

  start(): void {
    this.looks.start();
  }

  stop(): void {
    this.looks.stop();
  }

  /** A standby counts, too: it may be the writer next. */
  private follow(): void {
    this.unsubscribe ??= this.fold.subscribe(({ transactions }) => {
      for (const { events } of transactions) this.events += events.length;
    });
  }

  private async look(): Promise<void> {
    const sinceMs = this.clock.monotonicMs() - this.takenAtMs;
    if (sinceMs < SHORTEST_BETWEEN_MS) return;
    const hasGrown = this.events >= EVENTS_BETWEEN || this.fold.revision - this.takenRevision >= COMMITS_BETWEEN;
    if (hasGrown || (sinceMs >= LONGEST_BETWEEN_MS && this.events >= FEWEST_EVENTS)) await this.take();
  }

  /** A snapshot is a cache: what fails here costs time at the next start, nothing else. */
  private async take(): Promise<void> {
    const { events } = this;
    try {
      const startedMs = this.clock.monotonicMs();
      const { revision, chunks } = await this.snapshots.take(this.fold);
      this.measures?.taken(revision, this.clock.monotonicMs() - startedMs);
      this.events -= events;
      this.takenRevision = revision;
      this.takenAtMs = this.clock.monotonicMs();
      await this.snapshots.prune(this.fold.name);
      this.logger.info({ revision, chunks: chunks.length }, 'snapshot taken');
    } catch (error) {
      this.measures?.failed();
      this.logger.warn({ err: error }, 'no snapshot; the next look tries again');
    }
  }
}
