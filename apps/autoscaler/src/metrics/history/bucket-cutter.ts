import { type Bins, mergedBins } from '../domain/bins.js';
import { binsOf, merged, type Summary } from '../domain/summary.js';
import type { KnownSeries } from './known-series.js';
import type { HistoryRow } from './metric-history.js';

const BUCKET_MS = 10_000;
const MINUTE_MS = 60_000;
/** How long after a bucket's end it may still get samples: agents speak 2 s after it. */
const GRACE_MS = 4_000;
const SLOT_MS = 250;
const SLOTS = 9_900;
/** Of a client that writes to many old times at once. */
const MOST_BUCKETS = 200_000;

/** With what is known of its series. */
export type CutRow = HistoryRow & { readonly of: KnownSeries };

interface Pending {
  readonly series: KnownSeries;
  readonly buckets: Map<number, Summary>;
  readonly minutes: Map<number, Bins>;
  /** The newest bucket, and minute of bins, that were cut. */
  cutBucketMs: number;
  cutMinuteMs: number;
  /** Places in old buckets that are taken. */
  readonly lateSlots: Map<number, number>;
}

/**
 * Gathers samples into rows. A bucket is one row, at its beginning, once it is over. What comes for it later is a row of its own at a later
 * millisecond in the bucket, so that rows are only ever added. So are all rows of buckets that began before this process heard anything: one
 * before it may have written there.
 */
export class BucketCutter {
  private readonly pending = new Map<KnownSeries, Pending>();
  private count = 0;
  /** Nothing that waits is older. */
  private oldestMs = Infinity;
  dropped = 0;

  constructor(private readonly heardSinceMs: number) {}

  add(series: KnownSeries, atMs: number, summary: Summary): void {
    const bucketMs = Math.floor(atMs / BUCKET_MS) * BUCKET_MS;
    let of = this.pending.get(series);
    if (!of) {
      of = {
        series,
        buckets: new Map(),
        minutes: new Map(),
        cutBucketMs: -Infinity,
        cutMinuteMs: -Infinity,
        lateSlots: new Map(),
      };
      this.pending.set(series, of);
    }
    const before = of.buckets.get(bucketMs);
    if (!before && this.count >= MOST_BUCKETS) {
      this.dropped++;
      return;
    }
    if (!before) this.count++;
    of.buckets.set(bucketMs, before ? merged(before, summary) : summary);
    this.oldestMs = Math.min(this.oldestMs, bucketMs);
  }

  waitsBefore(atMs: number): boolean {
    return this.oldestMs < atMs;
  }

  /** Rows of the buckets that are over, and of all that begin before `beforeMs`. */
  cut(nowMs: number, beforeMs = -Infinity): CutRow[] {
    const rows: CutRow[] = [];
    const isOver = (startMs: number, spanMs: number) => startMs + spanMs + GRACE_MS <= nowMs || startMs < beforeMs;
    this.oldestMs = Infinity;
    for (const of of this.pending.values()) {
      for (const [bucketMs, summary] of of.buckets) {
        if (!isOver(bucketMs, BUCKET_MS)) {
          this.oldestMs = Math.min(this.oldestMs, bucketMs);
          continue;
        }
        of.buckets.delete(bucketMs);
        this.count--;
        const { sum, count, min, max } = summary;
        const atMs = this.placeOf(of, bucketMs, of.cutBucketMs, nowMs);
        rows.push({ of: of.series, series: of.series.name, atMs, values: { sum, count, min, max } });
        of.cutBucketMs = Math.max(of.cutBucketMs, bucketMs);
        const minuteMs = Math.floor(bucketMs / MINUTE_MS) * MINUTE_MS;
        const [bins, there] = [min < 0 ? undefined : binsOf(summary), of.minutes.get(minuteMs)];
        if (bins) of.minutes.set(minuteMs, there ? mergedBins(there, bins) : bins);
      }
      for (const [minuteMs, bins] of of.minutes) {
        if (!isOver(minuteMs, MINUTE_MS)) continue;
        of.minutes.delete(minuteMs);
        rows.push({ of: of.series, series: of.series.name, atMs: this.placeOf(of, minuteMs, of.cutMinuteMs, nowMs), bins });
        of.cutMinuteMs = Math.max(of.cutMinuteMs, minuteMs);
      }
      if (of.buckets.size === 0 && of.minutes.size === 0 && nowMs - of.cutBucketMs > 24 * 60 * MINUTE_MS)
        this.pending.delete(of.series);
    }
    return rows;
  }

  private placeOf(of: Pending, startMs: number, cutMs: number, nowMs: number): number {
    if (startMs > cutMs && startMs >= this.heardSinceMs) return startMs;
    const last = of.lateSlots.get(startMs);
    const slot = last === undefined ? 1 + (Math.floor(nowMs / SLOT_MS) % SLOTS) : (last % SLOTS) + 1;
    of.lateSlots.set(startMs, slot);
    if (of.lateSlots.size > 1_000) of.lateSlots.delete(of.lateSlots.keys().next().value!);
    return startMs + slot;
  }
}
