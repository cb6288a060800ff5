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

/** Periods of less than 10 s: of metrics that are put with a StorageResolution of 1. */
const HIGH_RESOLUTION = [1, 5];

export const isHighResolution = (seconds: number): boolean => HIGH_RESOLUTION.includes(seconds);

/** Whether all metrics are kept that finely: an alarm may evaluate it. */
export const isKeptPeriod = (seconds: number): boolean => [10, 20, 30].includes(seconds) || seconds % 60 === 0;
