import { refusals } from '../domain/refusals.js';

/** Where a live tail is: how old, how much of this second it has had, and the place in the feed. */
export interface Place {
  readonly begunAtMs: number;
  readonly secondAtMs: number;
  /** Events since then. */
  readonly sent: number;
  readonly cursor: string;
}

export const formatPlace = ({ begunAtMs, secondAtMs, sent, cursor }: Place): string =>
  [begunAtMs, secondAtMs, sent, cursor].join(' ');

export function parsePlace(text: string): Place {
  const [, begun, second, sent, cursor] = /^(\d{1,15}) (\d{1,15}) (\d{1,9}) (\S+)$/.exec(text) ?? [];
  if (cursor === undefined) throw refusals.invalid('This is no place in a live tail.');
  return { begunAtMs: Number(begun), secondAtMs: Number(second), sent: Number(sent), cursor };
}

/** At most `most` of many, evenly over all of them, without knowing how many there will be: every second one, then every fourth, … */
export class Sample<T> {
  private kept: T[] = [];
  private every = 1;
  seen = 0;

  /** At least 1. */
  constructor(private readonly most: number) {}

  add(one: T): void {
    if (this.seen++ % this.every !== 0) return;
    this.kept.push(one);
    if (this.kept.length < 2 * this.most) return;
    this.kept = this.kept.filter((_, index) => index % 2 === 0);
    this.every *= 2;
  }

  taken(): readonly T[] {
    const { kept, most } = this;
    if (kept.length <= most) return kept;
    return Array.from({ length: most }, (_, index) => kept[Math.floor((index * kept.length) / most)]!);
  }
}
