import type { AlarmSettings, AlarmStateValue } from '../../domain/model.js';

/** The value of one period; undefined: nothing came. */
export type Datapoint = number | undefined;

export const COMPARISONS: Readonly<
  Record<string, { readonly breaches: (value: number, threshold: number) => boolean; readonly words: string }>
> = {
  GreaterThanThreshold: { breaches: (value, threshold) => value > threshold, words: 'greater than' },
  GreaterThanOrEqualToThreshold: { breaches: (value, threshold) => value >= threshold, words: 'greater than or equal to' },
  LessThanThreshold: { breaches: (value, threshold) => value < threshold, words: 'less than' },
  LessThanOrEqualToThreshold: { breaches: (value, threshold) => value <= threshold, words: 'less than or equal to' },
};

/** More periods are looked at than have to be known, in case some are missing: 5 for 3. */
export const evaluationRange = (evaluationPeriods: number): number => evaluationPeriods + 2;

export interface Evaluation {
  readonly value: AlarmStateValue;
  /** The values that decided, from new to old. */
  readonly decidedBy: readonly number[];
  readonly missing: number;
}

/**
 * CloudWatch's rules for alarms and missing data (User Guide, "Configuring how CloudWatch alarms treat missing data"). If there are as
 * many real values in the range as periods are evaluated, the newest decide and the setting is not asked; otherwise as few as possible are
 * filled in. `newestFirst`: the range.
 */
export function evaluateAlarm(
  { evaluationPeriods, datapointsToAlarm, treatMissingData, comparisonOperator, threshold }: AlarmSettings,
  newestFirst: readonly Datapoint[],
  current: AlarmStateValue,
): Evaluation {
  const toAlarm = datapointsToAlarm ?? evaluationPeriods;
  const { breaches } = COMPARISONS[comparisonOperator]!;
  const isBreaching = (value: number) => breaches(value, threshold);
  const real = newestFirst.filter((value) => value !== undefined);
  const decidedBy = real.slice(0, evaluationPeriods);
  const missing = evaluationPeriods - decidedBy.length;
  const breaching = decidedBy.filter(isBreaching).length;
  const decided = (value: AlarmStateValue): Evaluation => ({ value, decidedBy, missing });
  if (missing === 0) return decided(breaching >= toAlarm ? 'ALARM' : 'OK');
  switch (treatMissingData) {
    case 'breaching':
      return decided(breaching + missing >= toAlarm ? 'ALARM' : 'OK');
    case 'notBreaching':
      return decided(breaching >= toAlarm ? 'ALARM' : 'OK');
    case 'ignore':
      if (breaching >= toAlarm) return decided('ALARM');
      return decided(breaching < decidedBy.length ? 'OK' : current);
    case 'missing':
      if (decidedBy.length === 0) return decided('INSUFFICIENT_DATA');
      return decided(breaching >= toAlarm || isOldEnough(newestFirst, toAlarm, isBreaching) ? 'ALARM' : 'OK');
  }
}

/** Nothing but breaching values, and the oldest is at least as old as the alarm needs: waiting longer would tell no more. */
function isOldEnough(newestFirst: readonly Datapoint[], toAlarm: number, isBreaching: (value: number) => boolean): boolean {
  const oldest = newestFirst.findLastIndex((value) => value !== undefined);
  return oldest + 1 >= toAlarm && newestFirst.every((value) => value === undefined || isBreaching(value));
}
