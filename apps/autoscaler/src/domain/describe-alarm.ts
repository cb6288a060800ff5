import type { Scope } from '#lib/kernel';
import type { Alarm } from './model.js';

export const alarmArn = ({ accountId, region }: Scope, name: string): string =>
  `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`;

/** As DescribeAlarms shows it. */
export const describeAlarm = (alarm: Alarm) => {
  const { name, settings, state, configuredAt } = alarm;
  return {
    AlarmName: name,
    AlarmArn: alarmArn(alarm, name),
    AlarmDescription: settings.alarmDescription,
    AlarmConfigurationUpdatedTimestamp: configuredAt,
    ActionsEnabled: settings.actionsEnabled,
    OKActions: settings.okActions,
    AlarmActions: settings.alarmActions,
    InsufficientDataActions: settings.insufficientDataActions,
    StateValue: state.value,
    StateReason: state.reason,
    StateReasonData: state.reasonData,
    StateUpdatedTimestamp: state.updatedAt,
    StateTransitionedTimestamp: state.updatedAt,
    MetricName: settings.metricName,
    Namespace: settings.namespace,
    Statistic: settings.statistic,
    ExtendedStatistic: settings.extendedStatistic,
    EvaluateLowSampleCountPercentile: settings.lowSampleCount,
    Dimensions: settings.dimensions,
    Period: settings.periodSeconds,
    Unit: settings.unit,
    EvaluationPeriods: settings.evaluationPeriods,
    DatapointsToAlarm: settings.datapointsToAlarm,
    Threshold: settings.threshold,
    ComparisonOperator: settings.comparisonOperator,
    TreatMissingData: settings.saysMissingData ? settings.treatMissingData : undefined,
  };
};
