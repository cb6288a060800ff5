import { event, type ScalingEvent } from '../events.js';
import { alarmKey, type ScalingState } from '../state.js';
import type { AutoScalingGroup, GroupPolicy } from './model.js';
import { groupKey } from './names.js';

/** Those that the policy made and nobody has deleted, which go with it. */
export const alarmsGone = (state: ScalingState, policy: GroupPolicy | undefined): readonly ScalingEvent[] =>
  policy
    ? policy.alarms
        .filter((name) => state.alarms.has(alarmKey(policy, name)))
        .map((name) => event('AlarmDeleted', { accountId: policy.accountId, region: policy.region, name }))
    : [];

/** Of a group that goes. */
export const alarmsOfPoliciesGone = (state: ScalingState, group: AutoScalingGroup): readonly ScalingEvent[] =>
  [...state.groupPolicies.by('group', groupKey(group))].flatMap((policy) => alarmsGone(state, policy));
