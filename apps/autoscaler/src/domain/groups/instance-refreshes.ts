import { scopeKey } from '#lib/kernel';
import { event } from '../events.js';
import { page } from '../pages.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import { uuid } from '../targets/names.js';
import { knownGroup, limitOf, type PageInput } from './groups.js';
import { groupIdOf } from './instances.js';
import type { AutoScalingGroup, GroupId, InstanceRefresh, Launch, RefreshPreferences } from './model.js';
import { groupKey } from './names.js';
import { groupRefusals as refusals } from './refusals.js';
import { launchOf, type SettingsInput } from './settings.js';

interface Named {
  readonly AutoScalingGroupName: string;
}

interface StartInput extends Named {
  readonly Strategy?: string;
  readonly DesiredConfiguration?: Pick<SettingsInput, 'LaunchTemplate' | 'MixedInstancesPolicy'>;
  readonly Preferences?: Partial<RefreshPreferences>;
}

/** Where neither the request nor the group says something: https://docs.aws.amazon.com/autoscaling/ec2/userguide/understand-instance-refresh-default-values.html */
const DEFAULTS = { MinHealthyPercentage: 90, MaxHealthyPercentage: 100 };

export const refreshUnderWay = ({ refreshes = [] }: Pick<AutoScalingGroup, 'refreshes'>): InstanceRefresh | undefined =>
  refreshes.find(({ status }) => status === 'InProgress');

function preferencesOf({ settings }: AutoScalingGroup, given: Partial<RefreshPreferences> = {}): RefreshPreferences {
  const preferences = { ...DEFAULTS, ...settings.InstanceMaintenancePolicy, ...given };
  const { MinHealthyPercentage: least, MaxHealthyPercentage: most } = preferences;
  if (least < 0 || least > 100) throw refusals.validation('MinHealthyPercentage must be between 0 and 100.');
  if (most < 100 || most > 200) throw refusals.validation('MaxHealthyPercentage must be between 100 and 200.');
  if (most - least > 100)
    throw refusals.validation('The difference between MaxHealthyPercentage and MinHealthyPercentage cannot be greater than 100.');
  return preferences;
}

const start: CommandRule<StartInput> = {
  actors: ITSELF,
  decide(state, { AutoScalingGroupName, Strategy = 'Rolling', DesiredConfiguration = {}, Preferences }, context) {
    const group = knownGroup(state, context, AutoScalingGroupName);
    if (Strategy !== 'Rolling')
      throw refusals.validation(`Longshore replaces hosts as a whole: Strategy must be Rolling, not ${Strategy}.`);
    if (refreshUnderWay(group)) throw refusals.refreshUnderWay();
    const desired: Launch | undefined = launchOf(DesiredConfiguration);
    if (Preferences?.['AutoRollback'] === true && !desired)
      throw refusals.validation(
        'The AutoRollback parameter cannot be set to true when the DesiredConfiguration parameter is empty.',
      );
    const refresh = {
      id: context.id('instance-refresh'),
      instanceIds: group.instances.filter((one) => one.state !== 'terminating').map(({ id }) => id),
      preferences: preferencesOf(group, Preferences),
      ...(desired ? { desiredConfiguration: desired } : {}),
    };
    return [event('AutoScalingGroupRefreshStarted', { ...groupIdOf(group), refresh })];
  },
  reply: (state, { AutoScalingGroupName }, _events, caller) => ({
    InstanceRefreshId: uuid(knownGroup(state, caller, AutoScalingGroupName).refreshes!.at(-1)!.id),
  }),
};

const cancel: CommandRule<Named> = {
  actors: ITSELF,
  decide(state, { AutoScalingGroupName }, context) {
    const group = knownGroup(state, context, AutoScalingGroupName);
    const refresh = refreshUnderWay(group);
    if (!refresh) throw refusals.noRefresh(group.name);
    return [event('AutoScalingGroupRefreshEnded', { ...groupIdOf(group), refreshId: refresh.id, status: 'Cancelled' })];
  },
  reply: (state, { AutoScalingGroupName }, _events, caller) => ({
    InstanceRefreshId: uuid(knownGroup(state, caller, AutoScalingGroupName).refreshes!.at(-1)!.id),
  }),
};

/** Those whose hosts are all replaced. */
const finish: CommandRule<{ readonly refreshes: readonly (GroupId & { readonly refreshId: string })[] }> = {
  actors: ITSELF,
  decide: (state, { refreshes }) =>
    refreshes.flatMap(({ refreshId, ...id }) => {
      const group = state.autoScalingGroups.get(groupKey(id));
      if (!group || refreshUnderWay(group)?.id !== refreshId) return [];
      return [event('AutoScalingGroupRefreshEnded', { ...groupIdOf(group), refreshId, status: 'Successful' })];
    }),
  reply: () => ({}),
};

function view(group: AutoScalingGroup, refresh: InstanceRefresh) {
  const { id, instanceIds, preferences, desiredConfiguration, status, startedAt, endedAt } = refresh;
  const left = instanceIds.filter((one) => group.instances.some((instance) => instance.id === one)).length;
  const isDone = status === 'Successful' || instanceIds.length === 0;
  return {
    InstanceRefreshId: uuid(id),
    AutoScalingGroupName: group.name,
    Strategy: 'Rolling',
    Status: status,
    StartTime: startedAt,
    ...(endedAt === undefined ? {} : { EndTime: endedAt }),
    PercentageComplete: isDone ? 100 : Math.floor(((instanceIds.length - left) * 100) / instanceIds.length),
    InstancesToUpdate: isDone ? 0 : left,
    Preferences: preferences,
    ...(desiredConfiguration ? { DesiredConfiguration: desiredConfiguration } : {}),
  };
}

interface DescribeInput extends Named, PageInput {
  readonly InstanceRefreshIds?: readonly string[];
}

/** Newest first. */
const describeRefreshes: QueryRule<DescribeInput> = (state, input, caller) => {
  const { InstanceRefreshIds: ids = [] } = input;
  const group = knownGroup(state, caller, input.AutoScalingGroupName);
  const all = (group.refreshes ?? []).toReversed().map((refresh, i) => ({ ...view(group, refresh), number: String(i) }));
  const wanted = all.filter(({ InstanceRefreshId }) => ids.length === 0 || ids.includes(InstanceRefreshId));
  const list = JSON.stringify(['refreshes', scopeKey(caller), group.name, ids]);
  const { items, nextToken } = page(wanted, ({ number }) => number, { list, limit: limitOf(input), token: input.NextToken });
  return { InstanceRefreshes: items.map(({ number: _number, ...one }) => one), NextToken: nextToken };
};

export const instanceRefreshCommands: CommandRules = {
  StartInstanceRefresh: start,
  CancelInstanceRefresh: cancel,
  FinishInstanceRefreshes: finish,
};

export const instanceRefreshQueries: QueryRules = { DescribeInstanceRefreshes: describeRefreshes };
