import type { Scope } from '#lib/kernel';
import { checkArn, isOwn } from './arns.js';
import type { Listener, LoadBalancer, Rule, TargetGroup } from './model.js';
import { refusals } from './refusals.js';
import { type LoadBalancingState, nameKey } from './state.js';

/** Things by the ARN that a caller gave; what is another account's is not there. */
export function loadBalancerOf(state: LoadBalancingState, scope: Scope, arn: string): LoadBalancer {
  checkArn('loadbalancer', arn);
  const found = isOwn(arn, scope) ? state.loadBalancers.get(arn) : undefined;
  if (!found) throw refusals.loadBalancerNotFound(arn);
  return found;
}

export function listenerOf(state: LoadBalancingState, scope: Scope, arn: string): Listener {
  checkArn('listener', arn);
  const found = isOwn(arn, scope) ? state.listeners.get(arn) : undefined;
  if (!found) throw refusals.listenerNotFound();
  return found;
}

/** A rule that was made, or the listener whose default rule it is. */
export function ruleOf(state: LoadBalancingState, scope: Scope, arn: string): { rule: Rule } | { defaultOf: Listener } {
  checkArn('listener-rule', arn);
  if (isOwn(arn, scope)) {
    const rule = state.rules.get(arn);
    if (rule) return { rule };
    for (const listener of state.listeners.by('defaultRule', arn)) return { defaultOf: listener };
  }
  throw refusals.ruleNotFound();
}

export function targetGroupOf(state: LoadBalancingState, scope: Scope, arn: string): TargetGroup {
  checkArn('targetgroup', arn);
  const found = isOwn(arn, scope) ? state.targetGroups.get(arn) : undefined;
  if (!found) throw refusals.targetGroupNotFound(arn);
  return found;
}

export function loadBalancerNamed(state: LoadBalancingState, scope: Scope, name: string): LoadBalancer | undefined {
  for (const found of state.loadBalancers.by('name', nameKey(scope, name))) return found;
  return undefined;
}

export function targetGroupNamed(state: LoadBalancingState, scope: Scope, name: string): TargetGroup | undefined {
  for (const found of state.targetGroups.by('name', nameKey(scope, name))) return found;
  return undefined;
}

/** The load balancers with a listener or rule that forwards to the group: ELBv2 allows one. */
export function loadBalancersOf(state: LoadBalancingState, targetGroupArn: string): readonly string[] {
  const arns = new Set<string>();
  for (const { loadBalancerArn } of state.listeners.by('targetGroup', targetGroupArn)) arns.add(loadBalancerArn);
  for (const { loadBalancerArn } of state.rules.by('targetGroup', targetGroupArn)) arns.add(loadBalancerArn);
  return [...arns].sort();
}

export const isInUse = (state: LoadBalancingState, targetGroupArn: string): boolean =>
  state.listeners.countBy('targetGroup', targetGroupArn) > 0 || state.rules.countBy('targetGroup', targetGroupArn) > 0;

/** Every target group that the load balancer's listeners and rules forward to. */
export function targetGroupsBehind(state: LoadBalancingState, loadBalancerArn: string): ReadonlySet<string> {
  const arns = new Set<string>();
  const add = (actions: Listener['defaultActions']) => {
    for (const { ForwardConfig } of actions)
      for (const group of ForwardConfig?.TargetGroups ?? []) arns.add(group.TargetGroupArn);
  };
  for (const listener of state.listeners.by('loadBalancer', loadBalancerArn)) add(listener.defaultActions);
  for (const rule of state.rules.by('loadBalancer', loadBalancerArn)) add(rule.actions);
  return arns;
}
