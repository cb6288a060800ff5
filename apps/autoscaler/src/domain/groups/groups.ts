import { type Caller, sameContent, scopeKey } from '#lib/kernel';
import { event, type ScalingEvents } from '../events.js';
import { page } from '../pages.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import type { ScalingState } from '../state.js';
import { uuid } from '../targets/names.js';
import { terminatingAtOnce } from './instances.js';
import { type HookInput, hooksGiven } from './hook-settings.js';
import type { AutoScalingGroup, GroupActivity, GroupSettings } from './model.js';
import { groupArn, groupKey } from './names.js';
import { alarmsOfPoliciesGone } from './policy-alarms.js';
import { groupRefusals as refusals } from './refusals.js';
import {
  changedSettings,
  checkDesired,
  DEFAULT_DISTRIBUTION,
  METRICS_GRANULARITY,
  newSettings,
  refuseWhatIsNotServed,
  type SettingsInput,
} from './settings.js';
import { trafficSourceOf } from './traffic-sources.js';
import { checkTags, type TagInput, tagsGiven, tagView } from './tags.js';

/** AWS: 500 a region. */
const MOST_GROUPS = 500;

interface Named {
  readonly AutoScalingGroupName: string;
}

export function knownGroup(state: ScalingState, { accountId, region }: Caller, name: string): AutoScalingGroup {
  const group = state.autoScalingGroups.get(groupKey({ accountId, region, name }));
  if (!group) throw refusals.noGroup(name);
  return group;
}

/** What the group is to be made of is there; of launch templates the network knows. */
function checkConfiguration(
  state: ScalingState,
  { accountId, region }: Caller,
  { LaunchConfigurationName: name }: SettingsInput,
) {
  if (name !== undefined && !state.launchConfigurations.has(groupKey({ accountId, region, name })))
    throw refusals.noConfigurationFor(name);
}

const idOf = ({ accountId, region, name }: AutoScalingGroup) => ({ accountId, region, name });

type CreateInput = Named &
  SettingsInput &
  Pick<GroupSettings, 'MinSize' | 'MaxSize'> & {
    readonly Tags?: readonly TagInput[];
    readonly LifecycleHookSpecificationList?: readonly HookInput[];
  };

const create: CommandRule<CreateInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { accountId, region } = context;
    const { AutoScalingGroupName: name, Tags = [], LifecycleHookSpecificationList = [] } = input;
    refuseWhatIsNotServed(input);
    // As in its ARN.
    if (name.includes(':')) throw refusals.validation('The name of an Auto Scaling group cannot contain a colon.');
    if (state.autoScalingGroups.has(groupKey({ accountId, region, name }))) throw refusals.alreadyThere(name);
    if (state.autoScalingGroups.countBy('scope', scopeKey(context)) >= MOST_GROUPS)
      throw refusals.limit(`The maximum number of Auto Scaling groups, ${MOST_GROUPS}, has been reached.`);
    const hooks = hooksGiven(LifecycleHookSpecificationList, context.at);
    const made = newSettings(context, input);
    const settings = hooks.length > 0 ? { ...made, LifecycleHooks: hooks } : made;
    checkConfiguration(state, context, input);
    const tags = tagsGiven(Tags);
    checkTags(tags);
    return [event('AutoScalingGroupCreated', { accountId, region, name, id: context.id('auto-scaling-group'), settings, tags })];
  },
  reply: () => ({}),
};

const update: CommandRule<Named & SettingsInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    refuseWhatIsNotServed(input);
    const group = knownGroup(state, context, input.AutoScalingGroupName);
    const settings = changedSettings(group.settings, input);
    checkConfiguration(state, context, input);
    return sameContent(settings, group.settings) ? [] : [event('AutoScalingGroupUpdated', { ...idOf(group), settings })];
  },
  reply: () => ({}),
};

const setDesiredCapacity: CommandRule<Named & Pick<GroupSettings, 'DesiredCapacity'>> = {
  actors: ITSELF,
  decide(state, { AutoScalingGroupName, DesiredCapacity }, context) {
    const group = knownGroup(state, context, AutoScalingGroupName);
    checkDesired(DesiredCapacity, group.settings);
    if (DesiredCapacity === group.settings.DesiredCapacity) return [];
    return [event('AutoScalingGroupUpdated', { ...idOf(group), settings: { ...group.settings, DesiredCapacity } })];
  },
  reply: () => ({}),
};

/** `instances`: how many hosts say that they are in it, which is in the `ecs` journal. */
const remove: CommandRule<Named & { readonly ForceDelete?: boolean; readonly instances: number }> = {
  actors: ITSELF,
  decide(state, { AutoScalingGroupName, ForceDelete = false, instances }, context) {
    const group = knownGroup(state, context, AutoScalingGroupName);
    const own = group.instances.length;
    if (instances + own > 0 && !ForceDelete) throw refusals.inUse();
    if (own === 0) return [event('AutoScalingGroupDeleted', idOf(group)), ...alarmsOfPoliciesGone(state, group)];
    if (group.isDeleting) return [];
    return [
      event('AutoScalingGroupDeletionStarted', idOf(group)),
      ...group.instances.flatMap(({ id }) => terminatingAtOnce(group, id)),
    ];
  },
  reply: () => ({}),
};

interface TerminateInput {
  readonly InstanceId: string;
  readonly ShouldDecrementDesiredCapacity: boolean;
  /** Which group the instance says that it is in, as ECS has it. */
  readonly group: string;
  /** It has left its cluster. */
  readonly isGone: boolean;
  /** Of the container instance: 32 hex digits. */
  readonly instanceId?: string;
}

const terminateInstance: CommandRule<TerminateInput> = {
  actors: ITSELF,
  decide(state, { InstanceId, ShouldDecrementDesiredCapacity, group: name, isGone, instanceId }, context) {
    if (isGone) throw refusals.noInstance(InstanceId);
    const group = knownGroup(state, context, name);
    const { MinSize, DesiredCapacity } = group.settings;
    if (ShouldDecrementDesiredCapacity && DesiredCapacity <= MinSize) {
      throw refusals.validation(
        `Currently, desiredSize equals minSize (${MinSize}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
      );
    }
    const desiredCapacity = ShouldDecrementDesiredCapacity ? DesiredCapacity - 1 : DesiredCapacity;
    const shrinking = ShouldDecrementDesiredCapacity
      ? `, shrinking the capacity from ${DesiredCapacity} to ${desiredCapacity}`
      : '';
    const activity = {
      id: context.id('activity'),
      description: `Terminating EC2 instance: ${InstanceId}`,
      cause: `At ${context.at} instance ${InstanceId} was taken out of service in response to a user request${shrinking}.`,
    };
    return [
      event('AutoScalingGroupInstanceTerminated', { ...idOf(group), activity, desiredCapacity }),
      ...terminatingAtOnce(group, instanceId),
    ];
  },
  reply: (state, { group }, events, caller) => {
    const { activity } = events[0]!.data as ScalingEvents['AutoScalingGroupInstanceTerminated'];
    const known = knownGroup(state, caller, group);
    const recorded = known.activities.find(({ id }) => id === activity.id);
    return recorded ? { Activity: activityView(known, recorded) } : {};
  },
};

const activityView = (group: AutoScalingGroup, activity: GroupActivity) => {
  const { id, description, cause, at, instanceId, failure, endedAt = instanceId === undefined ? at : undefined } = activity;
  return {
    ActivityId: uuid(id),
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: groupArn(group),
    Description: description,
    Cause: cause,
    StartTime: at,
    ...(endedAt === undefined ? {} : { EndTime: endedAt }),
    StatusCode: failure !== undefined ? 'Failed' : endedAt === undefined ? 'InProgress' : 'Successful',
    ...(failure === undefined ? {} : { StatusMessage: failure }),
    Progress: endedAt === undefined ? 50 : 100,
  };
};

const view = (group: AutoScalingGroup) => {
  const {
    launch,
    EnabledMetrics = [],
    SuspendedProcesses = [],
    TargetGroupARNs = [],
    LifecycleHooks: _hooks,
    ...settings
  } = group.settings;
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: groupArn(group),
    ...settings,
    ...launch,
    ...(group.isDeleting ? { Status: 'Delete in progress' } : {}),
    CreatedTime: group.createdAt,
    AvailabilityZoneDistribution: DEFAULT_DISTRIBUTION,
    LoadBalancerNames: [],
    TargetGroupARNs,
    TrafficSources: TargetGroupARNs.map(trafficSourceOf),
    SuspendedProcesses: SuspendedProcesses.map(({ name, at }) => ({
      ProcessName: name,
      SuspensionReason: `User suspended at ${at}`,
    })),
    EnabledMetrics: EnabledMetrics.map((Metric) => ({ Metric, Granularity: METRICS_GRANULARITY })),
    Tags: group.tags.map((tag) => tagView(group, tag)),
    Instances: [],
  };
};

interface Filter {
  readonly Name?: string;
  readonly Values?: readonly string[];
}

function matches({ tags }: AutoScalingGroup, { Name = '', Values = [] }: Filter): boolean {
  if (Name === 'tag-key') return tags.some(({ key }) => Values.includes(key));
  if (Name === 'tag-value') return tags.some(({ value }) => Values.includes(value));
  if (Name.startsWith('tag:')) return tags.some(({ key, value }) => key === Name.slice(4) && Values.includes(value));
  throw refusals.validation(`Filter type ${Name} is not correct. Allowed Filter types are: tag-key tag-value tag:<key>`);
}

export interface PageInput {
  readonly MaxRecords?: number;
  readonly NextToken?: string;
}

export function limitOf({ MaxRecords = 50 }: PageInput): number {
  if (MaxRecords < 1 || MaxRecords > 100) throw refusals.validation('MaxRecords must be between 1 and 100.');
  return MaxRecords;
}

interface DescribeInput extends PageInput {
  readonly AutoScalingGroupNames?: readonly string[];
  readonly Filters?: readonly Filter[];
}

const describeGroups: QueryRule<DescribeInput> = (state, input, caller) => {
  const { AutoScalingGroupNames: names = [], Filters = [] } = input;
  const all = state.autoScalingGroups.ordered('scope', scopeKey(caller));
  const matching = [...all].filter(
    (group) => (names.length === 0 || names.includes(group.name)) && Filters.every((filter) => matches(group, filter)),
  );
  const list = JSON.stringify(['groups', names, Filters]);
  const { items, nextToken } = page(matching, ({ name }) => name, { list, limit: limitOf(input), token: input.NextToken });
  return { AutoScalingGroups: items.map(view), NextToken: nextToken };
};

interface ActivitiesInput extends PageInput {
  readonly AutoScalingGroupName?: string;
  readonly ActivityIds?: readonly string[];
}

/** Newest first. */
const describeActivities: QueryRule<ActivitiesInput> = (state, input, caller) => {
  const { AutoScalingGroupName: name, ActivityIds = [] } = input;
  const groups =
    name === undefined ? [...state.autoScalingGroups.by('scope', scopeKey(caller))] : [knownGroup(state, caller, name)];
  const all = groups
    .flatMap((group) => group.activities.map((activity) => activityView(group, activity)))
    .filter(({ ActivityId }) => ActivityIds.length === 0 || ActivityIds.includes(ActivityId))
    .sort((a, b) => (a.StartTime < b.StartTime ? 1 : a.StartTime > b.StartTime ? -1 : 0));
  const numbered = all.map((activity, i) => ({ activity, number: String(i).padStart(9, '0') }));
  const list = JSON.stringify(['activities', name, ActivityIds]);
  const { items, nextToken } = page(numbered, ({ number }) => number, { list, limit: limitOf(input), token: input.NextToken });
  return { Activities: items.map(({ activity }) => activity), NextToken: nextToken };
};

export const groupCommands: CommandRules = {
  CreateAutoScalingGroup: create,
  UpdateAutoScalingGroup: update,
  DeleteAutoScalingGroup: remove,
  SetDesiredCapacity: setDesiredCapacity,
  TerminateInstanceInAutoScalingGroup: terminateInstance,
};

export const groupQueries: QueryRules = {
  DescribeAutoScalingGroups: describeGroups,
  DescribeActivitiesOfGroups: describeActivities,
};
