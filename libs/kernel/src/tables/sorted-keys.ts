/** Chunks are split beyond this: a key that comes or goes moves at most so many others. */
const LARGEST_CHUNK = 512;

/** Keys in order, for pages: finding the place of a key costs a binary search, and a page what is on it. */
export class SortedKeys {
  private readonly chunks: string[][] = [];

  constructor(keys: Iterable<string>) {
    const sorted = [...keys].sort();
    for (let i = 0; i < sorted.length; i += LARGEST_CHUNK / 2) this.chunks.push(sorted.slice(i, i + LARGEST_CHUNK / 2));
  }

  add(key: string): void {
    if (this.chunks.length === 0) {
      this.chunks.push([key]);
      return;
    }
    const index = Math.min(this.chunkOf(key), this.chunks.length - 1);
    const chunk = this.chunks[index]!;
    const place = firstFrom(chunk, key);
    if (chunk[place] === key) return;
    chunk.splice(place, 0, key);
    if (chunk.length > LARGEST_CHUNK) this.chunks.splice(index + 1, 0, chunk.splice(LARGEST_CHUNK / 2));
  }

  delete(key: string): void {
    const index = this.chunkOf(key);
    const chunk = this.chunks[index];
    if (!chunk) return;
    const place = firstFrom(chunk, key);
    if (chunk[place] !== key) return;
    chunk.splice(place, 1);
    if (chunk.length === 0) this.chunks.splice(index, 1);
  }

  /** The keys behind `after`, or all. */
  *after(after?: string): Iterable<string> {
    const first = after === undefined ? 0 : this.chunkOf(after);
    for (let i = first; i < this.chunks.length; i++) {
      const chunk = this.chunks[i]!;
      let place = i === first && after !== undefined ? firstFrom(chunk, after) : 0;
      if (i === first && chunk[place] === after) place++;
      for (; place < chunk.length; place++) yield chunk[place]!;
    }
  }

  /** The first chunk whose last key is not before `key`; the number of chunks when there is none. */
  private chunkOf(key: string): number {
    let [low, high] = [0, this.chunks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const chunk = this.chunks[middle]!;
      if (chunk[chunk.length - 1]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The place of the first key that is not before `key`. */
function firstFrom(chunk: readonly string[], key: string): number {
  let [low, high] = [0, chunk.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (chunk[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
