import type { Scope } from '#lib/kernel';
import type { Clock } from '#lib/platform';
import { type Bins, completeBins } from '../domain/bins.js';
import type { Metric } from '../domain/metric.js';
import type { Extremes, Summary, Sums } from '../domain/summary.js';
import { FINE_MS, type MemoryMetricStore } from '../memory-metric-store.js';
import type { HistoryWriter } from './history-writer.js';
import { type ById, type HistoryRange, HistoryUnavailable, type MetricHistory } from './metric-history.js';

const MINUTE_MS = 60_000;
/** A question is for one of these lengths, so that there are few of them. The longest are what memory keeps. */
const FINE_SPANS_MS = [20, 60].map((minutes) => minutes * MINUTE_MS);
const MINUTE_SPANS_MS = [20, 120, 480, 1_440].map((minutes) => minutes * MINUTE_MS);
/** Of one question, about 5 MB while it is worked off. */
const MOST_POINTS = 20_000;
const MOST_SERIES = 200;
/** What comes for a bucket has come by then: agents speak 2 s after it, and cluster metrics are found 2.6 s after it. */
const HEARD_AFTER_MS = 3_000;
/** After it the rest waits for the next time. */
const MOST_MS = 5_000;
/** Who does not write reads when the writer has certainly written. */
const STANDBY_AFTER_MS = 30_000;

/** What is to be known of one metric. */
export interface Window {
  readonly scope: Scope;
  readonly metric: Metric;
  /** Undefined: of each unit. */
  readonly unit?: string;
  readonly startMs: number;
  readonly periodMs: number;
  readonly hasPercentiles: boolean;
}

export interface RecallDeps {
  readonly memory: MemoryMetricStore;
  readonly history: MetricHistory;
  readonly writer: HistoryWriter;
  readonly isWriter: () => boolean;
  readonly clock: Clock;
}

/** What one question is about. */
interface Kind {
  readonly isFine: boolean;
  readonly spanMs: number;
  readonly hasPercentiles: boolean;
}

/** Fills memory, once, with what history has of the time before this process heard anything. */
export class Recall {
  /** The first bucket that this process heard whole. */
  readonly untilMs: number;
  /** Where what was heard before ends; between it and `untilMs` nobody heard anything. */
  heardBeforeMs = -Infinity;
  /** Why history did not answer; undefined: it did, or was not asked yet. */
  away: string | undefined;

  constructor(private readonly deps: RecallDeps) {
    this.untilMs = Math.ceil(deps.writer.heardSinceMs / FINE_MS) * FINE_MS;
  }

  /** Whether all of the beginning has come, and is or can be in history. */
  get isReady(): boolean {
    const { clock, isWriter } = this.deps;
    return clock.now() >= this.untilMs + (isWriter() ? HEARD_AFTER_MS : STANDBY_AFTER_MS);
  }

  isHeard({ startMs }: Window): boolean {
    return startMs >= this.untilMs;
  }

  /** Those that are filled now: all, unless history does not answer or it takes too long. */
  async fill(windows: Iterable<Window>): Promise<ReadonlySet<Window>> {
    const { writer, clock } = this.deps;
    const filled = new Set<Window>();
    const endsAtMs = clock.monotonicMs() + MOST_MS;
    try {
      await writer.settle(this.untilMs);
      if (writer.away !== undefined) throw new HistoryUnavailable(writer.away);
      // Nothing is missing from before the first process.
      if (writer.isFirst) this.heardBeforeMs = this.untilMs;
      for (const { kind, windows: alike } of this.questions(windows)) {
        if (clock.monotonicMs() >= endsAtMs) break;
        await this.ask(kind, alike);
        for (const window of alike) filled.add(window);
      }
      this.away = undefined;
    } catch (error) {
      if (!(error instanceof HistoryUnavailable)) throw error;
      this.away = error.message;
    }
    return filled;
  }

  private *questions(windows: Iterable<Window>): Iterable<{ readonly kind: Kind; readonly windows: readonly Window[] }> {
    const kinds = new Map<string, { readonly kind: Kind; readonly windows: Window[] }>();
    for (const window of windows) {
      const kind = this.kindOf(window);
      const key = Object.values(kind).join(' ');
      const of = kinds.get(key) ?? { kind, windows: [] };
      kinds.set(key, of);
      of.windows.push(window);
    }
    for (const { kind, windows: alike } of kinds.values()) {
      const periods = kind.spanMs / (kind.isFine ? FINE_MS : MINUTE_MS);
      const most = Math.min(MOST_SERIES, Math.max(1, Math.floor(MOST_POINTS / periods)));
      for (let at = 0; at < alike.length; at += most) yield { kind, windows: alike.slice(at, at + most) };
    }
  }

  private kindOf({ startMs, periodMs, hasPercentiles }: Window): Kind {
    const isFine = periodMs % MINUTE_MS !== 0;
    const spans = isFine ? FINE_SPANS_MS : MINUTE_SPANS_MS;
    return { isFine, spanMs: spans.find((span) => this.untilMs - span <= startMs) ?? spans.at(-1)!, hasPercentiles };
  }

  private async ask({ isFine, spanMs, hasPercentiles }: Kind, windows: readonly Window[]): Promise<void> {
    const { memory, writer } = this.deps;
    const asked = new Map<string, Pick<Window, 'scope' | 'metric'> & { readonly unit: string }>();
    for (const { scope, metric, unit } of windows)
      for (const { name, oldestAtMs } of writer.known.of(scope, metric, unit))
        if (oldestAtMs < this.untilMs) asked.set(name.id, { scope, metric, unit: name.unit });
    if (asked.size === 0) return;
    const ids = [...asked.keys()];
    const minuteMs = Math.floor(this.untilMs / MINUTE_MS) * MINUTE_MS;
    const fineFromMs = isFine ? minuteMs - spanMs : minuteMs - MINUTE_MS;
    const fine = await this.summaries(ids, { startMs: fineFromMs, endMs: this.untilMs, periodMs: FINE_MS }, false);
    const range = { startMs: minuteMs - spanMs, endMs: minuteMs, periodMs: MINUTE_MS };
    const minutes = isFine ? new Map<string, Map<number, Summary>>() : await this.summaries(ids, range, hasPercentiles);
    for (const [id, { scope, metric, unit }] of asked) {
      const found = { fine: fine.get(id) ?? new Map(), minutes: minutes.get(id) ?? new Map(), untilMs: this.untilMs };
      memory.recall(scope, metric, unit, found);
      // What Longshore measures itself comes in each bucket; what others put, when they like.
      if (!metric.namespace.startsWith('AWS/')) continue;
      for (const atMs of [...found.fine.keys(), ...found.minutes.keys()])
        this.heardBeforeMs = Math.max(this.heardBeforeMs, atMs + FINE_MS);
    }
  }

  private async summaries(
    ids: readonly string[],
    range: HistoryRange,
    hasPercentiles: boolean,
  ): Promise<Map<string, Map<number, Summary>>> {
    const { history } = this.deps;
    const sums = await history.sums(ids, range);
    const extremes = await history.extremes(ids, range);
    const bins: ById<Bins> = hasPercentiles ? await history.bins(ids, range) : new Map();
    return new Map(
      [...sums].map(([id, periods]) => [id, summariesOf(periods, extremes.get(id) ?? new Map(), bins.get(id) ?? new Map())]),
    );
  }
}

function summariesOf(
  sums: ReadonlyMap<number, Sums>,
  extremes: ReadonlyMap<number, Extremes>,
  bins: ReadonlyMap<number, Bins>,
): Map<number, Summary> {
  const found = new Map<number, Summary>();
  for (const [atMs, sum] of sums) {
    const extreme = extremes.get(atMs);
    // Where they are missing, only some of a write's lines have arrived.
    if (extreme) found.set(atMs, { ...sum, ...extreme, bins: completeBins(bins.get(atMs), sum.count) });
  }
  return found;
}
