import type { Scope } from '#lib/kernel';
import type { RecordAlarmStatesInput } from '../domain/alarms.js';
import type { Alarm, AlarmSettings } from '../domain/model.js';
import { anyStatisticOf, leastSamplesFor } from '../metrics/domain/extended-statistic.js';
import { dataOf } from '../metrics/metric-data.js';
import type { MetricStore, PointsQuery } from '../metrics/metric-store.js';
import { type Datapoint, evaluateAlarm, evaluationRange } from './domain/evaluate-alarm.js';
import { reasonOf } from './domain/reason.js';

/** How long after its end a period may still get samples: agents speak 2 s after it. */
export const GRACE_MS = 3_000;

export type AlarmChange = RecordAlarmStatesInput['states'][number];

export const newestEndMs = (nowMs: number, periodMs: number): number => Math.floor((nowMs - GRACE_MS) / periodMs) * periodMs;

const statisticName = ({ statistic, extendedStatistic }: AlarmSettings): string => statistic ?? extendedStatistic!;

/** "If you specify ignore, the alarm state does not change during periods with too few data points to be statistically significant." */
function hasTooFewSamples(store: MetricStore, { settings, ...scope }: Alarm, nowMs: number): boolean {
  if (settings.lowSampleCount !== 'ignore') return false;
  const periodMs = settings.periodSeconds * 1_000;
  const endMs = newestEndMs(nowMs, periodMs);
  const metric = metricOf(settings);
  const range = { unit: settings.unit, startMs: endMs - settings.evaluationPeriods * periodMs, endMs, periodMs };
  const least = leastSamplesFor(statisticName(settings));
  return store.points(scope, metric, range).some(({ summary }) => summary.count < least);
}

const metricOf = ({ namespace = '', metricName = '', dimensions }: AlarmSettings) => ({
  namespace,
  name: metricName,
  dimensions,
});

function valuesOf(
  store: MetricStore,
  settings: AlarmSettings,
  scope: Scope,
  range: Omit<PointsQuery, 'unit'>,
): Iterable<readonly [number, Datapoint]> {
  if (settings.metrics) {
    const asked = { StartTime: new Date(range.startMs).toISOString(), EndTime: new Date(range.endMs).toISOString() };
    return dataOf(store, scope, settings.metrics, asked)?.points ?? [];
  }
  return store
    .points(scope, metricOf(settings), { unit: settings.unit, ...range })
    .map(({ atMs, summary }) => [atMs, anyStatisticOf(summary, statisticName(settings))] as const);
}

/** The newest whole periods of an alarm's metric, from new to old. */
export function datapointsOf(store: MetricStore, { settings, ...scope }: Alarm, nowMs: number): readonly Datapoint[] {
  const periodMs = settings.periodSeconds * 1_000;
  const endMs = newestEndMs(nowMs, periodMs);
  const count = evaluationRange(settings.evaluationPeriods);
  const startMs = endMs - count * periodMs;
  const datapoints = Array.from<unknown, Datapoint>({ length: count }, () => undefined);
  for (const [atMs, value] of valuesOf(store, settings, scope, { startMs, endMs, periodMs }))
    datapoints[(endMs - atMs) / periodMs - 1] = value;
  return datapoints;
}

/**
 * What an alarm becomes now; undefined: it stays. `heardSinceMs`: when this process began to hear samples. What is missing from before may
 * have been there, so nothing is made of it: after a restart an alarm keeps its state until as many periods are known as it evaluates.
 */
export function changeOf(store: MetricStore, alarm: Alarm, nowMs: number, heardSinceMs: number): AlarmChange | undefined {
  const { settings, state, accountId, region, name, configuredAt } = alarm;
  const datapoints = datapointsOf(store, alarm, nowMs);
  const evaluation = evaluateAlarm(settings, datapoints, state.value);
  if (evaluation.value === state.value) return undefined;
  if (hasTooFewSamples(store, alarm, nowMs)) return undefined;
  const periodMs = settings.periodSeconds * 1_000;
  const oldestMs = newestEndMs(nowMs, periodMs) - settings.evaluationPeriods * periodMs;
  if (evaluation.missing > 0 && oldestMs < heardSinceMs) return undefined;
  const reasonData = JSON.stringify({
    version: '1.0',
    queryDate: new Date(nowMs).toISOString(),
    ...(settings.unit === undefined ? {} : { unit: settings.unit }),
    ...(settings.statistic === undefined ? {} : { statistic: settings.statistic }),
    ...(settings.extendedStatistic === undefined ? {} : { extendedStatistic: settings.extendedStatistic }),
    period: settings.periodSeconds,
    recentDatapoints: [...evaluation.decidedBy].reverse(),
    threshold: settings.threshold,
  });
  const reason = reasonOf(settings, evaluation, state.value);
  return { accountId, region, name, configuredAt, value: evaluation.value, reason, reasonData };
}
