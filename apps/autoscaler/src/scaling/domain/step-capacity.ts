import type { StepAdjustment, StepScaling } from '../../domain/targets/model.js';

/**
 * The step that a value is in, by its distance from the threshold (API_StepAdjustment): above it the lower bound belongs to a step and the upper
 * one does not, below it the other way round.
 */
export function stepOf(steps: readonly StepAdjustment[], distance: number): StepAdjustment | undefined {
  const above = ({ MetricIntervalLowerBound: from = -Infinity, MetricIntervalUpperBound: to = Infinity }: StepAdjustment) =>
    distance >= from && distance < to;
  const below = ({ MetricIntervalLowerBound: from = -Infinity, MetricIntervalUpperBound: to = Infinity }: StepAdjustment) =>
    distance > from && distance <= to;
  if (distance > 0) return steps.find(above);
  if (distance < 0) return steps.find(below);
  return steps.find(above) ?? steps.find(below);
}

/** From `current`; undefined: the value is in no step. */
export function stepCapacity(settings: StepScaling, current: number, distance: number): number | undefined {
  const step = stepOf(settings.StepAdjustments ?? [], distance);
  if (!step) return undefined;
  const { ScalingAdjustment: by } = step;
  switch (settings.AdjustmentType!) {
    case 'ExactCapacity':
      return by;
    case 'ChangeInCapacity':
      return Math.max(0, current + by);
    case 'PercentChangeInCapacity':
      return Math.max(0, current + percentOf(current, by, settings.MinAdjustmentMagnitude ?? 1));
  }
}

/** More than 1 is rounded down, less than −1 towards 0, and what is between becomes 1 or −1; at least the magnitude. */
function percentOf(current: number, percent: number, magnitude: number): number {
  if (percent === 0) return 0;
  const size = Math.max(Math.floor((current * Math.abs(percent)) / 100), magnitude, 1);
  return Math.sign(percent) * size;
}
