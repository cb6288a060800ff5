import type { StepAdjustment, StepScaling } from './model.js';
import { targetRefusals as refusals } from './refusals.js';

/** AWS's quota. */
const MOST_STEPS = 20;
const TYPES: readonly string[] = ['ChangeInCapacity', 'PercentChangeInCapacity', 'ExactCapacity'];

/**
 * Steps without gaps and overlaps, on each side of the threshold; one end may be open on each (API_StepAdjustment). Bounds are relative to the
 * alarm's threshold.
 */
export function checkSteps(settings: StepScaling): void {
  const { AdjustmentType, StepAdjustments: steps = [], MinAdjustmentMagnitude, Cooldown } = settings;
  if (AdjustmentType === undefined || !TYPES.includes(AdjustmentType))
    throw refusals.validation(`AdjustmentType must be one of [${TYPES.join(', ')}]`);
  if (steps.length === 0) throw refusals.validation('At least one StepAdjustment must be specified for a StepScaling policy.');
  if (steps.length > MOST_STEPS) throw refusals.limit(`A policy can have at most ${MOST_STEPS} step adjustments.`);
  if (MinAdjustmentMagnitude !== undefined && AdjustmentType !== 'PercentChangeInCapacity')
    throw refusals.validation('MinAdjustmentMagnitude is only valid for the AdjustmentType PercentChangeInCapacity.');
  if (MinAdjustmentMagnitude !== undefined && MinAdjustmentMagnitude < 1)
    throw refusals.validation('MinAdjustmentMagnitude must be 1 or more.');
  if (Cooldown !== undefined && Cooldown < 0) throw refusals.validation('Cooldown must be 0 or more.');
  if (AdjustmentType === 'ExactCapacity' && steps.some(({ ScalingAdjustment }) => ScalingAdjustment < 0))
    throw refusals.validation('ScalingAdjustment must be 0 or more for the AdjustmentType ExactCapacity.');
  checkIntervals(steps);
}

function checkIntervals(steps: readonly StepAdjustment[]): void {
  const intervals = steps
    .map(({ MetricIntervalLowerBound: from = -Infinity, MetricIntervalUpperBound: to = Infinity }) => ({ from, to }))
    .sort((a, b) => a.from - b.from);
  for (const { from, to } of intervals) {
    if (from === -Infinity && to === Infinity)
      throw refusals.validation('At least one bound must be specified for each step adjustment.');
    if (from >= to) throw refusals.validation('MetricIntervalLowerBound must be less than MetricIntervalUpperBound.');
  }
  intervals.slice(1).forEach(({ from }, index) => {
    const before = intervals[index]!.to;
    if (from < before) throw refusals.validation('Step adjustment intervals can not overlap.');
    if (from > before) throw refusals.validation('Step adjustment intervals can not have gaps between them.');
  });
}
