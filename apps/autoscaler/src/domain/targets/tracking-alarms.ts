import { sortedDimensions } from '../../metrics/domain/metric.js';
import type { AlarmSettings } from '../model.js';
import type { TargetId, TargetTracking } from './model.js';
import { type OneMetric, resolutionOf, type TrackedMetric, trackedMetric } from './tracking-metric.js';

/** Below this share of the target a service may shrink: read off alarms that AWS made (70 → 63, 80 → 72). */
const LOW_SHARE = 0.9;

/**
 * Scaling out is for seconds: one period of 10 s over the target is enough, where AWS waits for three minutes (the cooldown and the count of
 * running tasks keep it stable). Scaling in is slow, as there: 15 minutes of minutes. What is tracked at another resolution has periods of that one.
 */
const HIGH = { periodSeconds: 10, evaluationPeriods: 1 };
const LOW = { periodSeconds: 60, evaluationPeriods: 15 };
const MINUTE_SECONDS = 60;

/** Sums are those of a minute, as on AWS. What is counted per target comes every 10 s and is a sixth in that time. */
function highOf(metric: TrackedMetric, target: number, resolution: number | undefined) {
  if (resolution !== undefined) return { periodSeconds: resolution, evaluationPeriods: 1, threshold: target };
  if ('metrics' in metric) return { periodSeconds: MINUTE_SECONDS, evaluationPeriods: 1, threshold: target };
  if (metric.statistic !== 'Sum' && metric.statistic !== 'SampleCount') return { ...HIGH, threshold: target };
  return isOurs(metric)
    ? { ...HIGH, threshold: (target * HIGH.periodSeconds) / MINUTE_SECONDS }
    : { periodSeconds: MINUTE_SECONDS, evaluationPeriods: 1, threshold: target };
}

const lowOf = (resolution: number | undefined) =>
  resolution === undefined
    ? LOW
    : { periodSeconds: resolution, evaluationPeriods: (LOW.periodSeconds * LOW.evaluationPeriods) / resolution };

const isOurs = ({ namespace }: OneMetric): boolean => namespace.startsWith('AWS/');

export interface TrackingAlarm {
  readonly name: string;
  readonly settings: AlarmSettings;
}

/** `High` and, unless it may not scale in, `Low`. `newId` makes an id for each of these words. */
export function trackingAlarms(
  target: TargetId,
  settings: TargetTracking,
  policyArn: string,
  newId: (word: string) => string,
): readonly TrackingAlarm[] {
  const metric = trackedMetric(target, settings);
  const action = `${policyArn}:createdBy/${newId('createdBy')}`;
  const common: Omit<AlarmSettings, 'periodSeconds' | 'evaluationPeriods' | 'threshold' | 'comparisonOperator'> = {
    alarmDescription: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${action}.`,
    actionsEnabled: true,
    okActions: [],
    alarmActions: [action],
    insufficientDataActions: [],
    ...metric,
    dimensions: sortedDimensions(metric.dimensions),
    treatMissingData: 'missing',
    saysMissingData: false,
  };
  const resolution = resolutionOf(settings);
  const high = { ...common, ...highOf(metric, settings.TargetValue, resolution), comparisonOperator: 'GreaterThanThreshold' };
  // As a decimal: 0.9 × 70 is 63.00000000000001 otherwise.
  const threshold = Number((settings.TargetValue * LOW_SHARE).toPrecision(12));
  const low = { ...common, ...lowOf(resolution), threshold, comparisonOperator: 'LessThanThreshold' };
  const name = (word: string) => `TargetTracking-${target.resourceId}-${word}-${newId(word)}`;
  return [
    { name: name('AlarmHigh'), settings: high },
    ...(settings.DisableScaleIn ? [] : [{ name: name('AlarmLow'), settings: low }]),
  ];
}
