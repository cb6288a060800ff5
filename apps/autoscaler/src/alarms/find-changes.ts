import type { Scope } from '#lib/kernel';
import type { RecordAlarmStatesInput } from '../domain/alarms.js';
import { type Alarm, type AlarmSettings, UNCHECKED } from '../domain/model.js';
import { anyStatisticOf, leastSamplesFor } from '../metrics/domain/extended-statistic.js';
import { dataOf } from '../metrics/metric-data.js';
import { isStatistic } from '../metrics/domain/summary.js';
import type { Window } from '../metrics/history/recall.js';
import type { MetricStore, PointsQuery } from '../metrics/metric-store.js';
import { type Datapoint, evaluateAlarm, evaluationRange } from './domain/evaluate-alarm.js';
import { reasonOf } from './domain/reason.js';

/** How long after its end a period may still get samples: agents speak 2 s after it. */
export const GRACE_MS = 3_000;

/** What is recorded of an alarm: another state, or that it is held back, or no longer. */
export type AlarmFinding = RecordAlarmStatesInput['states'][number];

/** A time of which nobody knows what came: what is missing in it is not missing. */
export interface Unheard {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Why it will not be known; undefined: it is known soon, or never was there. */
  readonly why?: string | undefined;
  /** No more of it will be known. */
  readonly isForGood?: true;
}

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

/** What is read for an alarm: of each of its metrics, the periods that it looks at. */
export function windowsOf({ settings, accountId, region }: Alarm, nowMs: number): readonly Window[] {
  const scope = { accountId, region };
  const periodMs = settings.periodSeconds * 1_000;
  const startMs = newestEndMs(nowMs, periodMs) - evaluationRange(settings.evaluationPeriods) * periodMs;
  if (!settings.metrics) {
    const { unit, extendedStatistic } = settings;
    const hasPercentiles = extendedStatistic !== undefined;
    return [{ scope, metric: metricOf(settings), ...(unit === undefined ? {} : { unit }), startMs, periodMs, hasPercentiles }];
  }
  return settings.metrics.flatMap(({ MetricStat }): Window[] => {
    if (!MetricStat) return [];
    const {
      Metric: { Namespace: namespace = '', MetricName: name = '', Dimensions: dimensions = [] },
      Unit: unit,
      Stat,
    } = MetricStat;
    const of = { scope, metric: { namespace, name, dimensions }, ...(unit === undefined ? {} : { unit }) };
    return [{ ...of, startMs, periodMs: MetricStat.Period * 1_000, hasPercentiles: !isStatistic(Stat) }];
  });
}

/** Whether one of the periods that are evaluated and have no value may have had one. */
function isHeldBack(alarm: Alarm, datapoints: readonly Datapoint[], nowMs: number, { fromMs, untilMs }: Unheard): boolean {
  const periodMs = alarm.settings.periodSeconds * 1_000;
  const endMs = newestEndMs(nowMs, periodMs);
  return datapoints.slice(0, alarm.settings.evaluationPeriods).some((value, index) => {
    const startMs = endMs - (index + 1) * periodMs;
    return value === undefined && startMs < untilMs && startMs + periodMs > fromMs;
  });
}

/**
 * What is to be recorded of an alarm now; undefined: nothing. What is missing of a time that nobody heard may have been there, so nothing is
 * made of it: the alarm keeps its state until that time is none of those that it evaluates, and says so where it is not about to be known. One that
 * was never compared has no state to keep: as AWS does, it is compared with what there is.
 */
export function findingOf(store: MetricStore, alarm: Alarm, nowMs: number, unheard: Unheard): AlarmFinding | undefined {
  const { settings, state, accountId, region, name, configuredAt } = alarm;
  const id = { accountId, region, name, configuredAt };
  const datapoints = datapointsOf(store, alarm, nowMs);
  const evaluation = evaluateAlarm(settings, datapoints, state.value);
  const isFirst = state.reason === UNCHECKED && unheard.isForGood === true && evaluation.decidedBy.length > 0;
  if (!isFirst && evaluation.missing > 0 && isHeldBack(alarm, datapoints, nowMs, unheard)) {
    if (unheard.why === undefined || state.waitsFor !== undefined) return undefined;
    return { ...id, waitsFor: waitingFor(settings, unheard.untilMs, unheard.why) };
  }
  if (evaluation.value === state.value || hasTooFewSamples(store, alarm, nowMs))
    return state.waitsFor === undefined ? undefined : { ...id, waitsFor: null };
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
  return { ...id, value: evaluation.value, reason, reasonData };
}

/** Until when, at the latest: each period that is evaluated is one of which all is known. */
function waitingFor({ periodSeconds, evaluationPeriods }: AlarmSettings, heardSinceMs: number, why: string): string {
  const knownMs = Math.ceil(heardSinceMs / (periodSeconds * 1_000)) * periodSeconds * 1_000;
  const at = (ms: number) => new Date(ms).toISOString();
  return (
    `It waits for datapoints until ${at(knownMs + evaluationPeriods * periodSeconds * 1_000)}: ${evaluationPeriods} periods of ` +
    `${periodSeconds} s are evaluated, and those before ${at(heardSinceMs)} are not known. ${why}`
  );
}
