import { type Evolvers, required } from '#lib/kernel';
import type { ScalingEvents } from '../events.js';
import type { ScalingState } from '../state.js';
import type { AutoScalingGroup, GroupId, GroupTag } from './model.js';
import { groupKey } from './names.js';

/** AWS keeps six weeks. */
const MOST_ACTIVITIES = 50;

function update(
  { autoScalingGroups }: ScalingState,
  id: GroupId,
  change: (group: AutoScalingGroup) => Partial<AutoScalingGroup>,
): void {
  const key = groupKey(id);
  const group = required(autoScalingGroups, key, 'Auto Scaling group');
  autoScalingGroups.put(key, { ...group, ...change(group) });
}

const inOrder = (tags: Iterable<GroupTag>): readonly GroupTag[] =>
  [...tags].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));

export const groupEvolvers: Evolvers<ScalingState, ScalingEvents, Extract<keyof ScalingEvents, `AutoScalingGroup${string}`>> = {
  AutoScalingGroupCreated: ({ autoScalingGroups }, data, { at }) =>
    autoScalingGroups.put(groupKey(data), { ...data, tags: inOrder(data.tags), createdAt: at, activities: [] }),
  AutoScalingGroupUpdated: (state, { settings, ...id }) => update(state, id, () => ({ settings })),
  AutoScalingGroupDeleted: ({ autoScalingGroups }, data) => autoScalingGroups.delete(groupKey(data)),
  AutoScalingGroupTagged: (state, { tags, ...id }) =>
    update(state, id, (group) => ({
      tags: inOrder(new Map([...group.tags, ...tags].map((tag) => [tag.key, tag])).values()),
    })),
  AutoScalingGroupUntagged: (state, { tagKeys, ...id }) =>
    update(state, id, ({ tags }) => ({ tags: tags.filter(({ key }) => !tagKeys.includes(key)) })),
  AutoScalingGroupInstanceTerminated: (state, { activity, desiredCapacity, ...id }, { at }) =>
    update(state, id, ({ settings, activities }) => ({
      settings: { ...settings, DesiredCapacity: desiredCapacity },
      activities: [...activities, { ...activity, at }].slice(-MOST_ACTIVITIES),
    })),
};
