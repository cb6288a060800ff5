import { type Scope, scopeKey } from '#lib/kernel';
import { BucketRing } from './domain/bucket-ring.js';
import { lookupKey, type Metric, metricKey, sortedDimensions } from './domain/metric.js';
import { merged, type Summary } from './domain/summary.js';
import type { KnownMetric, MetricStore, Point, PointsQuery, Sample } from './metric-store.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
export const FINE_MS = 10 * SECOND_MS;
const FINE_SLOTS = HOUR_MS / FINE_MS;
export const RETENTION_MS = 24 * HOUR_MS;
const MINUTE_SLOTS = RETENTION_MS / MINUTE_MS;
const SECOND_SLOTS = (3 * HOUR_MS) / SECOND_MS;
/** As long as AWS has them. A series with three full hours of seconds is 430 KB. */
const MOST_OF_SECONDS = 100;
/** A series with a full day is 72 KB. */
const MOST_SERIES = 4_000;
/** A sample from the future would take the place of the oldest: of minutes a few hours' worth may go, of the fine buckets minutes'. */
const FINE_AHEAD_MS = 5 * MINUTE_MS;
/** A clock that is set back by more than what clocks are corrected by. */
const SET_BACK_MS = MINUTE_MS;
const SWEEP_EVERY_MS = 10 * MINUTE_MS;

interface Series {
  /** Of one that is put in high resolution; undefined: there are too many of them, too. */
  seconds?: BucketRing;
  readonly fine: BucketRing;
  readonly minutes: BucketRing;
}

interface Entry {
  readonly scope: string;
  readonly key: string;
  readonly metric: Metric;
  readonly units: Map<string, Series>;
  lastAtMs: number;
}

export interface Recalled {
  readonly fine: ReadonlyMap<number, Summary>;
  readonly minutes: ReadonlyMap<number, Summary>;
  readonly untilMs: number;
}

/** Buckets of 10 s for an hour and of a minute for a day, and where they are wanted of a second for three hours, in this process's memory, for so many metrics. */
export class MemoryMetricStore implements MetricStore {
  /** By lookupKey(). */
  private readonly entries = new Map<string, Entry>();
  private series = 0;
  private ofSeconds = 0;
  private sweptAtMs = 0;
  private lastPutAtMs = -Infinity;
  knownSinceMs = -Infinity;

  constructor(private readonly mostSeries = MOST_SERIES) {}

  get size(): number {
    return this.series;
  }

  hasRoom(scope: Scope, samples: readonly Sample[]): boolean {
    const others = new Set<string>();
    for (const sample of samples) {
      const key = lookupKey(scope, sample);
      if (!this.entries.get(key)?.units.has(sample.unit)) others.add(`${sample.unit} ${key}`);
    }
    return this.series + others.size <= this.mostSeries;
  }

  put(scope: Scope, sample: Sample, nowMs: number, key = lookupKey(scope, sample)): boolean {
    const { unit, atMs, summary, isWhole } = sample;
    this.heedClock(nowMs);
    if (atMs < nowMs - RETENTION_MS) return true;
    this.sweep(nowMs);
    const series = this.seriesFor(scope, sample, unit, atMs, key);
    if (!series) return false;
    if (isWhole && series.fine.at(atMs)) return true;
    if (atMs <= nowMs + FINE_AHEAD_MS && atMs > nowMs - series.fine.spanMs) series.fine.add(atMs, summary);
    series.minutes.add(atMs, summary);
    if (sample.isHighResolution) this.addSecond(series, atMs, summary, nowMs);
    return true;
  }

  private addSecond(series: Series, atMs: number, summary: Summary, nowMs: number): void {
    if (!series.seconds) {
      if (this.ofSeconds >= MOST_OF_SECONDS) return;
      this.ofSeconds++;
      series.seconds = new BucketRing(SECOND_MS, SECOND_SLOTS);
    }
    if (atMs <= nowMs + FINE_AHEAD_MS && atMs > nowMs - series.seconds.spanMs) series.seconds.add(atMs, summary);
  }

  /**
   * What was before this process heard it whole, from where it was kept: a bucket of it takes the place of the part that is here. `minutes` end
   * where the minute of `untilMs` begins; that one is made of its `fine` buckets, and of those that were heard since.
   */
  recall(scope: Scope, metric: Metric, unit: string, { fine, minutes, untilMs }: Recalled): boolean {
    const newestMs = Math.max(0, ...fine.keys(), ...minutes.keys());
    if (newestMs === 0) return true;
    const series = this.seriesFor(scope, metric, unit, newestMs, lookupKey(scope, metric));
    if (!series) return false;
    for (const [atMs, summary] of fine) series.fine.recall(atMs, summary);
    for (const [atMs, summary] of minutes) series.minutes.recall(atMs, summary);
    const minuteMs = Math.floor(untilMs / MINUTE_MS) * MINUTE_MS;
    const begun = minuteMs < untilMs ? within(series.fine, minuteMs, MINUTE_MS) : undefined;
    // Percentiles are kept of whole minutes: better those of the part that was heard than none.
    if (begun && (begun.min === begun.max || begun.bins || !series.minutes.at(minuteMs)?.bins))
      series.minutes.recall(minuteMs, begun);
    return true;
  }

  points(scope: Scope, metric: Metric, { unit, startMs, endMs, periodMs }: PointsQuery): readonly Point[] {
    const entry = this.entries.get(lookupKey(scope, metric));
    if (!entry) return [];
    const wanted = [...entry.units].flatMap(([of, series]) => {
      const ring = unit === undefined || of === unit ? ringFor(series, periodMs) : undefined;
      return ring ? [[of, ring] as const] : [];
    });
    const points: Point[] = [];
    for (let atMs = Math.floor(startMs / periodMs) * periodMs; atMs < endMs; atMs += periodMs)
      for (const [of, ring] of wanted) {
        const summary = within(ring, atMs, periodMs);
        if (summary) points.push({ atMs, unit: of, summary });
      }
    return points;
  }

  *metrics(scope: Scope): Iterable<{ readonly key: string; readonly metric: KnownMetric }> {
    const of = scopeKey(scope);
    const entries = [...this.entries.values()].filter((entry) => entry.scope === of);
    for (const { key, metric, lastAtMs } of entries.sort((a, b) => (a.key < b.key ? -1 : 1)))
      yield { key, metric: { ...metric, lastAtMs } };
  }

  /** Undefined: there is no room for another. */
  private seriesFor(scope: Scope, metric: Metric, unit: string, atMs: number, key: string): Series | undefined {
    let entry = this.entries.get(key);
    let series = entry?.units.get(unit);
    if (!series && this.series >= this.mostSeries) return undefined;
    if (!entry) this.entries.set(key, (entry = newEntry(scope, metric, atMs)));
    if (!series) {
      this.series++;
      series = { fine: new BucketRing(FINE_MS, FINE_SLOTS), minutes: new BucketRing(MINUTE_MS, MINUTE_SLOTS) };
      entry.units.set(unit, series);
    }
    entry.lastAtMs = Math.max(entry.lastAtMs, atMs);
    return series;
  }

  /** What came before the clock went back would be mixed with what comes now, under the same times: alarms begin anew, as after a start. */
  private heedClock(nowMs: number): void {
    if (nowMs < this.lastPutAtMs - SET_BACK_MS) {
      this.entries.clear();
      this.series = 0;
      this.ofSeconds = 0;
      this.sweptAtMs = nowMs;
      this.knownSinceMs = nowMs;
    }
    this.lastPutAtMs = nowMs;
  }

  private sweep(nowMs: number): void {
    if (nowMs - this.sweptAtMs < SWEEP_EVERY_MS) return;
    this.sweptAtMs = nowMs;
    for (const [key, { lastAtMs, units }] of this.entries) {
      if (lastAtMs >= nowMs - RETENTION_MS) continue;
      this.entries.delete(key);
      this.series -= units.size;
      for (const { seconds } of units.values()) if (seconds) this.ofSeconds--;
    }
  }
}

const newEntry = (scope: Scope, { namespace, name, dimensions }: Metric, atMs: number): Entry => ({
  scope: scopeKey(scope),
  key: metricKey(scope, { namespace, name, dimensions }),
  metric: { namespace, name, dimensions: sortedDimensions(dimensions) },
  units: new Map(),
  lastAtMs: atMs,
});

const ringFor = ({ seconds, fine, minutes }: Series, periodMs: number): BucketRing | undefined =>
  periodMs < FINE_MS ? seconds : periodMs % MINUTE_MS === 0 ? minutes : fine;

function within(ring: BucketRing, fromMs: number, spanMs: number): Summary | undefined {
  let sum: Summary | undefined;
  for (let atMs = fromMs; atMs < fromMs + spanMs; atMs += ring.bucketMs) {
    const bucket = ring.at(atMs);
    if (bucket) sum = sum ? merged(sum, bucket) : bucket;
  }
  return sum;
}
