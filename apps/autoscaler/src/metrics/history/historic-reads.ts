import type { Scope } from '#lib/kernel';
import type { Clock } from '#lib/platform';
import { type Bins, completeBins, mergedBins } from '../domain/bins.js';
import type { Metric } from '../domain/metric.js';
import { binsOf, type Extremes, type Summary, type Sums } from '../domain/summary.js';
import { FINE_MS, type MemoryMetricStore } from '../memory-metric-store.js';
import type { KnownMetric, MetricStore, Point, PointsQuery, Sample } from '../metric-store.js';
import type { HistoryWriter } from './history-writer.js';
import type { KnownSeries } from './known-series.js';
import { type ById, type HistoryRange, HistoryUnavailable, type MetricHistory } from './metric-history.js';

const MINUTE_MS = 60_000;
/** What memory has with bins: 360 buckets, less one that is just being replaced. */
const FINE_REACH_MS = 59 * MINUTE_MS;
const MINUTE_REACH_MS = 359 * MINUTE_MS;

/** Four are needed; what goes on its way to history meanwhile is asked for anew. */
const MOST_ROUNDS = 10;

type What = 'sums' | 'extremes' | 'bins';

/** Series of which the same is asked: one question to history. */
interface Question {
  readonly what: What;
  readonly range: HistoryRange;
  readonly ids: Set<string>;
}

/** Until it is fetched. */
const UNKNOWN: Extremes = { min: NaN, max: NaN };

const keyOf = (what: What, { startMs, endMs, periodMs }: HistoryRange): string => `${what} ${startMs} ${endMs} ${periodMs}`;

export interface HistoricReadsDeps {
  readonly memory: MemoryMetricStore;
  readonly history: MetricHistory;
  readonly writer: HistoryWriter;
  readonly clock: Clock;
}

/**
 * Reads over memory and history. A read is a plain function of a store, which answers at once: it is asked with what is known, what it
 * missed is fetched, all of it in a few questions, and it is asked again. So metric math, searches and statistics know nothing of history.
 */
export class HistoricReads {
  constructor(private readonly deps: HistoricReadsDeps) {}

  /** `partial`: history did not answer, so what only it has is missing. */
  async read<T>(ask: (store: MetricStore) => T): Promise<{ readonly answer: T; readonly partial?: string }> {
    const { memory, history, writer, clock } = this.deps;
    const found = new Map<string, ById<unknown>>();
    const nowMs = clock.now();
    if (!writer.isLoaded) await writer.settle(-Infinity);
    // Found by the writer's rounds, which find it back too: no read waits for it.
    if (writer.away !== undefined) return { answer: ask(memory), partial: writer.away };
    let cuts = writer.cuts;
    // The points, then what else of them is wanted, smallest and largest before percentiles; a condition in an expression may ask for more.
    for (let round = 0; round < MOST_ROUNDS; round++) {
      // What waited when history was asked is on its way there now: it would be missing, or be there twice.
      if (writer.cuts !== cuts) found.clear();
      cuts = writer.cuts;
      const store = new KnownPoints(memory, writer, nowMs, found);
      const answer = ask(store);
      if (store.missing.size === 0) return { answer };
      try {
        await writer.settle(store.beforeMs);
        if (writer.away !== undefined) throw new HistoryUnavailable(writer.away);
        if (writer.cuts !== cuts) found.clear();
        cuts = writer.cuts;
        for (const [key, { what, range, ids }] of store.missing) {
          const more = await history[what]([...ids], range);
          const before = found.get(key) ?? new Map();
          // Also of those of which nothing is there: they were asked for.
          found.set(
            key,
            new Map([...before, ...[...ids].map((id) => [id, more.get(id) ?? new Map()] as const)]) as ById<unknown>,
          );
        }
      } catch (error) {
        if (!(error instanceof HistoryUnavailable)) throw error;
        return { answer: ask(memory), partial: error.message };
      }
    }
    throw new Error('a read of metrics asks for other points each time');
  }
}

/** Points as far as they are known; what else would be needed is in `missing`. */
class KnownPoints implements MetricStore {
  readonly missing = new Map<string, Question>();
  /** Before it, memory does not have everything that is missing. */
  beforeMs = -Infinity;

  constructor(
    private readonly memory: MemoryMetricStore,
    private readonly writer: HistoryWriter,
    private readonly nowMs: number,
    private readonly found: ReadonlyMap<string, ById<unknown>>,
  ) {}

  hasRoom(): boolean {
    return false;
  }

  put(_scope: Scope, _sample: Sample): boolean {
    throw new Error('a read puts nothing');
  }

  metrics(scope: Scope): Iterable<{ readonly key: string; readonly metric: KnownMetric }> {
    return this.writer.known.metrics(scope, this.nowMs);
  }

  get knownSinceMs(): number {
    return this.memory.knownSinceMs;
  }

  points(scope: Scope, metric: Metric, query: PointsQuery): readonly Point[] {
    const { unit, endMs, periodMs } = query;
    // Only memory has seconds.
    if (periodMs < FINE_MS) return this.memory.points(scope, metric, query);
    const startMs = Math.floor(query.startMs / periodMs) * periodMs;
    const isFine = periodMs % MINUTE_MS !== 0;
    const heardMs = Math.ceil(Math.max(this.writer.heardSinceMs, this.memory.knownSinceMs) / MINUTE_MS) * MINUTE_MS;
    const reachMs = Math.floor((this.nowMs - (isFine ? FINE_REACH_MS : MINUTE_REACH_MS)) / MINUTE_MS) * MINUTE_MS;
    const cutMs = Math.max(heardMs, reachMs);
    if (startMs >= cutMs) return this.memory.points(scope, metric, query);
    const old = this.writer.known.of(scope, metric, unit).filter(({ oldestAtMs }) => oldestAtMs < cutMs);
    if (old.length === 0) return this.memory.points(scope, metric, query);
    const wholeMs = Math.min(
      Math.floor(cutMs / periodMs) * periodMs,
      startMs + Math.ceil((endMs - startMs) / periodMs) * periodMs,
    );
    const points: Point[] = [];
    for (const series of old) points.push(...this.from(series, { startMs, endMs: wholeMs, periodMs }));
    let nextMs = wholeMs;
    if (wholeMs < endMs && wholeMs < cutMs) {
      // The period that history has the beginning of, and memory the rest.
      nextMs += periodMs;
      const begun = { startMs: wholeMs, endMs: cutMs, periodMs: cutMs - wholeMs };
      const rest = { unit, startMs: cutMs, endMs: nextMs, periodMs: isFine ? FINE_MS : MINUTE_MS };
      const parts = [...old.flatMap((series) => this.from(series, begun)), ...this.memory.points(scope, metric, rest)];
      points.push(...joined(wholeMs, parts));
    }
    if (nextMs < endMs) points.push(...this.memory.points(scope, metric, { ...query, startMs: nextMs }));
    return old.length > 1 ? points.sort((a, b) => a.atMs - b.atMs) : points;
  }

  private from(series: KnownSeries, range: HistoryRange): readonly Point[] {
    const { id, unit } = series.name;
    this.beforeMs = Math.max(this.beforeMs, range.endMs);
    const sums = this.known<Sums>('sums', id, range) ?? new Map<number, Sums>();
    const extremes = this.found.get(keyOf('extremes', range))?.get(id);
    const more: Fetched = {
      extremesOf: (atMs) => this.known<Extremes>('extremes', id, range)?.get(atMs) ?? UNKNOWN,
      binsOf: (atMs, count) => this.binsOf(id, range, atMs, count),
    };
    const points: Point[] = [];
    for (const [atMs, of] of sums)
      // Where they are missing, only some of a write's lines have arrived yet.
      if (!extremes || extremes.has(atMs)) points.push({ atMs, unit, summary: new HistoricSummary(of, atMs, more) });
    const waiting = this.writer.waitingOf(series, range.startMs, range.endMs);
    return waiting.length === 0 ? points : withWaiting(points, waiting, unit, range);
  }

  private binsOf(id: string, range: HistoryRange, atMs: number, count: number): Bins | undefined {
    // They are kept by the minute.
    if (range.periodMs % MINUTE_MS !== 0) return undefined;
    return completeBins(this.known<Bins>('bins', id, range)?.get(atMs), count);
  }

  private known<T>(what: What, id: string, range: HistoryRange): ReadonlyMap<number, T> | undefined {
    const key = keyOf(what, range);
    const found = this.found.get(key)?.get(id) as ReadonlyMap<number, T> | undefined;
    if (found) return found;
    const question = this.missing.get(key) ?? { what, range, ids: new Set<string>() };
    question.ids.add(id);
    this.missing.set(key, question);
    return undefined;
  }
}

/** What few ask for, or is much, of one series: it is fetched when it is asked for. */
interface Fetched {
  extremesOf(atMs: number): Extremes;
  binsOf(atMs: number, count: number): Bins | undefined;
}

class HistoricSummary implements Summary {
  constructor(
    private readonly of: Sums,
    private readonly atMs: number,
    private readonly more: Fetched,
  ) {}

  get sum(): number {
    return this.of.sum;
  }

  get count(): number {
    return this.of.count;
  }

  get min(): number {
    return this.more.extremesOf(this.atMs).min;
  }

  get max(): number {
    return this.more.extremesOf(this.atMs).max;
  }

  get bins(): Bins | undefined {
    return this.more.binsOf(this.atMs, this.of.count);
  }
}

/** With what is not over, and in history nowhere yet. */
function withWaiting(
  points: readonly Point[],
  waiting: readonly Pick<Point, 'atMs' | 'summary'>[],
  unit: string,
  { startMs, periodMs }: HistoryRange,
): readonly Point[] {
  const all = new Map(points.map((point) => [point.atMs, point]));
  for (const { atMs: bucketMs, summary } of waiting) {
    const atMs = startMs + Math.floor((bucketMs - startMs) / periodMs) * periodMs;
    const before = all.get(atMs);
    all.set(atMs, { atMs, unit, summary: before ? lazily(before.summary, summary) : summary });
  }
  return [...all.values()].sort((a, b) => a.atMs - b.atMs);
}

/** One point of each unit. */
function joined(atMs: number, parts: readonly Point[]): readonly Point[] {
  const units = new Map<string, Summary>();
  for (const { unit, summary } of parts) {
    const before = units.get(unit);
    units.set(unit, before ? lazily(before, summary) : summary);
  }
  return [...units].map(([unit, summary]) => ({ atMs, unit, summary }));
}

/** As `merged`, without asking for anything before somebody does. */
const lazily = (a: Summary, b: Summary): Summary => ({
  sum: a.sum + b.sum,
  count: a.count + b.count,
  get min() {
    return Math.min(a.min, b.min);
  },
  get max() {
    return Math.max(a.max, b.max);
  },
  get bins() {
    const [ofA, ofB] = [binsOf(a), binsOf(b)];
    return ofA && ofB ? mergedBins(ofA, ofB) : undefined;
  },
});
