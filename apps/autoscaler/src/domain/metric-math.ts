import type { AccountId, Region } from '#lib/kernel';
import { evaluationRange } from '../alarms/domain/evaluate-alarm.js';
import type { DataQuery } from '../metrics/domain/data-query.js';
import { ofSample } from '../metrics/domain/summary.js';
import { dataOf } from '../metrics/metric-data.js';
import type { MetricStore } from '../metrics/metric-store.js';
import { refusals } from './refusals.js';

/** API Reference, MetricDataQuery: a PutMetricAlarm call "can include up to 20 MetricDataQuery structures in the array". */
const MOST_METRICS = 20;
const MOST_MS = 2 * 86_400_000;
const NOBODY = { accountId: '' as AccountId, region: '' as Region };

/** Each metric that is asked for has 1 in each period. */
const ALWAYS: Pick<MetricStore, 'metrics' | 'points'> = {
  metrics: () => [],
  points: (_scope, _metric, { startMs, endMs, periodMs }) =>
    Array.from({ length: Math.ceil((endMs - startMs) / periodMs) }, (_, index) => ({
      atMs: startMs + index * periodMs,
      unit: 'None',
      summary: ofSample(1),
    })),
};

/**
 * The period in seconds of what an alarm evaluates. The expressions are tried on metrics that always have a value, over the periods that
 * the alarm will look at: what is no single time series then never is one, and what is too much to compute always is. Refuses as
 * CloudWatch does.
 */
export function mathPeriod(metrics: readonly DataQuery[], evaluationPeriods: number): number {
  if (metrics.length > MOST_METRICS) throw refusals.validation(`Metrics must have at most ${MOST_METRICS} elements.`);
  if (metrics.filter(({ ReturnData }) => ReturnData !== false).length !== 1)
    throw refusals.validation('Exactly one element of the metrics list must have ReturnData set to true.');
  const longest = metrics
    .flatMap(({ MetricStat, Period }) => MetricStat?.Period ?? Period ?? [])
    .reduce((a, b) => Math.max(a, b), 1);
  const rangeMs = Math.min(evaluationRange(evaluationPeriods) * longest * 1_000, MOST_MS);
  const range = { StartTime: new Date(0).toISOString(), EndTime: new Date(rangeMs).toISOString() };
  const series = dataOf(ALWAYS, NOBODY, metrics, range);
  if (!series) throw refusals.validation('The expression of an alarm must be of a single time series.');
  return series.periodMs / 1_000;
}
