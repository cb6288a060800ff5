/** What CloudWatch keeps of the samples of a period: exactly a StatisticSet, so merging loses nothing that its statistics need. */
export interface Summary {
  readonly sum: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

export const STATISTICS = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] as const;
export type Statistic = (typeof STATISTICS)[number];

export const isStatistic = (text: string): text is Statistic => (STATISTICS as readonly string[]).includes(text);

export const ofSample = (value: number, count = 1): Summary => ({ sum: value * count, count, min: value, max: value });

export const merged = (a: Summary, b: Summary): Summary => ({
  sum: a.sum + b.sum,
  count: a.count + b.count,
  min: Math.min(a.min, b.min),
  max: Math.max(a.max, b.max),
});

/** Average is Sum / SampleCount, never an average of averages. */
export function statisticOf({ sum, count, min, max }: Summary, statistic: Statistic): number {
  switch (statistic) {
    case 'SampleCount':
      return count;
    case 'Sum':
      return sum;
    case 'Minimum':
      return min;
    case 'Maximum':
      return max;
    case 'Average':
      return sum / count;
  }
}
