import { type Bins, binOf, binsOfValues, mergedBins, type Weighted, weightedOf, withOne } from './bins.js';

/**
 * What CloudWatch keeps of the samples of a period: a StatisticSet, which is exact, and what percentiles need. Values that are all the same
 * need no bins; where some differ and there are none, how they lay is not known (a StatisticSet came), or some were negative.
 */
export interface Summary {
  readonly sum: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly bins?: Bins | undefined;
}

/** What periods are added by; a period in which something came has both. */
export type Sums = Pick<Summary, 'sum' | 'count'>;
export type Extremes = Pick<Summary, 'min' | 'max'>;

export const STATISTICS = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] as const;
export type Statistic = (typeof STATISTICS)[number];

export const isStatistic = (text: string): text is Statistic => (STATISTICS as readonly string[]).includes(text);

export const ofSample = (value: number, count = 1): Summary => ({ sum: value * count, count, min: value, max: value });

/** Of one or more values, each of which came once. */
export function ofSamples(values: readonly number[]): Summary {
  let [sum, min, max] = [0, Infinity, -Infinity];
  for (const value of values) {
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const all = { sum, count: values.length, min, max };
  return min === max || min < 0 ? all : { ...all, bins: binsOfValues(values) };
}

export function merged(a: Summary, b: Summary): Summary {
  const [sum, count] = [a.sum + b.sum, a.count + b.count];
  const min = Math.min(a.min, b.min);
  const max = Math.max(a.max, b.max);
  const bins = min === max || min < 0 ? undefined : binsOfBoth(a, b);
  return bins ? { sum, count, min, max, bins } : { sum, count, min, max };
}

/** Most often one sample comes to what there is. */
function binsOfBoth(a: Summary, b: Summary): Bins | undefined {
  const ofA = binsOf(a);
  if (b.min === b.max) return ofA && withOne(ofA, binOf(b.min), b.count);
  return ofA && b.bins && mergedBins(ofA, b.bins);
}

export const binsOf = ({ min, max, count, bins }: Summary): Bins | undefined => (min === max ? [binOf(min), count] : bins);

/** From small to large; undefined: not known, as CloudWatch has no percentiles of negative values nor of StatisticSets. */
export function valuesOf(summary: Summary): readonly Weighted[] | undefined {
  if (summary.min < 0) return undefined;
  if (summary.min === summary.max) return [[summary.min, summary.count]];
  return summary.bins && weightedOf(summary.bins, summary);
}

/** Average is Sum / SampleCount, never an average of averages. Asks for nothing else than it needs: of history each part is fetched when asked for. */
export function statisticOf(summary: Summary, statistic: Statistic): number {
  switch (statistic) {
    case 'SampleCount':
      return summary.count;
    case 'Sum':
      return summary.sum;
    case 'Minimum':
      return summary.min;
    case 'Maximum':
      return summary.max;
    case 'Average':
      return summary.sum / summary.count;
  }
}
