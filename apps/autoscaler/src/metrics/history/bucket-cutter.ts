import { type Bins, mergedBins } from '../domain/bins.js';
import { binsOf, merged, type Summary } from '../domain/summary.js';
import type { KnownSeries } from './known-series.js';
import type { HistoryRow } from './metric-history.js';

const BUCKET_MS = 10_000;
const MINUTE_MS = 60_000;
/** How long after a bucket's end it may still get samples: agents speak 2 s after it. */
const GRACE_MS = 4_000;
/** Places in a bucket behind its begin: ten seconds of a day have one each. */
const SLOTS = 9_998;
/** A bucket that was cut and gets more after all is cut anew, whole, as long as this. */
const REMEMBERED_MS = 60_000;
/** Of a client that writes to many old times at once. */
const MOST_BUCKETS = 200_000;

/** Where a sample comes from: when it was heard, and whether it is kept until history has it for good. */
export interface Origin {
  readonly heardAtMs: number;
  readonly isPut: boolean;
  /** Of its bucket there is no other. */
  readonly isWhole: boolean;
}

/** Of the oldest and the newest that were put in it; undefined: nothing was. */
export interface PutSpan {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** With what is known of its series. */
export type CutRow = HistoryRow & { readonly of: KnownSeries; readonly puts: PutSpan | undefined };

/** What came for one bucket in its time, or later within the same ten seconds. */
interface Part {
  readonly bucketMs: number;
  readonly overAtMs: number;
  summary: Summary;
  puts: PutSpan | undefined;
  /** All of it was put. */
  isPut: boolean;
  /** Since it was cut, if it was. */
  isChanged: boolean;
}

interface MinuteBins {
  readonly overAtMs: number;
  bins: Bins;
  puts: PutSpan | undefined;
}

interface Pending {
  readonly series: KnownSeries;
  /** By the millisecond at which they are written. */
  readonly parts: Map<number, Part>;
  readonly minutes: Map<number, MinuteBins>;
}

/**
 * Gathers samples into rows. A bucket is one row, at its beginning, once it is over. What comes for it later is another row, at a later millisecond in
 * the bucket, which follows from the ten seconds in which it was heard. So the place of a row and what is in it follow from what was heard, and
 * not from who heard it: all who heard the same write the same, and a row that is there already stays as it is.
 */
export class BucketCutter {
  private readonly pending = new Map<KnownSeries, Pending>();
  private count = 0;
  dropped = 0;

  add(series: KnownSeries, atMs: number, summary: Summary, { heardAtMs, isPut, isWhole }: Origin): void {
    const bucketMs = floorTo(BUCKET_MS, atMs);
    const isInTime =
      isWhole || (heardAtMs < bucketMs + BUCKET_MS + GRACE_MS && !(isPut && isOfAnotherMinute(bucketMs, heardAtMs)));
    const lateMs = floorTo(BUCKET_MS, heardAtMs);
    const place = isInTime ? bucketMs : bucketMs + slotOf(lateMs);
    let of = this.pending.get(series);
    if (!of) this.pending.set(series, (of = { series, parts: new Map(), minutes: new Map() }));
    const part = of.parts.get(place);
    const puts = isPut ? { fromMs: heardAtMs, untilMs: heardAtMs } : undefined;
    if (part) {
      if (isWhole) return;
      part.summary = merged(part.summary, summary);
      part.puts = both(part.puts, puts);
      part.isPut &&= isPut;
      part.isChanged = true;
      return;
    }
    if (!this.hasRoom) {
      this.dropped++;
      return;
    }
    this.count++;
    const overAtMs = (isInTime ? bucketMs : lateMs) + BUCKET_MS + GRACE_MS;
    of.parts.set(place, { bucketMs, overAtMs, summary, puts, isPut, isChanged: true });
  }

  get hasRoom(): boolean {
    return this.count < MOST_BUCKETS;
  }

  /** Rows of what is over. `isLast`: of all that nobody else will write. */
  cut(nowMs: number, isLast = false): CutRow[] {
    const rows: CutRow[] = [];
    for (const of of this.pending.values()) {
      const { series, parts, minutes } = of;
      for (const [atMs, part] of parts) {
        const isOver = part.overAtMs <= nowMs;
        if (part.isChanged && (isOver || (isLast && !part.isPut))) {
          part.isChanged = false;
          const { sum, count, min, max } = part.summary;
          rows.push({ of: series, series: series.name, atMs, values: { sum, count, min, max }, puts: part.puts });
          this.addBins(of, atMs, part);
        }
        if (part.isChanged || part.overAtMs + REMEMBERED_MS > nowMs) continue;
        parts.delete(atMs);
        this.count--;
      }
      for (const [atMs, { overAtMs, bins, puts }] of minutes) {
        if (overAtMs > nowMs && !isLast) continue;
        minutes.delete(atMs);
        rows.push({ of: series, series: series.name, atMs, bins, puts });
      }
      if (parts.size === 0 && minutes.size === 0) this.pending.delete(series);
    }
    return rows;
  }

  /** What came for these buckets, is no row yet and is over after `overAfterMs`. */
  waitingOf(
    series: KnownSeries,
    fromMs: number,
    untilMs: number,
    overAfterMs: number,
  ): readonly { readonly atMs: number; readonly summary: Summary }[] {
    const found = [];
    for (const { isChanged, bucketMs: atMs, overAtMs, summary } of this.pending.get(series)?.parts.values() ?? [])
      if (isChanged && atMs >= fromMs && atMs < untilMs && overAtMs > overAfterMs) found.push({ atMs, summary });
    return found;
  }

  /** When the oldest was heard that was put and is no row yet; Infinity: all is. */
  get oldestPutMs(): number {
    let oldestMs = Infinity;
    for (const { parts, minutes } of this.pending.values()) {
      for (const { isChanged, puts } of parts.values()) if (isChanged && puts && puts.fromMs < oldestMs) oldestMs = puts.fromMs;
      for (const { puts } of minutes.values()) if (puts && puts.fromMs < oldestMs) oldestMs = puts.fromMs;
    }
    return oldestMs;
  }

  /** They are of whole minutes, too: of what came in time, and of what came later within the same ten seconds. */
  private addBins({ minutes }: Pending, atMs: number, { bucketMs, overAtMs, summary, puts }: Part): void {
    const bins = summary.min < 0 ? undefined : binsOf(summary);
    if (!bins) return;
    const minuteMs = floorTo(MINUTE_MS, bucketMs);
    const isInTime = atMs === bucketMs;
    const place = isInTime ? minuteMs : minuteMs + (atMs - bucketMs);
    const there = minutes.get(place);
    minutes.set(place, {
      overAtMs: isInTime ? minuteMs + MINUTE_MS + GRACE_MS : overAtMs,
      bins: there ? mergedBins(there.bins, bins) : bins,
      puts: both(there?.puts, puts),
    });
  }
}

/**
 * What was put is kept, and heard again, by the whole minutes in which it was heard: a row of which a part is from another one would be written
 * anew by a process that hears only the rest.
 */
const isOfAnotherMinute = (bucketMs: number, heardAtMs: number): boolean =>
  floorTo(MINUTE_MS, bucketMs) !== floorTo(MINUTE_MS, heardAtMs);

const floorTo = (spanMs: number, ms: number): number => Math.floor(ms / spanMs) * spanMs;

const slotOf = (lateMs: number): number => 1 + ((lateMs / BUCKET_MS) % SLOTS);

export function both(a: PutSpan | undefined, b: PutSpan | undefined): PutSpan | undefined {
  if (!a || !b) return a ?? b;
  return { fromMs: Math.min(a.fromMs, b.fromMs), untilMs: Math.max(a.untilMs, b.untilMs) };
}
