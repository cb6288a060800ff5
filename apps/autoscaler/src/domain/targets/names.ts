import { type Scope, scopeKey } from '#lib/kernel';
import type { ScalableTarget, ScalingPolicy, ScheduledAction, TargetId } from './model.js';

/** The only ones that are served. */
export const NAMESPACE = 'ecs';
export const DIMENSION = 'ecs:service:DesiredCount';

export const targetKey = (target: TargetId): string => `${scopeKey(target)}:${target.resourceId}`;
/** Of a policy or a scheduled action. */
export const ofTarget = (target: TargetId, name: string): string => `${targetKey(target)}:${name}`;

export const clusterOf = ({ resourceId }: Pick<TargetId, 'resourceId'>): string => resourceId.split('/')[1]!;
export const serviceOf = ({ resourceId }: Pick<TargetId, 'resourceId'>): string => resourceId.split('/')[2]!;

/** 32 hex digits, as AWS writes ids of this service. */
export const uuid = (digits: string): string => digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

export const targetArnPrefix = ({ accountId, region }: Scope): string =>
  `arn:aws:application-autoscaling:${region}:${accountId}:scalable-target/`;
export const targetArn = (target: ScalableTarget): string => `${targetArnPrefix(target)}${target.id}`;

const arnOf = (kind: string, { accountId, region, resourceId, id }: TargetId & { readonly id: string }, name: string): string =>
  `arn:aws:autoscaling:${region}:${accountId}:${kind}:${id}:resource/${NAMESPACE}/${resourceId}:${name}`;

export const policyArn = (policy: Pick<ScalingPolicy, keyof TargetId | 'id' | 'name'>): string =>
  arnOf('scalingPolicy', policy, `policyName/${policy.name}`);

export const scheduledActionArn = (action: ScheduledAction): string =>
  arnOf('scheduledAction', action, `scheduledActionName/${action.name}`);

/** The key of the policy whose ARN it seems to be. An alarm's action may carry `:createdBy/…` behind it. */
export function policyKeyOf(scope: Scope, action: string): string | undefined {
  const found =
    /^arn:aws:autoscaling:([^:]+):([^:]+):scalingPolicy:[^:]+:resource\/ecs\/(service\/[^/:]+\/[^/:]+):policyName\/(.+)$/.exec(
      action,
    );
  if (!found || found[1] !== scope.region || found[2] !== scope.accountId) return undefined;
  return ofTarget({ ...scope, resourceId: found[3]! }, found[4]!.replace(/:createdBy\/[0-9a-f-]+$/, ''));
}
