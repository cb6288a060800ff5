import type { Refusal } from '#lib/kernel';
import { isHighResolution, isKeptPeriod } from './domain/data-query.js';

const MINUTE_MS = 60_000;

export interface AskedRange {
  readonly StartTime: string;
  readonly EndTime: string;
}

/** How the operation calls what is wrong. */
export interface RangeRefusals {
  readonly invalidValue: (message: string) => Refusal;
  readonly invalidCombination: (message: string) => Refusal;
}

/** The start is rounded down: to the minute, or to a shorter period. */
export function rangeOf({ StartTime, EndTime }: AskedRange, periodSeconds: number, refusals: RangeRefusals) {
  if (!isKeptPeriod(periodSeconds) && !isHighResolution(periodSeconds))
    throw refusals.invalidValue('The parameter Period must be a value in the set [ 1, 5, 10, 20, 30 ], or a multiple of 60.');
  const periodMs = periodSeconds * 1_000;
  const [start, endMs] = [Date.parse(StartTime), Date.parse(EndTime)];
  if (start >= endMs) throw refusals.invalidCombination('The parameter StartTime must be less than the parameter EndTime.');
  const toMs = Math.min(periodMs, MINUTE_MS);
  return { startMs: Math.floor(start / toMs) * toMs, endMs, periodMs };
}
