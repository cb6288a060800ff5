import { type Evolvers, required } from '#lib/kernel';
import type { ScalingEvents } from '../events.js';
import type { ScalingState } from '../state.js';
import type { AutoScalingGroup, GroupActivity, GroupId, GroupInstance, GroupTag } from './model.js';
import { groupKey, groupPolicyKey, groupScheduledActionKey } from './names.js';

/** AWS keeps six weeks. */
const MOST_ACTIVITIES = 50;
/** AWS keeps six weeks of them, too. */
const MOST_REFRESHES = 10;

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

type GroupEvents = Extract<keyof ScalingEvents, `AutoScalingGroup${string}` | `LaunchConfiguration${string}`>;

export const groupEvolvers: Evolvers<ScalingState, ScalingEvents, GroupEvents> = {
  AutoScalingGroupCreated: ({ autoScalingGroups }, data, { at }) =>
    autoScalingGroups.put(groupKey(data), { ...data, tags: inOrder(data.tags), createdAt: at, activities: [], instances: [] }),
  AutoScalingGroupUpdated: (state, { settings, ...id }) => update(state, id, () => ({ settings })),
  AutoScalingGroupDeletionStarted: (state, id) =>
    update(state, id, ({ settings }) => ({
      isDeleting: true,
      settings: { ...settings, MinSize: 0, MaxSize: 0, DesiredCapacity: 0 },
    })),
  AutoScalingGroupDeleted({ autoScalingGroups, groupPolicies, groupScheduledActions }, data) {
    autoScalingGroups.delete(groupKey(data));
    const names = Array.from(groupPolicies.by('group', groupKey(data)), ({ name }) => name);
    for (const name of names) groupPolicies.delete(groupPolicyKey(data, name));
    const actions = Array.from(groupScheduledActions.by('group', groupKey(data)), ({ name }) => name);
    for (const name of actions) groupScheduledActions.delete(groupScheduledActionKey(data, name));
  },
  AutoScalingGroupTagged: (state, { tags, ...id }) =>
    update(state, id, (group) => ({
      tags: inOrder(new Map([...group.tags, ...tags].map((tag) => [tag.key, tag])).values()),
    })),
  AutoScalingGroupUntagged: (state, { tagKeys, ...id }) =>
    update(state, id, ({ tags }) => ({ tags: tags.filter(({ key }) => !tagKeys.includes(key)) })),
  AutoScalingGroupInstanceTerminated: (state, { activity, desiredCapacity, ...id }, { at }) =>
    update(state, id, ({ settings, activities }) => ({
      settings: { ...settings, DesiredCapacity: desiredCapacity },
      activities: withActivity(activities, { ...activity, at }),
    })),
  /** All that is told of it but the group. */
  AutoScalingGroupScaled: (state, { accountId, region, name, ...scaled }, { at }) =>
    update(state, { accountId, region, name }, ({ settings }) => ({
      settings: { ...settings, DesiredCapacity: scaled.to },
      scaled: { ...scaled, at },
    })),
  AutoScalingGroupInstanceLaunching: (state, { instanceId, activity, ...id }, { at }) =>
    update(state, id, ({ instances, activities }) => ({
      instances: [...instances, { id: instanceId, state: 'launching', drains: false, since: at }],
      activities: withActivity(activities, { ...activity, instanceId, at }),
    })),
  AutoScalingGroupInstanceLaunched: (state, { instanceId, ...id }, { at }) =>
    update(state, id, ({ instances, activities }) => ({
      instances: changed(instances, instanceId, { state: 'launched', since: at }),
      activities: ended(activities, instanceId, { endedAt: at }),
    })),
  AutoScalingGroupInstanceTerminating: (state, { instanceId, drains, activity, ...id }, { at }) =>
    update(state, id, ({ instances, activities }) => ({
      instances: changed(instances, instanceId, { state: 'terminating', drains, since: at }),
      activities: activity
        ? withActivity(ended(activities, instanceId, { endedAt: at }), { ...activity, instanceId, at })
        : ended(activities, instanceId, { endedAt: at }),
    })),
  AutoScalingGroupInstanceGone: (state, { instanceId, failure, ...id }, { at }) =>
    update(state, id, ({ instances, activities }) => ({
      instances: instances.filter((one) => one.id !== instanceId),
      activities: ended(activities, instanceId, { endedAt: at, ...(failure === undefined ? {} : { failure }) }),
    })),
  AutoScalingGroupRefreshStarted: (state, { refresh, ...id }, { at }) =>
    update(state, id, ({ refreshes = [] }) => ({
      refreshes: [...refreshes, { ...refresh, status: 'InProgress' as const, startedAt: at }].slice(-MOST_REFRESHES),
    })),
  AutoScalingGroupRefreshEnded: (state, { refreshId, status, ...id }, { at }) =>
    update(state, id, ({ refreshes = [], settings }) => {
      const desired = refreshes.find((one) => one.id === refreshId)?.desiredConfiguration;
      return {
        refreshes: refreshes.map((one) => (one.id === refreshId ? { ...one, status, endedAt: at } : one)),
        ...(desired && status === 'Successful' ? { settings: { ...settings, launch: desired } } : {}),
      };
    }),
  AutoScalingGroupLifecycleActionAdvanced: (state, { instanceId, hook, result, ...id }, { at }) =>
    update(state, id, ({ instances }) => {
      const before = instances.find((one) => one.id === instanceId)?.actions ?? [];
      const action = { hook, ...(result === undefined ? { heartbeatAt: at } : { result }) };
      return {
        instances: changed(instances, instanceId, { actions: [...before.filter((one) => one.hook !== hook), action] }),
      };
    }),
  AutoScalingGroupPolicyPut: ({ groupPolicies }, { group, ...data }) =>
    groupPolicies.put(groupPolicyKey({ ...data, name: group }, data.name), { ...data, group }),
  AutoScalingGroupPolicyDeleted: ({ groupPolicies }, { group, ...data }) =>
    groupPolicies.delete(groupPolicyKey({ ...data, name: group }, data.name)),
  AutoScalingGroupScheduledActionPut: ({ groupScheduledActions }, { action, name: group, ...data }, { at }) =>
    groupScheduledActions.put(groupScheduledActionKey({ ...data, name: group }, action), {
      ...data,
      group,
      name: action,
      doneUntil: at,
    }),
  AutoScalingGroupScheduledActionDeleted: ({ groupScheduledActions }, { action, ...group }) =>
    groupScheduledActions.delete(groupScheduledActionKey(group, action)),
  AutoScalingGroupScheduledActionTriggered(state, { action, dueAt, isOver, activity, ...group }, { at }) {
    const key = groupScheduledActionKey(group, action);
    if (isOver) state.groupScheduledActions.delete(key);
    else {
      const known = required(state.groupScheduledActions, key, 'scheduled action');
      state.groupScheduledActions.put(key, { ...known, doneUntil: dueAt });
    }
    if (activity) update(state, group, ({ activities }) => ({ activities: withActivity(activities, { ...activity, at }) }));
  },
  LaunchConfigurationCreated: ({ launchConfigurations }, data, { at }) =>
    launchConfigurations.put(groupKey(data), { ...data, createdAt: at }),
  LaunchConfigurationDeleted: ({ launchConfigurations }, id) => launchConfigurations.delete(groupKey(id)),
};

const withActivity = (activities: readonly GroupActivity[], activity: GroupActivity): readonly GroupActivity[] =>
  [...activities, activity].slice(-MOST_ACTIVITIES);

const changed = (instances: readonly GroupInstance[], id: string, change: Partial<GroupInstance>): readonly GroupInstance[] =>
  instances.map((one) => (one.id === id ? { ...one, ...change } : one));

/** What was under way with the instance is over. */
const ended = (
  activities: readonly GroupActivity[],
  instanceId: string,
  end: Pick<GroupActivity, 'endedAt' | 'failure'>,
): readonly GroupActivity[] =>
  activities.map((one) => (one.instanceId === instanceId && one.endedAt === undefined ? { ...one, ...end } : one));
