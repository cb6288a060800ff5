import type { Scope } from '#lib/kernel';
import { type Clock, type Logger, Periodic } from '#lib/platform';
import type { Summary } from '../domain/summary.js';
import { replayedSinceMs } from '../messages/metric-messages.js';
import type { Sample } from '../metric-store.js';
import { both, BucketCutter, type CutRow, type PutSpan } from './bucket-cutter.js';
import { type KnownSeries, KnownSeriesList } from './known-series.js';
import { type HistoryRow, HistoryUnavailable, type MetricHistory, type SeenSeries } from './metric-history.js';

const ROUND_MS = 10_000;
/**
 * Each batch is sent once more after this: a store that was killed loses what it took in its last twelve seconds or so (measured). A large one is
 * not when the store says that it has not been killed since; what a small one costs is less than the question.
 */
const AGAIN_MS = 30_000;
const LARGE_ROWS = 1_000;
/** A replica that does not write keeps what the writer may not have written. */
const STANDBY_KEEPS_MS = 120_000;
/** About 100 bytes each: hours of a hundred metrics while the store is away. */
const MOST_ROWS = 200_000;
const SEEN_EVERY_MS = 3_600_000;
/** What the first process tells of a bucket that began before it is not from one before it. */
const BEGINNING_MS = 60_000;
/** By then the store finds by itself what it took. */
const FOUND_AFTER_MS = 15_000;

interface Batch {
  readonly rows: readonly HistoryRow[];
  readonly seen: readonly SeenSeries[];
  readonly cutAtMs: number;
  readonly puts: PutSpan | undefined;
  sentAtMs?: number;
  /** Of the store that took it, when that was asked. */
  life?: string | undefined;
}

export interface HistoryWriterDeps {
  readonly history: MetricHistory;
  readonly clock: Clock;
  readonly logger: Logger;
  /** One replica writes; the others keep what it may not have written when it ends. */
  readonly isWriter: () => boolean;
  /** Nothing from then on is missing of what is told; undefined: since now. */
  readonly heardSinceMs?: number;
  /** Where what was put is kept until history has it for good. */
  readonly puts?: PutsKept;
}

export interface PutsKept {
  forgetPuts(beforeMs: number): Promise<void>;
  putsKeptSince(): Promise<number>;
}

/** Brings what came into history, in batches; while that is away it keeps as many as it may. Nobody waits for it who puts samples. */
export class HistoryWriter {
  readonly known = new KnownSeriesList();
  readonly heardSinceMs: number;
  private readonly cutter = new BucketCutter();
  private readonly loop: Periodic;
  private queue: Batch[] = [];
  private queuedRows = 0;
  private readonly toldAtMs = new Map<KnownSeries, number>();
  private loaded = false;
  private hadPast = false;
  /** At first: what the process before this one wrote last. */
  private unsettled = { oldestMs: -Infinity, writtenAtMs: -Infinity };
  /** One after another. */
  private turn: Promise<unknown> = Promise.resolve();
  private dropped = 0;
  private why: string | undefined;

  constructor(private readonly deps: HistoryWriterDeps) {
    this.unsettled.writtenAtMs = deps.clock.now();
    this.heardSinceMs = deps.heardSinceMs ?? deps.clock.now();
    this.loop = new Periodic(deps.clock, ROUND_MS, () => this.round(), { first: 'at-once' });
  }

  /** Why nothing is written or read; undefined when all is well. */
  get away(): string | undefined {
    return this.why;
  }

  /** Whether it is known what history has. */
  get isLoaded(): boolean {
    return this.loaded;
  }

  /** Whether history had anything when this process began. */
  get isFirst(): boolean {
    return !this.hadPast;
  }

  add(scope: Scope, sample: Sample, key?: string): void {
    const series = this.known.ensure(scope, sample, sample.unit, sample.atMs, key);
    const { heardAtMs = this.deps.clock.now(), isPut = false, isWhole = false } = sample;
    if (series) this.cutter.add(series, sample.atMs, sample.summary, { heardAtMs, isPut, isWhole });
  }

  /** Whether it takes another bucket. */
  get hasRoom(): boolean {
    return this.cutter.hasRoom;
  }

  /** What came for these buckets and is in history nowhere yet: a writer that is another replica may have written what is over. */
  waitingOf(
    series: KnownSeries,
    fromMs: number,
    untilMs: number,
  ): readonly { readonly atMs: number; readonly summary: Summary }[] {
    const { clock, isWriter } = this.deps;
    return this.cutter.waitingOf(series, fromMs, untilMs, isWriter() ? -Infinity : clock.now());
  }

  start(): void {
    this.loop.start();
  }

  /** Writes what there is; of buckets that are not over what nobody will hear again. */
  async stop(): Promise<void> {
    this.loop.stop();
    await this.inTurn(async () => {
      this.cut(true);
      await this.send();
    });
  }

  /** How often something went on its way to history. */
  cuts = 0;

  /** After this, history has everything from before `beforeMs` that came here, but for what waits. */
  settle(beforeMs: number): Promise<void> {
    return this.inTurn(async () => {
      await this.load();
      const { clock, history, isWriter } = this.deps;
      if (isWriter()) {
        this.cut();
        await this.send();
      }
      if (this.unsettled.oldestMs >= beforeMs || clock.now() - this.unsettled.writtenAtMs > FOUND_AFTER_MS) return;
      await history.settle();
      this.unsettled = { oldestMs: Infinity, writtenAtMs: -Infinity };
    });
  }

  /** For tests and the loop. */
  round(): Promise<void> {
    return this.inTurn(async () => {
      this.cut();
      await this.load();
      await this.send();
      await this.forgetPuts();
    });
  }

  private async inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.turn.then(() => this.unlessAway(work));
    this.turn = turn;
    await turn;
  }

  private async unlessAway(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      if (this.why !== undefined) this.deps.logger.info({ dropped: this.dropped }, 'the store of metrics is back');
      this.why = undefined;
    } catch (error) {
      if (!(error instanceof HistoryUnavailable)) throw error;
      if (this.why === undefined) this.deps.logger.warn({ err: error }, 'metrics are kept in memory for now');
      this.why = error.message;
    }
  }

  private async load(): Promise<void> {
    if (this.loaded) return;
    const seen = await this.deps.history.seen();
    this.known.load(seen);
    this.hadPast = seen.some(({ lastAtMs }) => lastAtMs < this.heardSinceMs - BEGINNING_MS);
    this.loaded = true;
  }

  private cut(isLast = false): void {
    const nowMs = this.deps.clock.now();
    const rows = this.cutter.cut(nowMs, isLast);
    if (this.cutter.dropped > 0)
      this.deps.logger.warn({ dropped: this.cutter.dropped }, 'samples of too many old times at once are not kept');
    this.dropped += this.cutter.dropped;
    this.cutter.dropped = 0;
    if (rows.length === 0) return;
    this.cuts++;
    const puts = rows.reduce<PutSpan | undefined>((span, row) => both(span, row.puts), undefined);
    this.queue.push({ rows, seen: this.seenIn(rows, nowMs), cutAtMs: nowMs, puts });
    this.queuedRows += rows.length;
    while (this.queuedRows > MOST_ROWS && this.queue.length > 1) this.dropped += this.shift().rows.length;
  }

  private shift(): Batch {
    const batch = this.queue.shift()!;
    this.queuedRows -= batch.rows.length;
    return batch;
  }

  /** Of series that history has not been told for an hour. */
  private seenIn(rows: readonly CutRow[], nowMs: number): readonly SeenSeries[] {
    const seen: SeenSeries[] = [];
    for (const { series, of: known } of rows) {
      if (nowMs - (this.toldAtMs.get(known) ?? -Infinity) < SEEN_EVERY_MS) continue;
      this.toldAtMs.set(known, nowMs);
      seen.push({ series, lastAtMs: known.lastAtMs });
    }
    return seen;
  }

  private async send(): Promise<void> {
    const { clock, history, isWriter } = this.deps;
    if (!isWriter()) return this.forgetWritten();
    let asked: Promise<string | undefined> | undefined;
    for (const batch of this.queue) {
      const nowMs = clock.now();
      if (batch.sentAtMs !== undefined && nowMs - batch.sentAtMs < AGAIN_MS) continue;
      // Before it is written: one that is killed after its answer is another one from then on.
      const life = batch.rows.length >= LARGE_ROWS ? await (asked ??= history.life()) : undefined;
      const isKept = batch.sentAtMs !== undefined && life !== undefined && life === batch.life;
      if (!isKept) await history.write(batch.rows, batch.seen);
      if (batch.sentAtMs === undefined) {
        const oldestMs = batch.rows.reduce((oldest, { atMs }) => Math.min(oldest, atMs), this.unsettled.oldestMs);
        this.unsettled = { oldestMs, writtenAtMs: nowMs };
        batch.sentAtMs = nowMs;
        batch.life = life;
      } else {
        this.queue = this.queue.filter((one) => one !== batch);
        this.queuedRows -= batch.rows.length;
      }
    }
  }
  /** What the writer has certainly written by now; of what was put, what it has let go. */
  private async forgetWritten(): Promise<void> {
    const { clock, puts } = this.deps;
    const old = this.queue.filter(({ cutAtMs }) => clock.now() - cutAtMs > STANDBY_KEEPS_MS);
    if (old.length === 0) return;
    const keptSinceMs = old.some((batch) => batch.puts) ? await puts?.putsKeptSince() : undefined;
    const isWritten = (batch: Batch) => !batch.puts || keptSinceMs === undefined || batch.puts.untilMs < keptSinceMs;
    while (this.queue[0] && old.includes(this.queue[0]) && isWritten(this.queue[0])) this.shift();
  }

  /** What was put before all that is not on history's disk for certain. */
  private async forgetPuts(): Promise<void> {
    const { clock, puts, isWriter } = this.deps;
    if (!puts || !isWriter()) return;
    const waiting = this.queue.map((batch) => batch.puts?.fromMs ?? Infinity);
    await puts.forgetPuts(Math.min(replayedSinceMs(clock.now()), this.cutter.oldestPutMs, ...waiting));
  }
}
