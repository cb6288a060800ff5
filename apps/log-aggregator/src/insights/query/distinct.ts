/** Shares of a 64-byte cell: a place of 8 bytes, at most half of them taken and twice as many while they move. */
const CELLS_EACH = 0.5;

/**
 * Which texts were there, by 52 bits of each and not by themselves: a text may be a part of a line, which it would keep whole. Of a million
 * different ones two are taken for one with a probability of 1 in 9,000. (AWS's `count_distinct` is an estimate beyond some thousands.)
 */
export class Distinct {
  private slots = new Float64Array(16);
  private count = 0;

  constructor(private readonly room: { take(cells: number): void }) {}

  get size(): number {
    return this.count;
  }

  /** False: it was there. */
  add(text: string): boolean {
    if (!this.put(digestOf(text))) return false;
    this.room.take(CELLS_EACH);
    if (++this.count * 2 <= this.slots.length) return true;
    const before = this.slots;
    this.slots = new Float64Array(before.length * 2);
    for (const digest of before) if (digest !== 0) this.put(digest);
    return true;
  }

  private put(digest: number): boolean {
    const mask = this.slots.length - 1;
    let slot = digest % this.slots.length;
    for (; this.slots[slot] !== 0; slot = (slot + 1) & mask) if (this.slots[slot] === digest) return false;
    this.slots[slot] = digest;
    return true;
  }
}

/** Never 0. Two of FNV-1a's kind with other primes, each mixed once more at the end as MurmurHash3 does. */
function digestOf(text: string): number {
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
    b = (b << 13) | (b >>> 19);
  }
  return (mixed(a) >>> 0) * 2 ** 20 + (mixed(b) >>> 12) + 1;
}

function mixed(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
