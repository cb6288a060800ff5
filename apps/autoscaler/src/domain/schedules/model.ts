import type { Tags } from '../model.js';
import type { EcsTarget, RuleTarget } from '../rules/model.js';
import type { Scope } from '#lib/kernel';

/** The group `default` is there without anybody having made it, and has no entry of its own. */
export interface ScheduleGroupId extends Scope {
  readonly name: string;
}

export interface ScheduleGroup extends ScheduleGroupId {
  readonly tags: Tags;
  /** Of the request that made it: the same again is answered alike. */
  readonly clientToken?: string;
  readonly createdAt: string;
  readonly modifiedAt: string;
}

export interface ScheduleId extends Scope {
  readonly group: string;
  readonly name: string;
}

export interface ScheduleOfTarget {
  /** `at(…)`, `rate(…)` or `cron(…)`. */
  readonly scheduleExpression: string;
  readonly timezone: string;
  readonly startDate?: string;
  readonly endDate?: string;
  readonly description?: string;
  readonly isEnabled: boolean;
  readonly actionAfterCompletion: 'NONE' | 'DELETE';
  /** Kept and shown: a run at the beginning of a window is within it. */
  readonly flexibleTimeWindow: { readonly Mode: string; readonly MaximumWindowInMinutes?: number };
}

export interface TargetSchedule extends ScheduleId {
  readonly settings: ScheduleOfTarget;
  readonly target: RuleTarget<EcsTarget>;
  /** Of the request that made it: the same again is answered alike. */
  readonly clientToken?: string;
  readonly createdAt: string;
  readonly modifiedAt: string;
  /** What a rate without a start counts from. */
  readonly scheduledAt: string;
  /** All moments up to this one are done, or are not its. */
  readonly doneUntil: string;
}
