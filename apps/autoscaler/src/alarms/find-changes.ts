import type { RecordAlarmStatesInput } from '../domain/alarms.js';
import type { Alarm, AlarmSettings } from '../domain/model.js';
import { anyStatisticOf, leastSamplesFor } from '../metrics/domain/extended-statistic.js';
import type { MetricStore } from '../metrics/metric-store.js';
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
  const metric = { namespace: settings.namespace, name: settings.metricName, dimensions: settings.dimensions };
  const range = { unit: settings.unit, startMs: endMs - settings.evaluationPeriods * periodMs, endMs, periodMs };
  const least = leastSamplesFor(statisticName(settings));
  return store.points(scope, metric, range).some(({ summary }) => summary.count < least);
}

/** The newest whole periods of an alarm's metric, from new to old. */
export function datapointsOf(store: MetricStore, { settings, ...scope }: Alarm, nowMs: number): readonly Datapoint[] {
  const periodMs = settings.periodSeconds * 1_000;
  const endMs = newestEndMs(nowMs, periodMs);
  const count = evaluationRange(settings.evaluationPeriods);
  const startMs = endMs - count * periodMs;
  const metric = { namespace: settings.namespace, name: settings.metricName, dimensions: settings.dimensions };
  const datapoints = Array.from<unknown, Datapoint>({ length: count }, () => undefined);
  for (const { atMs, summary } of store.points(scope, metric, { unit: settings.unit, startMs, endMs, periodMs }))
    datapoints[(endMs - atMs) / periodMs - 1] = anyStatisticOf(summary, statisticName(settings));
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
    ...(settings.statistic === undefined ? { extendedStatistic: settings.extendedStatistic } : { statistic: settings.statistic }),
    period: settings.periodSeconds,
    recentDatapoints: [...evaluation.decidedBy].reverse(),
    threshold: settings.threshold,
  });
  const reason = reasonOf(settings, evaluation, state.value);
  return { accountId, region, name, configuredAt, value: evaluation.value, reason, reasonData };
}
