/**
 * How often values of each size came: bin, count, bin, count … from small to large. A bin is ⌊ln v / ln 1.1⌋, as in the CloudWatch agent's
 * own sketch (SEH1), so what is read from one is within 5 % of what was put. Own code: DDSketch's library
 * answers quantiles only, where trimmed means and ranks need the bins, and the merge below is all that is needed of it.
 */
export type Bins = readonly number[];

/** A value and how often it came. */
export type Weighted = readonly [value: number, count: number];

const LN_GROWTH = Math.log(1.1);
/** Below every other bin, also that of the smallest number that a double holds. */
const ZERO = -32_768;
/** Of a bucket: 12 orders of magnitude. Beyond, the smallest values become one. */
const MOST_BINS = 300;

export const binOf = (value: number): number => (value === 0 ? ZERO : Math.floor(Math.log(value) / LN_GROWTH));

const valueOf = (bin: number): number => (bin === ZERO ? 0 : Math.exp((bin + 0.5) * LN_GROWTH));

export function mergedBins(a: Bins, b: Bins): Bins {
  const all: number[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const left = a[i] ?? Infinity;
    const right = b[j] ?? Infinity;
    all.push(Math.min(left, right), (left <= right ? a[i + 1]! : 0) + (right <= left ? b[j + 1]! : 0));
    if (left <= right) i += 2;
    if (right <= left) j += 2;
  }
  return bounded(all);
}

/** With so many values more of one size: what each sample of a bucket does. */
export function withOne(bins: Bins, bin: number, count: number): Bins {
  let at = bins.length;
  while (at > 0 && bins[at - 2]! >= bin) at -= 2;
  const all = bins.slice();
  if (all[at] === bin) all[at + 1]! += count;
  else all.splice(at, 0, bin, count);
  return bounded(all);
}

export function binsOfValues(values: readonly number[]): Bins {
  const counts = new Map<number, number>();
  for (const value of values) {
    const bin = binOf(value);
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  return bounded([...counts].sort(([a], [b]) => a - b).flat());
}

function bounded(all: number[]): Bins {
  const beyond = all.length - 2 * MOST_BINS;
  if (beyond <= 0) return all;
  let count = 0;
  for (let at = 1; at < beyond; at += 2) count += all[at]!;
  const kept = all.slice(beyond);
  kept[1]! += count;
  return kept;
}

/** From small to large; the first and the last are known exactly. */
export function weightedOf(bins: Bins, { min, max }: { readonly min: number; readonly max: number }): readonly Weighted[] {
  const values: Weighted[] = [];
  for (let at = 0; at < bins.length; at += 2) values.push([Math.min(max, Math.max(min, valueOf(bins[at]!))), bins[at + 1]!]);
  return values;
}

/** Undefined: they are fewer than came, so that of some it is not known how they lay. */
export function completeBins(bins: Bins | undefined, count: number): Bins | undefined {
  let sum = 0;
  for (let at = 1; bins && at < bins.length; at += 2) sum += bins[at]!;
  return sum >= count * (1 - 1e-9) ? bins : undefined;
}
