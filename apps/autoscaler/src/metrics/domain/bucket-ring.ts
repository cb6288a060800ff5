import type { Bins } from './bins.js';
import { merged, type Summary } from './summary.js';

const CHUNK = 60;
const FIELDS = 5;
/** Bins are larger than all else of a bucket, so fewer have them: 6 h of minutes. */
const MOST_WITH_BINS = 360;

/**
 * The newest `slots` buckets of one series. A bucket's place follows from its time, so a newer one takes the place of the one that is a
 * whole round older. Memory comes in chunks as it is used: a series that lives for minutes has a few of them.
 */
export class BucketRing {
  private readonly chunks: (Float64Array | undefined)[];
  /** At the bucket's index modulo their number. */
  private readonly binned: ({ readonly index: number; readonly bins: Bins } | undefined)[] = [];

  constructor(
    readonly bucketMs: number,
    private readonly slots: number,
  ) {
    this.chunks = Array.from({ length: Math.ceil(slots / CHUNK) });
  }

  /** How far back it reaches. */
  get spanMs(): number {
    return this.bucketMs * this.slots;
  }

  /** Not kept when the place already has a newer bucket. */
  add(atMs: number, summary: Summary): void {
    this.write(atMs, summary, false);
  }

  /** All that is known of a bucket, of which a part may be here: the fuller of the two stays. */
  recall(atMs: number, summary: Summary): void {
    if (summary.count >= (this.at(atMs)?.count ?? 0)) this.write(atMs, summary, true);
  }

  private write(atMs: number, summary: Summary, anew: boolean): void {
    const index = Math.floor(atMs / this.bucketMs);
    const slot = index % this.slots;
    const chunk = (this.chunks[Math.floor(slot / CHUNK)] ??= new Float64Array(CHUNK * FIELDS));
    const place = (slot % CHUNK) * FIELDS;
    const isTaken = chunk[place + 2] !== 0;
    if (isTaken && chunk[place]! > index) return;
    const all = isTaken && !anew && chunk[place] === index ? merged(this.at(atMs)!, summary) : summary;
    chunk[place] = index;
    chunk[place + 1] = all.sum;
    chunk[place + 2] = all.count;
    chunk[place + 3] = all.min;
    chunk[place + 4] = all.max;
    this.keepBins(index, all.bins);
  }

  /** The bucket that begins at `startMs`; undefined when nothing came in it. */
  at(startMs: number): Summary | undefined {
    const index = Math.floor(startMs / this.bucketMs);
    const slot = index % this.slots;
    const chunk = this.chunks[Math.floor(slot / CHUNK)];
    const place = (slot % CHUNK) * FIELDS;
    if (!chunk || chunk[place] !== index || chunk[place + 2] === 0) return undefined;
    const summary = { sum: chunk[place + 1]!, count: chunk[place + 2]!, min: chunk[place + 3]!, max: chunk[place + 4]! };
    const binned = this.binned[index % MOST_WITH_BINS];
    return binned?.index === index ? { ...summary, bins: binned.bins } : summary;
  }

  private keepBins(index: number, bins: Bins | undefined): void {
    const place = index % MOST_WITH_BINS;
    const there = this.binned[place];
    if (there && there.index > index) return;
    if (bins) this.binned[place] = { index, bins };
    else if (there?.index === index) this.binned[place] = undefined;
  }
}
