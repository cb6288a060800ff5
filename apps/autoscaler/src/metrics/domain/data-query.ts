import type { Dimension } from './metric.js';

/** One of GetMetricData's questions, or of an alarm's: a metric's statistic, or an expression on what others find. */
export interface DataQuery {
  readonly Id: string;
  readonly Expression?: string;
  readonly Label?: string;
  readonly ReturnData?: boolean;
  readonly Period?: number;
  readonly AccountId?: string;
  readonly MetricStat?: {
    readonly Metric: { readonly Namespace?: string; readonly MetricName?: string; readonly Dimensions?: readonly Dimension[] };
    readonly Period: number;
    readonly Stat: string;
    readonly Unit?: string;
  };
}

/** Whether metrics are kept that finely: samples of less than 10 s are merged. */
export const isKeptPeriod = (seconds: number): boolean => [10, 20, 30].includes(seconds) || seconds % 60 === 0;
