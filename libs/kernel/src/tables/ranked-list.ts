/** What is kept in order of two amounts. They must not change while the entry is in a list. */
export interface Ranked {
  readonly key: string;
  readonly amounts: readonly [number, number];
}

/** Which of the two amounts orders first. */
export type Major = 0 | 1;

/** Neighbours in a list: `entries` from `from` until before `to`. */
export interface Segment<E> {
  readonly entries: readonly E[];
  readonly from: number;
  readonly to: number;
}

interface Chunk<E> {
  readonly entries: E[];
  /** The most of the other amount that one of them has: where that is too little, the whole chunk is skipped. */
  mostMinor: number;
}

/** Chunks are split beyond this. */
const LARGEST_CHUNK = 128;

/**
 * Entries in the order of one amount, then of the other, then of their keys. Finds those that have at least so much of both
 * without a walk over the others: a binary search for the one, and for the other a look at one number a chunk.
 */
export class RankedList<E extends Ranked> {
  private readonly chunks: Chunk<E>[] = [];
  private readonly minor: Major;

  constructor(
    private readonly major: Major,
    entries: Iterable<E> = [],
  ) {
    this.minor = major === 0 ? 1 : 0;
    const sorted = [...entries].sort((a, b) => this.order(a, b.amounts[major], b.amounts[this.minor], b.key));
    for (let i = 0; i < sorted.length; i += LARGEST_CHUNK / 2)
      this.chunks.push(this.chunkOf(sorted.slice(i, i + LARGEST_CHUNK / 2)));
  }

  *entries(): Iterable<E> {
    for (const { entries } of this.chunks) yield* entries;
  }

  add(entry: E): void {
    const [major, minor] = [entry.amounts[this.major], entry.amounts[this.minor]];
    const index = Math.min(this.chunkFrom(major, minor, entry.key), this.chunks.length - 1);
    const chunk = this.chunks[index];
    if (!chunk) {
      this.chunks.push(this.chunkOf([entry]));
      return;
    }
    chunk.entries.splice(this.placeFrom(chunk.entries, major, minor, entry.key), 0, entry);
    if (minor > chunk.mostMinor) chunk.mostMinor = minor;
    if (chunk.entries.length <= LARGEST_CHUNK) return;
    const half = chunk.entries.splice(LARGEST_CHUNK / 2);
    this.chunks.splice(index, 1, this.chunkOf(chunk.entries), this.chunkOf(half));
  }

  delete(entry: E): void {
    const [major, minor] = [entry.amounts[this.major], entry.amounts[this.minor]];
    const index = this.chunkFrom(major, minor, entry.key);
    const chunk = this.chunks[index];
    if (!chunk) return;
    const place = this.placeFrom(chunk.entries, major, minor, entry.key);
    if (chunk.entries[place]?.key !== entry.key) return;
    chunk.entries.splice(place, 1);
    if (chunk.entries.length === 0) this.chunks.splice(index, 1);
    else if (minor === chunk.mostMinor) chunk.mostMinor = this.mostMinor(chunk.entries);
  }

  /** Segments that hold every entry with at least so much of both, and few others. */
  withAtLeast(major: number, minor: number): readonly Segment<E>[] {
    const segments: Segment<E>[] = [];
    const first = this.chunkFrom(major, -Infinity, '');
    for (let i = first; i < this.chunks.length; i++) {
      const { entries, mostMinor } = this.chunks[i]!;
      if (mostMinor < minor) continue;
      const from = i === first ? this.placeFrom(entries, major, -Infinity, '') : 0;
      if (from < entries.length) segments.push({ entries, from, to: entries.length });
    }
    return segments;
  }

  /**
   * The first entry in order that has at least `leastMinor`, from the place where (`major`, `minor`) is or would be, or from the
   * first behind all that have just these.
   */
  first(major: number, minor: number, leastMinor: number, behind = false): E | undefined {
    const key = behind ? LAST_KEY : '';
    const start = this.chunkFrom(major, minor, key);
    for (let i = start; i < this.chunks.length; i++) {
      const { entries, mostMinor } = this.chunks[i]!;
      if (mostMinor < leastMinor) continue;
      for (let j = i === start ? this.placeFrom(entries, major, minor, key) : 0; j < entries.length; j++) {
        if (entries[j]!.amounts[this.minor] >= leastMinor) return entries[j];
      }
    }
    return undefined;
  }

  /** All with this major amount and a minor one between the two, both included. */
  range(major: number, leastMinor: number, mostMinor: number): readonly Segment<E>[] {
    const segments: Segment<E>[] = [];
    const first = this.chunkFrom(major, leastMinor, '');
    const last = this.chunkFrom(major, mostMinor, LAST_KEY);
    for (let i = first; i <= last && i < this.chunks.length; i++) {
      const { entries } = this.chunks[i]!;
      const from = i === first ? this.placeFrom(entries, major, leastMinor, '') : 0;
      const to = i === last ? this.placeFrom(entries, major, mostMinor, LAST_KEY) : entries.length;
      if (from < to) segments.push({ entries, from, to });
    }
    return segments;
  }

  private chunkOf(entries: E[]): Chunk<E> {
    return { entries, mostMinor: this.mostMinor(entries) };
  }

  private mostMinor(entries: readonly E[]): number {
    let most = -Infinity;
    for (const { amounts } of entries) if (amounts[this.minor] > most) most = amounts[this.minor];
    return most;
  }

  /** The first chunk whose last entry is not before the place; the number of chunks when there is none. */
  private chunkFrom(major: number, minor: number, key: string): number {
    let [low, high] = [0, this.chunks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { entries } = this.chunks[middle]!;
      if (this.order(entries[entries.length - 1]!, major, minor, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private placeFrom(entries: readonly E[], major: number, minor: number, key: string): number {
    let [low, high] = [0, entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.order(entries[middle]!, major, minor, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private order(entry: E, major: number, minor: number, key: string): number {
    const { amounts } = entry;
    if (amounts[this.major] !== major) return amounts[this.major] < major ? -1 : 1;
    if (amounts[this.minor] !== minor) return amounts[this.minor] < minor ? -1 : 1;
    return entry.key < key ? -1 : entry.key > key ? 1 : 0;
  }
}

/** Behind every key that is a name or an ARN. */
const LAST_KEY = '\uffff';
