import type { EcsState, Service } from '#lib/ecs/model';
import { type RecordTrafficInput, type RuleWeights, weightsFor, weightsOfSource } from '#lib/ecs/services/lifecycle';
import type { Action } from '../domain/model.js';
import type { LoadBalancingState } from '../domain/state.js';

/** A command that brings a rule, or a listener without rules, to the weights that a deployment wants. */
export interface RuleToModify {
  readonly name: 'ModifyRule' | 'ModifyListener';
  readonly input: object;
}

/** What has to be done for the traffic of a service's deployment. All in place: only to tell. */
export type TrafficDue =
  | { readonly modify: readonly RuleToModify[]; readonly deploymentId: string; readonly shares: RecordTrafficInput['shares'] }
  | { readonly tell: RecordTrafficInput };

/** Undefined: nothing is wanted, or it was told that it is so. What users do to the weights afterwards is theirs. */
export function trafficDue(ecs: EcsState, own: LoadBalancingState, serviceArn: string): TrafficDue | undefined {
  const service = ecs.services.get(serviceArn);
  const [primary] = service?.status === 'ACTIVE' ? service.deployments : [];
  const { shares, shiftedAt } = primary?.lifecycle ?? {};
  if (!service || !primary || !shares || shiftedAt !== undefined) return undefined;
  const told = { serviceArn: service.serviceArn, deploymentId: primary.id, shares };
  const modify: RuleToModify[] = [];
  for (const weights of weightsFor(primary, shares)) {
    const change = changeOf(own, weights, service);
    if (change && 'reason' in change) return { tell: { ...told, reason: change.reason } };
    if (change) modify.push(change);
  }
  for (const weights of weightsOfSource(service)) {
    const change = changeOf(own, weights, service);
    // A rule that is gone sends nothing to anybody.
    if (change && 'name' in change) modify.push(change);
  }
  return modify.length > 0 ? { modify, deploymentId: primary.id, shares } : { tell: told };
}

function changeOf(
  own: LoadBalancingState,
  { ruleArn, groups }: RuleWeights,
  service: Pick<Service, 'accountId' | 'region'>,
): RuleToModify | { readonly reason: string } | undefined {
  const found = actionsOf(own, ruleArn);
  if (!found || found.accountId !== service.accountId || found.region !== service.region) {
    return { reason: `The listener rule ${ruleArn} does not exist.` };
  }
  const { actions, name, key } = found;
  const forward = actions.find(({ Type }) => Type === 'forward');
  if (isSo(forward, groups)) return undefined;
  const TargetGroups = groups.map(({ targetGroupArn: TargetGroupArn, weight: Weight }) => ({ TargetGroupArn, Weight }));
  const stickiness = forward?.ForwardConfig?.TargetGroupStickinessConfig;
  const ForwardConfig = { TargetGroups, ...(stickiness ? { TargetGroupStickinessConfig: stickiness } : {}) };
  const action = { Type: 'forward', ...(forward?.Order === undefined ? {} : { Order: forward.Order }), ForwardConfig };
  return { name, input: { [key]: ruleArn, [name === 'ModifyRule' ? 'Actions' : 'DefaultActions']: [action] } };
}

const isSo = (forward: Action | undefined, groups: RuleWeights['groups']): boolean => {
  const has = forward?.ForwardConfig?.TargetGroups ?? [];
  return (
    has.length === groups.length &&
    groups.every(({ targetGroupArn, weight }) =>
      has.some((one) => one.TargetGroupArn === targetGroupArn && one.Weight === weight),
    )
  );
};

function actionsOf(own: LoadBalancingState, arn: string) {
  const rule = own.rules.get(arn);
  if (rule) return { ...scopeOf(rule), actions: rule.actions, name: 'ModifyRule', key: 'RuleArn' } as const;
  const listener = own.listeners.get(arn);
  if (listener)
    return { ...scopeOf(listener), actions: listener.defaultActions, name: 'ModifyListener', key: 'ListenerArn' } as const;
  for (const found of own.listeners.by('defaultRule', arn)) {
    return { ...scopeOf(found), actions: found.defaultActions, name: 'ModifyRule', key: 'RuleArn' } as const;
  }
  return undefined;
}

const scopeOf = ({ accountId, region }: Pick<Service, 'accountId' | 'region'>) => ({ accountId, region });
