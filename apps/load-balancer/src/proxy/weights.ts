import { SIDES } from './rule-code.js';

export interface Share {
  readonly backend: string;
  readonly weight: number;
}

/** `from:to backend` for every backend with a weight, in proportion; together they are `base` … `base + SIDES - 1`, or nothing. */
export function ranges(shares: readonly Share[], base: number): readonly string[] {
  const total = shares.reduce((sum, { weight }) => sum + weight, 0);
  let below = 0;
  return shares.flatMap(({ backend, weight }) => {
    const from = boundary(below, total);
    below += weight;
    const to = boundary(below, total);
    if (to === from) return [];
    return [`${at(base, from)}:${at(base, to - 1)} ${backend}`];
  });
}

const boundary = (weight: number, total: number): number => (total === 0 ? 0 : Math.round((weight / total) * SIDES));

/** Beyond 2^53 for a rule's numbers. */
const at = (base: number, side: number): string => (BigInt(base) * BigInt(SIDES) + BigInt(side)).toString();
