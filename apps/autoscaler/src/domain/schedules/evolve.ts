import { type Evolvers, required } from '#lib/kernel';
import type { ScalingState } from '../state.js';
import type { ScheduleEvents } from './events.js';
import type { Tags } from '../model.js';
import type { ScheduleGroupId, ScheduleOfTarget } from './model.js';
import { scheduleGroupKey, scheduleKey, sourceOf } from './names.js';

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
  ScheduleTriggered({ schedules, scheduledRuns }, { accountId, region, group, name, dueAt, runId }, { at }) {
    const key = scheduleKey({ accountId, region, group, name });
    const schedule = required(schedules, key, 'schedule');
    const source = sourceOf(schedule);
    const { target } = schedule;
    scheduledRuns.put(runId, { accountId, region, id: runId, source, target, dueAt, attempts: 0, refusals: 0, retryAt: at });
    schedules.put(key, { ...schedule, doneUntil: dueAt });
  },
  ScheduleGroupCreated: ({ scheduleGroups }, data, { at }) =>
    scheduleGroups.put(scheduleGroupKey(data), { ...data, createdAt: at, modifiedAt: at }),
  ScheduleGroupDeleted: ({ scheduleGroups }, data) => scheduleGroups.delete(scheduleGroupKey(data)),
  ScheduleGroupTagged: (state, data, { at }) => retag(state, data, at, (tags) => ({ ...tags, ...data.tags })),
  ScheduleGroupUntagged: (state, data, { at }) =>
    retag(state, data, at, (tags) => Object.fromEntries(Object.entries(tags).filter(([key]) => !data.tagKeys.includes(key)))),
};

function retag({ scheduleGroups }: ScalingState, id: ScheduleGroupId, at: string, change: (tags: Tags) => Tags): void {
  const key = scheduleGroupKey(id);
  const group = required(scheduleGroups, key, 'schedule group');
  scheduleGroups.put(key, { ...group, tags: change(group.tags), modifiedAt: at });
}
