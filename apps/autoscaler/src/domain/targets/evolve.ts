import { type Evolvers, type ReadTable, required } from '#lib/kernel';
import type { ScalingEvents } from '../events.js';
import type { ScalingState } from '../state.js';
import type { ScalableTarget, ScalingActivity, TargetId } from './model.js';
import { ofTarget, targetKey } from './names.js';

/** AWS keeps six weeks; a service that scales every few minutes would fill the memory. */
const MOST_ACTIVITIES = 50;

function update(
  { scalableTargets }: ScalingState,
  id: TargetId,
  change: (target: ScalableTarget) => Partial<ScalableTarget>,
): void {
  const key = targetKey(id);
  const target = required(scalableTargets, key, 'scalable target');
  scalableTargets.put(key, { ...target, ...change(target) });
}

function log(
  { activityLogs }: ScalingState,
  id: TargetId,
  change: (known: readonly ScalingActivity[]) => readonly ScalingActivity[],
) {
  const { accountId, region, resourceId } = id;
  const known = activityLogs.get(targetKey(id))?.activities ?? [];
  activityLogs.put(targetKey(id), { accountId, region, resourceId, activities: change(known) });
}

type TargetEvents = Extract<keyof ScalingEvents, `Scal${string}` | `ScheduledAction${string}`>;

export const targetEvolvers: Evolvers<ScalingState, ScalingEvents, TargetEvents> = {
  ScalableTargetRegistered: ({ scalableTargets }, data, { at }) =>
    scalableTargets.put(targetKey(data), { ...data, createdAt: at, hasNewBounds: true }),
  ScalableTargetUpdated: (state, { accountId: _account, region: _region, resourceId: _id, ...changes }, _context) =>
    update(state, { accountId: _account, region: _region, resourceId: _id }, ({ hasNewBounds }) => ({
      ...changes,
      hasNewBounds: hasNewBounds || changes.minCapacity !== undefined || changes.maxCapacity !== undefined,
    })),
  ScalableTargetDeregistered({ scalableTargets, scalingPolicies, scheduledActions }, data) {
    const key = targetKey(data);
    scalableTargets.delete(key);
    const namesIn = (table: ReadTable<{ readonly name: string }>) => Array.from(table.by('target', key), ({ name }) => name);
    for (const name of namesIn(scalingPolicies)) scalingPolicies.delete(ofTarget(data, name));
    for (const name of namesIn(scheduledActions)) scheduledActions.delete(ofTarget(data, name));
  },
  ScalableTargetTagged: (state, data) => update(state, data, ({ tags }) => ({ tags: { ...tags, ...data.tags } })),
  ScalableTargetUntagged: (state, data) =>
    update(state, data, ({ tags }) => ({
      tags: Object.fromEntries(Object.entries(tags).filter(([key]) => !data.tagKeys.includes(key))),
    })),
  ScalableTargetSettled: (state, data) => update(state, data, () => ({ hasNewBounds: false })),
  ScalingPolicyPut({ scalingPolicies }, data, { at }) {
    const key = ofTarget(data, data.name);
    scalingPolicies.put(key, { ...data, createdAt: scalingPolicies.get(key)?.createdAt ?? at });
  },
  ScalingPolicyDeleted: ({ scalingPolicies }, data) => scalingPolicies.delete(ofTarget(data, data.name)),
  ScheduledActionPut({ scheduledActions }, data, { at }) {
    const key = ofTarget(data, data.name);
    scheduledActions.put(key, { ...data, createdAt: scheduledActions.get(key)?.createdAt ?? at, doneUntil: at });
  },
  ScheduledActionDeleted: ({ scheduledActions }, data) => scheduledActions.delete(ofTarget(data, data.name)),
  ScheduledActionTriggered({ scheduledActions }, { dueAt, ...data }) {
    const key = ofTarget(data, data.name);
    scheduledActions.put(key, { ...required(scheduledActions, key, 'scheduled action'), doneUntil: dueAt });
  },
  ScalingActivityStarted: (state, { activity: { isOver, ...activity }, ...id }, { at }) =>
    log(state, id, (known) =>
      [...known, { ...activity, startedAt: at, ...(isOver ? { endedAt: at } : {}) }].slice(-MOST_ACTIVITIES),
    ),
  ScalingActivityChanged: (state, { isOver, id, status, statusMessage, ecsRevision, ...target }, { at }) =>
    log(state, target, (known) =>
      known.map((one) =>
        one.id === id
          ? {
              ...one,
              status,
              statusMessage,
              ...(ecsRevision === undefined ? {} : { ecsRevision }),
              ...(isOver ? { endedAt: at } : {}),
            }
          : one,
      ),
    ),
};
