import { type Evolvers, required } from '#lib/kernel';
import type { ScalingState } from '../state.js';
import type { ScheduleEvents } from './events.js';
import type { ScheduleOfTarget } from './model.js';
import { scheduleKey } from './names.js';

/** A rate without a start begins at once: that moment is its first. */
const justBefore = (at: string): string => new Date(Date.parse(at) - 1).toISOString();

const momentsSaid = ({ scheduleExpression, timezone, startDate }: ScheduleOfTarget): string =>
  JSON.stringify([scheduleExpression, timezone, startDate]);

export const scheduleEvolvers: Evolvers<ScalingState, ScheduleEvents> = {
  ScheduleCreated: ({ schedules }, data, { at }) =>
    schedules.put(scheduleKey(data), { ...data, createdAt: at, modifiedAt: at, scheduledAt: at, doneUntil: justBefore(at) }),
  ScheduleUpdated({ schedules }, data, { at }) {
    const known = required(schedules, scheduleKey(data), 'schedule');
    const isSame = momentsSaid(known.settings) === momentsSaid(data.settings);
    schedules.put(scheduleKey(data), {
      ...known,
      ...data,
      modifiedAt: at,
      scheduledAt: isSame ? known.scheduledAt : at,
      // What would have been due by another schedule, or while it was disabled, is not.
      doneUntil: isSame && known.settings.isEnabled ? known.doneUntil : justBefore(at),
    });
  },
  ScheduleDeleted: ({ schedules }, data) => schedules.delete(scheduleKey(data)),
  ScheduleTriggered({ schedules, scheduledRuns }, { accountId, region, name, dueAt, runId }, { at }) {
    const key = scheduleKey({ accountId, region, name });
    const schedule = required(schedules, key, 'schedule');
    const source = { kind: 'schedule', name } as const;
    const { target } = schedule;
    scheduledRuns.put(runId, { accountId, region, id: runId, source, target, dueAt, attempts: 0, refusals: 0, retryAt: at });
    schedules.put(key, { ...schedule, doneUntil: dueAt });
  },
};
