import type { Summary } from './summary.js';

const CHUNK = 60;
const FIELDS = 5;

/**
 * The newest `slots` buckets of one series. A bucket's place follows from its time, so a newer one takes the place of the one that is a
 * whole round older. Memory comes in chunks as it is used: a series that lives for minutes has a few of them.
 */
export class BucketRing {
  private readonly chunks: (Float64Array | undefined)[];

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
  add(atMs: number, { sum, count, min, max }: Summary): void {
    const index = Math.floor(atMs / this.bucketMs);
    const slot = index % this.slots;
    const chunk = (this.chunks[Math.floor(slot / CHUNK)] ??= new Float64Array(CHUNK * FIELDS));
    const place = (slot % CHUNK) * FIELDS;
    const isEmpty = chunk[place + 2] === 0;
    if (!isEmpty && chunk[place]! > index) return;
    if (isEmpty || chunk[place]! < index) {
      chunk.set([index, sum, count, min, max], place);
      return;
    }
    chunk[place + 1]! += sum;
    chunk[place + 2]! += count;
    chunk[place + 3] = Math.min(chunk[place + 3]!, min);
    chunk[place + 4] = Math.max(chunk[place + 4]!, max);
  }

  /** The bucket that begins at `startMs`; undefined when nothing came in it. */
  at(startMs: number): Summary | undefined {
    const index = Math.floor(startMs / this.bucketMs);
    const slot = index % this.slots;
    const chunk = this.chunks[Math.floor(slot / CHUNK)];
    const place = (slot % CHUNK) * FIELDS;
    if (!chunk || chunk[place] !== index || chunk[place + 2] === 0) return undefined;
    return { sum: chunk[place + 1]!, count: chunk[place + 2]!, min: chunk[place + 3]!, max: chunk[place + 4]! };
  }
}
