import type { Weighted } from './bins.js';
import { isStatistic, statisticOf, type Summary, valuesOf } from './summary.js';

type OfValues = (values: readonly Weighted[], count: number) => number | undefined;

/** A bound of TM(…) and the like: a share of the samples, or a value. */
type Bound = { readonly share: number } | { readonly value: number } | undefined;

/**
 * CloudWatch's statistics of how values lie (User Guide, "CloudWatch statistics definitions"): p95, tm99, wm98, tc90, ts90 in short for
 * (:95%), TM(10%:90%), WM, TC, TS, PR(:300), IQM. Undefined: there is no such one.
 */
export function extendedStatistic(text: string): OfValues | undefined {
  if (text === 'IQM') return statisticsOfPart.TM!({ share: 0.25 }, { share: 0.75 });
  const short = /^(p|tm|wm|tc|ts)(100(?:\.0{1,10})?|\d{1,2}(?:\.\d{1,10})?)$/i.exec(text);
  if (short) {
    const share = Number(short[2]) / 100;
    const name = short[1]!.toUpperCase();
    return name === 'P' ? (values, count) => percentile(values, count * share) : statisticsOfPart[name]!(undefined, { share });
  }
  const long = /^(TM|WM|TC|TS|PR)\(([^:()]*):([^:()]*)\)$/i.exec(text);
  if (!long || (long[2] === '' && long[3] === '')) return undefined;
  const [lower, upper] = [boundOf(long[2]!), boundOf(long[3]!)];
  if (lower === null || upper === null) return undefined;
  const isShare = (bound: Bound) => bound !== undefined && 'share' in bound;
  if (lower && upper && (isShare(lower) !== isShare(upper) || numberOf(lower) >= numberOf(upper))) return undefined;
  const name = long[1]!.toUpperCase();
  if (name === 'PR' && (isShare(lower) || isShare(upper))) return undefined;
  return statisticsOfPart[name]!(lower, upper);
}

export const isAnyStatistic = (text: string): boolean => isStatistic(text) || extendedStatistic(text) !== undefined;

/** Of either kind; undefined: it cannot be known of these samples. */
export function anyStatisticOf(summary: Summary, text: string): number | undefined {
  if (isStatistic(text)) return statisticOf(summary, text);
  const values = valuesOf(summary);
  return values && extendedStatistic(text)?.(values, summary.count);
}

/** Fewer samples tell nothing of a percentile: 10 / (1 − p), of the lower half 10 / p. */
export function leastSamplesFor(text: string): number {
  const share = Number(/^p(.+)$/.exec(text)?.[1] ?? NaN) / 100;
  if (Number.isNaN(share)) return 0;
  // 1 − 0.9 is not 0.1.
  return Math.round(10 / (share >= 0.5 ? 1 - share : share));
}

function boundOf(text: string): Bound | null {
  if (text === '') return undefined;
  const number = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
  if (!number || (number[2] && Number(number[1]) > 100)) return null;
  return number[2] ? { share: Number(number[1]) / 100 } : { value: Number(number[1]) };
}

const numberOf = (bound: NonNullable<Bound>): number => ('share' in bound ? bound.share : bound.value);

/** The smallest value that so many samples are not above. */
function percentile(values: readonly Weighted[], rank: number): number {
  let below = 0;
  for (const [value, count] of values) {
    below += count;
    // A rank is a product: 0.29 × 100 is not 29.
    if (below >= rank - 1e-9) return value;
  }
  return values.at(-1)![0];
}

/** What lies between the bounds: of values the lower one is outside and the upper one is inside; a share may cut samples of one bin. */
function part(values: readonly Weighted[], total: number, lower: Bound, upper: Bound): readonly Weighted[] {
  const ranks = [
    lower && 'share' in lower ? lower.share * total : 0,
    upper && 'share' in upper ? upper.share * total : total,
  ] as const;
  const isWithin = (value: number) =>
    !(lower && 'value' in lower && value <= lower.value) && !(upper && 'value' in upper && value > upper.value);
  let below = 0;
  return values.flatMap(([value, count]): readonly Weighted[] => {
    const kept = Math.min(below + count, ranks[1]) - Math.max(below, ranks[0]);
    below += count;
    return kept > 1e-9 && isWithin(value) ? [[value, kept]] : [];
  });
}

const countOf = (values: readonly Weighted[]): number => values.reduce((sum, [, count]) => sum + count, 0);
const sumOf = (values: readonly Weighted[]): number => values.reduce((sum, [value, count]) => sum + value * count, 0);

const statisticsOfPart: Readonly<Record<string, (lower: Bound, upper: Bound) => OfValues>> = {
  TM: (lower, upper) => (values, total) => {
    const within = part(values, total, lower, upper);
    return within.length === 0 ? undefined : sumOf(within) / countOf(within);
  },
  TC: (lower, upper) => (values, total) => countOf(part(values, total, lower, upper)),
  TS: (lower, upper) => (values, total) => sumOf(part(values, total, lower, upper)),
  PR: (lower, upper) => (values, total) => (countOf(part(values, total, lower, upper)) / total) * 100,
  /** What is outside counts as the bound. */
  WM: (lower, upper) => (values, total) => {
    const edge = (bound: Bound, otherwise: number) =>
      bound === undefined ? otherwise : 'value' in bound ? bound.value : percentile(values, bound.share * total);
    const [low, high] = [edge(lower, -Infinity), edge(upper, Infinity)];
    return sumOf(values.map(([value, count]): Weighted => [Math.min(high, Math.max(low, value)), count])) / total;
  },
};
