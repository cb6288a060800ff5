import { hashId, type Scope, scopeKey } from '#lib/kernel';
import type { RunSource } from '../rules/model.js';
import type { ScheduleGroupId, ScheduleId, TargetSchedule } from './model.js';

export const DEFAULT_GROUP = 'default';

export const scheduleGroupKey = (id: ScheduleGroupId): string => `${scopeKey(id)}:${id.name}`;
/** Those of a group stand together. */
export const scheduleKey = (id: ScheduleId): string => `${scopeKey(id)}:${id.group}/${id.name}`;
/** Of all schedules of a group: `schedules.by('group', …)`. */
export const groupOfSchedule = ({ accountId, region, group }: ScheduleId): string =>
  scheduleGroupKey({ accountId, region, name: group });

/** Whose runs they are. */
export const sourceOf = ({ group, name }: Pick<ScheduleId, 'group' | 'name'>): RunSource => ({ kind: 'schedule', group, name });

const arnOf = ({ accountId, region }: Scope, resource: string): string => `arn:aws:scheduler:${region}:${accountId}:${resource}`;
export const scheduleArn = (id: ScheduleId): string => arnOf(id, `schedule/${id.group}/${id.name}`);
export const groupArn = (id: ScheduleGroupId): string => arnOf(id, `schedule-group/${id.name}`);

/** The same for every try, and for every replica that finds the moment. */
export const scheduleRunId = (schedule: TargetSchedule, dueAt: string): string =>
  hashId('scheduled-run', scheduleArn(schedule), schedule.createdAt, dueAt);
