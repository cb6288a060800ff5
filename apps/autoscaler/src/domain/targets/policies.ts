import { sameContent, scopeKey } from '#lib/kernel';
import { alarmArn } from '../alarm-arn.js';
import { event, type ScalingEvent } from '../events.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import { alarmKey, type ScalingState } from '../state.js';
import { type ListInput, namesTarget, pageFor, type TargetInput, targetOf } from './input.js';
import type { PolicySettings, ScalingPolicy, StepScaling, TargetId, TargetTracking } from './model.js';
import { ofTarget, policyArn, targetKey, uuid } from './names.js';
import { targetRefusals as refusals } from './refusals.js';
import { checkSteps } from './step-settings.js';
import { knownTarget } from './targets.js';
import { trackingAlarms } from './tracking-alarms.js';
import { trackedMetric } from './tracking-metric.js';

/** AWS's quota of one target. */
const MOST_POLICIES = 50;

interface PutInput extends TargetInput {
  readonly PolicyName: string;
  readonly PolicyType?: string;
  readonly StepScalingPolicyConfiguration?: StepScaling;
  readonly TargetTrackingScalingPolicyConfiguration?: TargetTracking;
  readonly PredictiveScalingPolicyConfiguration?: object;
}

function settingsOf(id: TargetId, input: PutInput, known: ScalingPolicy | undefined): PolicySettings {
  const { StepScalingPolicyConfiguration: stepScaling, TargetTrackingScalingPolicyConfiguration: targetTracking } = input;
  const type = input.PolicyType ?? (known ? typeOf(known) : 'StepScaling');
  if (type === 'PredictiveScaling' || input.PredictiveScalingPolicyConfiguration)
    throw refusals.validation('Longshore forecasts nothing: use TargetTrackingScaling, StepScaling or scheduled actions.');
  if (known && type !== typeOf(known))
    throw refusals.validation(
      `The policy ${known.name} is of the type ${typeOf(known)}, which cannot be changed. Delete it first.`,
    );
  if (stepScaling && targetTracking)
    throw refusals.validation(
      'Only one of StepScalingPolicyConfiguration and TargetTrackingScalingPolicyConfiguration is allowed.',
    );
  if (type === 'TargetTrackingScaling') {
    if (!targetTracking)
      throw refusals.validation('TargetTrackingScalingPolicyConfiguration must be specified for a TargetTrackingScaling policy.');
    checkTracking(id, targetTracking);
    return { targetTracking };
  }
  if (!stepScaling) throw refusals.validation('StepScalingPolicyConfiguration must be specified for a StepScaling policy.');
  checkSteps(stepScaling);
  return { stepScaling };
}

function checkTracking(id: TargetId, settings: TargetTracking): void {
  const { TargetValue, ScaleInCooldown = 0, ScaleOutCooldown = 0 } = settings;
  // CloudWatch's limits, and there is nothing to scale for at 0.
  if (!(TargetValue >= 8.51592e-109 && TargetValue <= 1.174271e108))
    throw refusals.validation('TargetValue must be between 8.515920e-109 and 1.174271e+108.');
  if (ScaleInCooldown < 0 || ScaleOutCooldown < 0) throw refusals.validation('A cooldown must be 0 or more.');
  trackedMetric(id, settings);
}

const typeOf = ({ settings }: ScalingPolicy): string => (settings.targetTracking ? 'TargetTrackingScaling' : 'StepScaling');

const putScalingPolicy: CommandRule<PutInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const target = targetOf(context, input);
    knownTarget(state, target);
    const name = input.PolicyName;
    if (name.includes('|')) throw refusals.validation('PolicyName must not contain "|".');
    const known = state.scalingPolicies.get(ofTarget(target, name));
    const settings = settingsOf(target, input, known);
    const isWhole = known?.alarms.every((alarm) => state.alarms.has(alarmKey(target, alarm)));
    if (known && isWhole && sameContent(known.settings, settings)) return [];
    const ofOthers = [...state.scalingPolicies.by('target', targetKey(target))].filter((policy) => policy !== known);
    if (ofOthers.length >= MOST_POLICIES)
      throw refusals.limit(`A scalable target can have at most ${MOST_POLICIES} scaling policies.`);
    const id = known?.id ?? uuid(context.id('scaling-policy'));
    const { targetTracking } = settings;
    const alarms = targetTracking
      ? trackingAlarms(target, targetTracking, policyArn({ ...target, name, id }), (word) => uuid(context.id(word)))
      : [];
    return [
      ...alarmsDeleted(state, target, known?.alarms ?? []),
      event('ScalingPolicyPut', { ...target, name, id, settings, alarms: alarms.map((alarm) => alarm.name) }),
      ...alarms.map((alarm) => event('AlarmPut', { accountId: target.accountId, region: target.region, ...alarm, tags: {} })),
    ];
  },
  reply(state, input, _events, caller) {
    const policy = state.scalingPolicies.get(ofTarget(targetOf(caller, input), input.PolicyName));
    return policy ? { PolicyARN: policyArn(policy), Alarms: alarmsOf(state, policy) } : {};
  },
};

const alarmsDeleted = (state: ScalingState, target: TargetId, names: readonly string[]): readonly ScalingEvent[] =>
  names
    .filter((name) => state.alarms.has(alarmKey(target, name)))
    .map((name) => event('AlarmDeleted', { accountId: target.accountId, region: target.region, name }));

const alarmsOf = (state: ScalingState, policy: ScalingPolicy) => {
  const arn = policyArn(policy);
  // Alarms of step scaling are the user's.
  const names = policy.settings.targetTracking
    ? policy.alarms
    : [...state.alarms.ordered('scope', scopeKey(policy))]
        .filter(({ settings }) => settings.alarmActions.includes(arn))
        .map((alarm) => alarm.name);
  return names.map((name) => ({ AlarmName: name, AlarmARN: alarmArn(policy, name) }));
};

const deleteScalingPolicy: CommandRule<TargetInput & { readonly PolicyName: string }> = {
  actors: ITSELF,
  decide(state, input, context) {
    const target = targetOf(context, input);
    const name = input.PolicyName;
    const policy = state.scalingPolicies.get(ofTarget(target, name));
    if (!policy) throw refusals.noPolicy(target.resourceId, name);
    return [event('ScalingPolicyDeleted', { ...target, name }), ...alarmsDeleted(state, target, policy.alarms)];
  },
  reply: () => ({}),
};

const describeScalingPolicies: QueryRule<ListInput & { readonly PolicyNames?: readonly string[] }> = (state, input, caller) => {
  const wanted = input.PolicyNames && input.PolicyNames.length > 0 ? new Set(input.PolicyNames) : undefined;
  const all = [...state.scalingPolicies.ordered('scope', scopeKey(caller))].filter(({ name }) => wanted?.has(name) ?? true);
  const { items, nextToken } = pageFor(all, (policy) => ofTarget(policy, policy.name), input, [input.PolicyNames]);
  return {
    ScalingPolicies: items.map((policy) => ({
      PolicyARN: policyArn(policy),
      PolicyName: policy.name,
      ...namesTarget(policy),
      PolicyType: typeOf(policy),
      StepScalingPolicyConfiguration: policy.settings.stepScaling,
      TargetTrackingScalingPolicyConfiguration: policy.settings.targetTracking && {
        DisableScaleIn: false,
        ...policy.settings.targetTracking,
      },
      Alarms: alarmsOf(state, policy),
      CreationTime: policy.createdAt,
    })),
    NextToken: nextToken,
  };
};

export const policyCommands: CommandRules = {
  PutScalingPolicy: putScalingPolicy,
  DeleteScalingPolicy: deleteScalingPolicy,
};

export const policyQueries: QueryRules = { DescribeScalingPolicies: describeScalingPolicies };
