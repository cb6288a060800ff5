import { parseArn, type Scope } from '#lib/kernel';
import type { ListenerArn, LoadBalancerArn, LoadBalancerType, RuleArn, TargetGroupArn } from './model.js';
import { refusals } from './refusals.js';

/** How ARNs name the types. */
const SHORT = { application: 'app', network: 'net' } as const;

const prefix = ({ accountId, region }: Scope, type: string): string =>
  `arn:aws:elasticloadbalancing:${region}:${accountId}:${type}/`;

/** `id`s: 16 hex digits. */
export const loadBalancerArn = (scope: Scope, type: LoadBalancerType, name: string, id: string): LoadBalancerArn =>
  `${prefix(scope, 'loadbalancer')}${SHORT[type]}/${name}/${id}` as LoadBalancerArn;

export const targetGroupArn = (scope: Scope, name: string, id: string): TargetGroupArn =>
  `${prefix(scope, 'targetgroup')}${name}/${id}` as TargetGroupArn;

/** A listener's ARN says whose it is, and a rule's whose listener's. */
export const listenerArn = (loadBalancer: LoadBalancerArn, id: string): ListenerArn =>
  `${loadBalancer.replace(':loadbalancer/', ':listener/')}/${id}` as ListenerArn;

export const ruleArn = (listener: ListenerArn, id: string): RuleArn =>
  `${listener.replace(':listener/', ':listener-rule/')}/${id}` as RuleArn;

export type ResourceKind = 'loadbalancer' | 'listener' | 'listener-rule' | 'targetgroup';

const CALLED: Readonly<Record<ResourceKind, string>> = {
  loadbalancer: 'load balancer',
  listener: 'listener',
  'listener-rule': 'listener rule',
  targetgroup: 'target group',
};

/** Undefined when it is no ARN of this service. */
export function kindOf(arn: string): ResourceKind | undefined {
  const parsed = parseArn(arn);
  return parsed?.service === 'elasticloadbalancing' && Object.hasOwn(CALLED, parsed.resourceType)
    ? (parsed.resourceType as ResourceKind)
    : undefined;
}

/** Refuses what has not the form of such an ARN; whether there is such a thing, and whose it is, is another question. */
export function checkArn(kind: ResourceKind, arn: string): void {
  if (kindOf(arn) !== kind) throw refusals.validation(`'${arn}' is not a valid ${CALLED[kind]} ARN`);
}

export const isOwn = (arn: string, scope: Scope): boolean => {
  const parsed = parseArn(arn);
  return parsed?.accountId === scope.accountId && parsed.region === scope.region;
};
