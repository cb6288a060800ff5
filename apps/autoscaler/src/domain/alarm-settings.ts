import type { Scope } from '#lib/kernel';
import { COMPARISONS } from '../alarms/domain/evaluate-alarm.js';
import { type DataQuery, isKeptPeriod } from '../metrics/domain/data-query.js';
import type { Dimension } from '../metrics/domain/metric.js';
import { sortedDimensions } from '../metrics/domain/metric.js';
import { extendedStatistic } from '../metrics/domain/extended-statistic.js';
import type { Statistic } from '../metrics/domain/summary.js';
import { mathPeriod } from './metric-math.js';
import type { AlarmSettings, TreatMissingData } from './model.js';
import { refusals } from './refusals.js';

export interface PutMetricAlarmInput {
  readonly AlarmName: string;
  readonly AlarmDescription?: string;
  readonly ActionsEnabled?: boolean;
  readonly OKActions?: readonly string[];
  readonly AlarmActions?: readonly string[];
  readonly InsufficientDataActions?: readonly string[];
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly Dimension[];
  readonly Statistic?: Statistic;
  readonly ExtendedStatistic?: string;
  readonly Unit?: string;
  readonly Period?: number;
  readonly EvaluationPeriods?: number;
  readonly DatapointsToAlarm?: number;
  readonly Threshold?: number;
  readonly ComparisonOperator?: string;
  readonly TreatMissingData?: string;
  readonly EvaluateLowSampleCountPercentile?: string;
  readonly Metrics?: readonly DataQuery[];
  readonly ThresholdMetricId?: string;
  readonly EvaluationCriteria?: unknown;
  readonly EvaluationInterval?: number;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

const TREATMENTS: readonly string[] = ['breaching', 'notBreaching', 'ignore', 'missing'];
const LOW_SAMPLE_COUNTS: readonly string[] = ['evaluate', 'ignore'];
const DAY_SECONDS = 86_400;

/** What PutMetricAlarm says, checked; what cannot be evaluated is refused, so that no alarm stands there and never rings. */
export function alarmSettingsOf(input: PutMetricAlarmInput, scope: Scope): AlarmSettings {
  if (input.ThresholdMetricId !== undefined)
    throw refusals.validation('Longshore has no anomaly detection: ThresholdMetricId is not supported.');
  if (input.EvaluationCriteria !== undefined || input.EvaluationInterval !== undefined)
    throw refusals.validation('Longshore evaluates no queries: EvaluationCriteria and EvaluationInterval are not supported.');
  const of = <T>(name: string, value: T | undefined): T => {
    if (value === undefined) throw refusals.validation(`${name} must not be null`);
    return value;
  };
  const evaluationPeriods = of('EvaluationPeriods', input.EvaluationPeriods);
  const evaluated = input.Metrics ? mathOf(input, input.Metrics, scope) : metricOf(input, of);
  const { periodSeconds } = evaluated;
  const comparisonOperator = of('ComparisonOperator', input.ComparisonOperator);
  const { DatapointsToAlarm: datapointsToAlarm, TreatMissingData: treatMissingData = 'missing' } = input;
  if (!Object.hasOwn(COMPARISONS, comparisonOperator))
    throw refusals.validation(`Longshore has no anomaly detection: ${comparisonOperator} is not supported.`);
  if (!isKeptPeriod(periodSeconds)) throw refusals.validation('Period must be 10, 20, 30 or a multiple of 60');
  if (evaluationPeriods * periodSeconds > DAY_SECONDS)
    throw refusals.validation('Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).');
  if (datapointsToAlarm !== undefined && datapointsToAlarm > evaluationPeriods)
    throw refusals.validation('DatapointsToAlarm must be less than or equal to EvaluationPeriods');
  if (!TREATMENTS.includes(treatMissingData))
    throw refusals.validation(`Option ${treatMissingData} is not supported. Use one of [${TREATMENTS.join(', ')}]`);
  return {
    ...(input.AlarmDescription === undefined ? {} : { alarmDescription: input.AlarmDescription }),
    actionsEnabled: input.ActionsEnabled ?? true,
    okActions: input.OKActions ?? [],
    alarmActions: input.AlarmActions ?? [],
    insufficientDataActions: input.InsufficientDataActions ?? [],
    ...evaluated,
    evaluationPeriods,
    ...(datapointsToAlarm === undefined ? {} : { datapointsToAlarm }),
    threshold: of('Threshold', input.Threshold),
    comparisonOperator,
    treatMissingData: treatMissingData as TreatMissingData,
    saysMissingData: input.TreatMissingData !== undefined,
  };
}

type Evaluated = Pick<
  AlarmSettings,
  | 'metrics'
  | 'namespace'
  | 'metricName'
  | 'dimensions'
  | 'statistic'
  | 'extendedStatistic'
  | 'lowSampleCount'
  | 'unit'
  | 'periodSeconds'
>;

const metricOf = (input: PutMetricAlarmInput, of: <T>(name: string, value: T | undefined) => T): Evaluated => ({
  namespace: of('Namespace', input.Namespace),
  metricName: of('MetricName', input.MetricName),
  dimensions: sortedDimensions(input.Dimensions ?? []),
  ...statisticOf(input),
  ...(input.Unit === undefined ? {} : { unit: input.Unit }),
  periodSeconds: of('Period', input.Period),
});

const NOT_WITH_METRICS = ['Namespace', 'MetricName', 'Dimensions', 'Statistic', 'ExtendedStatistic', 'Unit', 'Period'] as const;

function mathOf(input: PutMetricAlarmInput, metrics: readonly DataQuery[], { accountId }: Scope): Evaluated {
  const both = NOT_WITH_METRICS.filter((name) => input[name] !== undefined && (input[name] as { length?: number }).length !== 0);
  if (both.length > 0)
    throw refusals.invalidCombination(`The parameters Metrics and [${both.join(', ')}] are mutually exclusive.`);
  if (metrics.some(({ AccountId }) => AccountId !== undefined && AccountId !== accountId))
    throw refusals.validation('Metrics of other accounts are not read.');
  return { metrics, dimensions: [], periodSeconds: mathPeriod(metrics, input.EvaluationPeriods ?? 1) };
}

type Statistics = Pick<AlarmSettings, 'statistic' | 'extendedStatistic' | 'lowSampleCount'>;

function statisticOf(input: PutMetricAlarmInput): Statistics {
  const { Statistic: statistic, ExtendedStatistic: extended, EvaluateLowSampleCountPercentile: lowSampleCount } = input;
  if (statistic !== undefined && extended !== undefined)
    throw refusals.invalidCombination('The parameters Statistic and ExtendedStatistic are mutually exclusive.');
  if (lowSampleCount !== undefined && !LOW_SAMPLE_COUNTS.includes(lowSampleCount))
    throw refusals.validation(`Option ${lowSampleCount} is not supported. Use one of [${LOW_SAMPLE_COUNTS.join(', ')}]`);
  if (extended === undefined) {
    if (lowSampleCount !== undefined)
      throw refusals.invalidCombination('EvaluateLowSampleCountPercentile is of percentiles: give an ExtendedStatistic.');
    if (statistic === undefined) throw refusals.validation('Statistic must not be null');
    return { statistic };
  }
  if (!extendedStatistic(extended))
    throw refusals.invalidValue(`The value ${extended} for parameter ExtendedStatistic is not supported.`);
  return { extendedStatistic: extended, ...(lowSampleCount === undefined ? {} : { lowSampleCount: lowSampleCount as 'ignore' }) };
}
