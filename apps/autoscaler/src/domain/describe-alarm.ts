import { describeAnyAlarm } from './composites/describe-composite.js';
import type { Alarm } from './model.js';

/** As DescribeAlarms shows it. */
export const describeAlarm = (alarm: Alarm) => {
  const { settings } = alarm;
  return {
    ...describeAnyAlarm(alarm),
    MetricName: settings.metricName,
    Namespace: settings.namespace,
    Statistic: settings.statistic,
    ExtendedStatistic: settings.extendedStatistic,
    EvaluateLowSampleCountPercentile: settings.lowSampleCount,
    Dimensions: settings.metrics ? undefined : settings.dimensions,
    Metrics: settings.metrics,
    Period: settings.metrics ? undefined : settings.periodSeconds,
    Unit: settings.unit,
    EvaluationPeriods: settings.evaluationPeriods,
    DatapointsToAlarm: settings.datapointsToAlarm,
    Threshold: settings.threshold,
    ComparisonOperator: settings.comparisonOperator,
    TreatMissingData: settings.saysMissingData ? settings.treatMissingData : undefined,
  };
};
