import { lastDue, type Schedule, scheduleOf } from '../targets/schedule.js';
import type { TargetSchedule } from './model.js';

export function momentsOf({ settings, scheduledAt }: Pick<TargetSchedule, 'settings' | 'scheduledAt'>): Schedule {
  const { scheduleExpression, timezone, startDate, endDate } = settings;
  const moments = scheduleOf(scheduleExpression, timezone, Date.parse(startDate ?? scheduledAt));
  const beforeStartMs = startDate === undefined ? -Infinity : Date.parse(startDate) - 1;
  const endMs = endDate === undefined ? Infinity : Date.parse(endDate);
  const next = (afterMs: number) => {
    const atMs = moments.next(Math.max(afterMs, beforeStartMs));
    return atMs !== undefined && atMs <= endMs ? atMs : undefined;
  };
  return { next };
}

const firsts = new WeakMap<TargetSchedule, { readonly dueMs: number | undefined }>();

/** When it is next to be triggered (ms); undefined: never. Looked for once: a schedule that changes is another object. */
function dueMs(schedule: TargetSchedule): number | undefined {
  const known = firsts.get(schedule);
  if (known) return known.dueMs;
  const due = schedule.settings.isEnabled ? momentsOf(schedule).next(Date.parse(schedule.doneUntil)) : undefined;
  firsts.set(schedule, { dueMs: due });
  return due;
}

/** Of the moments up to `nowMs`, the last one, as of rules. */
export function scheduleDueMs(schedule: TargetSchedule, nowMs: number): number | undefined {
  const first = dueMs(schedule);
  return first === undefined || first > nowMs ? undefined : lastDue(momentsOf(schedule), first, nowMs);
}
