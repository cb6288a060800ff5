import { type Scope, scopeKey } from '#lib/kernel';
import { uuid } from '../targets/names.js';
import type { AutoScalingGroup, GroupId, GroupPolicy, GroupScheduledAction, LaunchConfiguration } from './model.js';

/** Of a group, and of a launch configuration. */
export const groupKey = (group: GroupId): string => `${scopeKey(group)}:${group.name}`;

export const groupArn = ({ accountId, region, id, name }: Pick<AutoScalingGroup, keyof GroupId | 'id'>): string =>
  `arn:aws:autoscaling:${region}:${accountId}:autoScalingGroup:${uuid(id)}:autoScalingGroupName/${name}`;

export const launchConfigurationArn = ({
  accountId,
  region,
  id,
  name,
}: Omit<LaunchConfiguration, 'settings' | 'createdAt'>): string =>
  `arn:aws:autoscaling:${region}:${accountId}:launchConfiguration:${uuid(id)}:launchConfigurationName/${name}`;

export const groupPolicyKey = (group: GroupId, policy: string): string => `${groupKey(group)}:${policy}`;

export const groupPolicyArn = ({ accountId, region, id, group, name }: Omit<GroupPolicy, 'settings' | 'alarms'>): string =>
  `arn:aws:autoscaling:${region}:${accountId}:scalingPolicy:${id}:autoScalingGroupName/${group}:policyName/${name}`;

/** The key of the policy whose ARN it seems to be. An alarm's action may carry `:createdBy/…` behind it. */
export function groupPolicyKeyOf(scope: Scope, action: string): string | undefined {
  const found = /^arn:aws:autoscaling:([^:]+):([^:]+):scalingPolicy:[^:]+:autoScalingGroupName\/([^:]+):policyName\/(.+)$/.exec(
    action,
  );
  if (!found || found[1] !== scope.region || found[2] !== scope.accountId) return undefined;
  return groupPolicyKey({ ...scope, name: found[3]! }, found[4]!.replace(/:createdBy\/[0-9a-f-]+$/, ''));
}

export const groupScheduledActionKey = (group: GroupId, action: string): string => `${groupKey(group)}:${action}`;

export const groupScheduledActionArn = ({ accountId, region, id, group, name }: GroupScheduledAction): string =>
  `arn:aws:autoscaling:${region}:${accountId}:scheduledUpdateGroupAction:${id}:autoScalingGroupName/${group}:scheduledActionName/${name}`;
