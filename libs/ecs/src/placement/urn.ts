import type { Segment } from '#lib/kernel';

/** To draw from without putting back, each entry as likely as the other. */
export interface Drawable<R> {
  /** How many are left. */
  readonly left: number;
  /** `chance` is in [0, 1); some must be left. */
  draw(chance: number): R;
  all(): Iterable<R>;
}

/** Draws from segments, and costs what is drawn, however much there is. */
export class Urn<E, R> implements Drawable<R> {
  left = 0;
  /** How much is before each segment. */
  private readonly before: number[] = [];
  /** Place i holds entry i, unless another was moved there. */
  private readonly moved = new Map<number, number>();

  constructor(
    private readonly segments: readonly Segment<E>[],
    /** What an entry is to whoever draws it. */
    private readonly meaning: (entry: E) => R,
  ) {
    for (const { from, to } of segments) {
      this.before.push(this.left);
      this.left += to - from;
    }
  }

  draw(chance: number): R {
    const drawn = Math.min(Math.floor(chance * this.left), this.left - 1);
    const place = this.at(drawn);
    this.left--;
    if (drawn !== this.left) this.moved.set(drawn, this.at(this.left));
    return this.entry(place);
  }

  *all(): Iterable<R> {
    for (let place = 0; place < this.left; place++) yield this.entry(this.at(place));
  }

  private at(place: number): number {
    return this.moved.get(place) ?? place;
  }

  private entry(place: number): R {
    let [low, high] = [0, this.before.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.before[middle]! <= place) low = middle;
      else high = middle;
    }
    const { entries, from } = this.segments[low]!;
    return this.meaning(entries[from + place - this.before[low]!]!);
  }
}
