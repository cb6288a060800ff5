import { type Caller, sameContent, scopeKey } from '#lib/kernel';
import { stepCapacity } from '../../scaling/domain/step-capacity.js';
import { alarmArn } from '../alarm-arn.js';
import { event } from '../events.js';
import { page } from '../pages.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import { alarmKey, type ScalingState } from '../state.js';
import type { StepScaling } from '../targets/model.js';
import { uuid } from '../targets/names.js';
import { knownGroup, limitOf, type PageInput } from './groups.js';
import { groupIdOf } from './instances.js';
import type { GroupPolicy } from './model.js';
import { groupKey, groupPolicyArn, groupPolicyKey, groupPolicyKeyOf } from './names.js';
import { alarmsGone } from './policy-alarms.js';
import { alarmsOfPolicy, cooldownOf, coolsUntilMs, type PolicyInput, policySettings } from './policy-settings.js';
import { groupRefusals as refusals } from './refusals.js';

/** AWS's quota of one group. */
const MOST_POLICIES = 50;

const put: CommandRule<PolicyInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const group = knownGroup(state, context, input.AutoScalingGroupName);
    const { PolicyName: name } = input;
    const known = state.groupPolicies.get(groupPolicyKey(group, name));
    const settings = policySettings(input);
    const isWhole = known?.alarms.every((alarm) => state.alarms.has(alarmKey(group, alarm)));
    if (known && isWhole && sameContent(known.settings, settings)) return [];
    if (!known && state.groupPolicies.countBy('group', groupKey(group)) >= MOST_POLICIES)
      throw refusals.limit(`An Auto Scaling group can have at most ${MOST_POLICIES} scaling policies.`);
    const id = known?.id ?? uuid(context.id('group-policy'));
    const { accountId, region } = group;
    const policy = { accountId, region, group: group.name, name, id };
    const alarms = alarmsOfPolicy(group, settings, groupPolicyArn(policy), (word) => uuid(context.id(word)));
    return [
      ...alarmsGone(state, known),
      event('AutoScalingGroupPolicyPut', { ...policy, settings, alarms: alarms.map((alarm) => alarm.name) }),
      ...alarms.map((alarm) => event('AlarmPut', { accountId, region, ...alarm, tags: {} })),
    ];
  },
  reply(state, { AutoScalingGroupName: name, PolicyName }, _events, { accountId, region }) {
    const policy = state.groupPolicies.get(groupPolicyKey({ accountId, region, name }, PolicyName));
    return policy ? { PolicyARN: groupPolicyArn(policy), Alarms: alarmsOf(state, policy) } : {};
  },
};

interface Named {
  /** Or its ARN, which says the group, too. */
  readonly PolicyName: string;
  readonly AutoScalingGroupName?: string;
}

function knownPolicy(state: ScalingState, { accountId, region }: Caller, input: Named): GroupPolicy {
  const { PolicyName, AutoScalingGroupName: name } = input;
  const byArn = groupPolicyKeyOf({ accountId, region }, PolicyName);
  if (byArn === undefined && name === undefined)
    throw refusals.validation('AutoScalingGroupName is required unless PolicyName is the ARN of a policy.');
  const found = state.groupPolicies.get(byArn ?? groupPolicyKey({ accountId, region, name: name! }, PolicyName));
  if (!found || (name !== undefined && name !== found.group)) throw refusals.noPolicy(PolicyName);
  return found;
}

const remove: CommandRule<Named> = {
  actors: ITSELF,
  decide(state, input, context) {
    const policy = knownPolicy(state, context, input);
    const { accountId, region, group, name } = policy;
    return [event('AutoScalingGroupPolicyDeleted', { accountId, region, group, name }), ...alarmsGone(state, policy)];
  },
  reply: () => ({}),
};

interface ExecuteInput extends Named {
  readonly HonorCooldown?: boolean;
  readonly MetricValue?: number;
  readonly BreachThreshold?: number;
}

const execute: CommandRule<ExecuteInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const policy = knownPolicy(state, context, input);
    const group = knownGroup(state, context, policy.group);
    const { MinSize, MaxSize, DesiredCapacity: from } = group.settings;
    const untilMs = coolsUntilMs(group);
    if (input.HonorCooldown && Date.parse(context.at) < untilMs) throw refusals.coolsDown(new Date(untilMs).toISOString());
    const wanted = stepCapacity(stepsOfPolicy(policy), from, distanceOf(policy, input)) ?? from;
    const to = Math.min(Math.max(wanted, MinSize), MaxSize);
    if (to === from) return [];
    const cause = `a user request executed policy ${policy.name}, changing the desired capacity from ${from} to ${to}`;
    const scaling = { from, to, cause, base: from, policyName: policy.name, cooldownSeconds: cooldownOf(group, policy.settings) };
    return [event('AutoScalingGroupScaled', { ...groupIdOf(group), ...scaling })];
  },
  reply: () => ({}),
};

/** How far the metric is said to be from its threshold; a simple policy asks for none. */
function distanceOf({ settings: { PolicyType } }: GroupPolicy, { MetricValue, BreachThreshold }: ExecuteInput): number {
  if (PolicyType === 'TargetTrackingScaling')
    throw refusals.validation('A policy of the type TargetTrackingScaling cannot be executed: it follows its metric.');
  const isGiven = MetricValue !== undefined || BreachThreshold !== undefined;
  if (PolicyType === 'SimpleScaling') {
    if (isGiven)
      throw refusals.validation('MetricValue and BreachThreshold are not supported for the policy type SimpleScaling.');
    return 0;
  }
  if (MetricValue === undefined || BreachThreshold === undefined)
    throw refusals.validation('MetricValue and BreachThreshold are required for the policy type StepScaling.');
  return MetricValue - BreachThreshold;
}

/** As steps: a simple policy is one, open on both sides. */
export function stepsOfPolicy({ settings }: Pick<GroupPolicy, 'settings'>): StepScaling {
  const { AdjustmentType, MinAdjustmentMagnitude, StepAdjustments, ScalingAdjustment } = settings;
  return {
    AdjustmentType,
    ...(MinAdjustmentMagnitude === undefined ? {} : { MinAdjustmentMagnitude }),
    StepAdjustments: StepAdjustments ?? [{ ScalingAdjustment: ScalingAdjustment! }],
  };
}

/** Of target tracking its own, of the others the user's that name it. */
function alarmsOf(state: ScalingState, policy: GroupPolicy) {
  const arn = groupPolicyArn(policy);
  const names = policy.settings.TargetTrackingConfiguration
    ? policy.alarms
    : [...state.alarms.ordered('scope', scopeKey(policy))].flatMap(({ settings, name }) =>
        settings.alarmActions.includes(arn) ? [name] : [],
      );
  return names.map((name) => ({ AlarmName: name, AlarmARN: alarmArn(policy, name) }));
}

interface DescribeInput extends PageInput {
  readonly AutoScalingGroupName?: string;
  readonly PolicyNames?: readonly string[];
  readonly PolicyTypes?: readonly string[];
}

const describePolicies: QueryRule<DescribeInput> = (state, input, caller) => {
  const { AutoScalingGroupName: group, PolicyNames: names = [], PolicyTypes: types = [] } = input;
  if (group !== undefined) knownGroup(state, caller, group);
  const matching = [...state.groupPolicies.ordered('scope', scopeKey(caller))].filter(
    (policy) =>
      (group === undefined || policy.group === group) &&
      (types.length === 0 || types.includes(policy.settings.PolicyType)) &&
      (names.length === 0 || names.includes(policy.name) || names.includes(groupPolicyArn(policy))),
  );
  const list = JSON.stringify(['policies', group, names, types]);
  const keyOf = (policy: GroupPolicy) => groupPolicyKey({ ...policy, name: policy.group }, policy.name);
  const { items, nextToken } = page(matching, keyOf, { list, limit: limitOf(input), token: input.NextToken });
  return {
    ScalingPolicies: items.map((policy) => ({
      AutoScalingGroupName: policy.group,
      PolicyName: policy.name,
      PolicyARN: groupPolicyArn(policy),
      ...policy.settings,
      Alarms: alarmsOf(state, policy),
    })),
    NextToken: nextToken,
  };
};

export const groupPolicyCommands: CommandRules = {
  PutPolicyOfGroup: put,
  DeletePolicy: remove,
  ExecutePolicy: execute,
};

export const groupPolicyQueries: QueryRules = { DescribePolicies: describePolicies };
