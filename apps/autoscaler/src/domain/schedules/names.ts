import { hashId, type Scope, scopeKey } from '#lib/kernel';
import type { ScheduleId, TargetSchedule } from './model.js';

/** The only one. */
export const GROUP = 'default';

export const scheduleKey = (id: ScheduleId): string => `${scopeKey(id)}:${id.name}`;

const arnOf = ({ accountId, region }: Scope, resource: string): string => `arn:aws:scheduler:${region}:${accountId}:${resource}`;
export const scheduleArn = (id: ScheduleId): string => arnOf(id, `schedule/${GROUP}/${id.name}`);
export const groupArn = (scope: Scope): string => arnOf(scope, `schedule-group/${GROUP}`);

/** The same for every try, and for every replica that finds the moment. */
export const scheduleRunId = (schedule: TargetSchedule, dueAt: string): string =>
  hashId('scheduled-run', scheduleArn(schedule), schedule.createdAt, dueAt);
