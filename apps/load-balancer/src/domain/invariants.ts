import type { LoadBalancingEvent } from './events.js';
import { type LoadBalancingState, nameKey, priorityKey } from './state.js';

function atMostOne(what: string, count: number): void {
  if (count > 1) throw new Error(`${what}: ${count} of them`);
}

/** After every command, on what its events speak of. */
export function checkInvariants(state: LoadBalancingState, events: readonly LoadBalancingEvent[]): void {
  for (const { type, data } of events) {
    const { arn = '' } = data as { readonly arn?: string };
    if (type === 'LoadBalancerCreated') {
      const { addresses, ...known } = state.loadBalancers.get(arn)!;
      atMostOne(`load balancers at ${addresses.own}`, state.loadBalancers.countBy('address', addresses.own));
      atMostOne(`load balancers named ${known.name}`, state.loadBalancers.countBy('name', nameKey(known, known.name)));
    }
    if (type === 'ListenerCreated' || type === 'ListenerModified') {
      for (const endpoint of state.listeners.get(arn)!.endpoints) {
        atMostOne(`listeners at ${endpoint}`, state.listeners.countBy('endpoint', endpoint));
      }
    }
    if (type === 'RuleCreated') {
      const { listenerArn, priority } = state.rules.get(arn)!;
      atMostOne(`rules of priority ${priority}`, state.rules.countBy('priority', priorityKey(listenerArn, priority)));
    }
    if (type === 'RulePrioritiesSet') {
      for (const { arn: changed } of (data as { readonly priorities: readonly { readonly arn: string }[] }).priorities) {
        const { listenerArn, priority } = state.rules.get(changed)!;
        atMostOne(`rules of priority ${priority}`, state.rules.countBy('priority', priorityKey(listenerArn, priority)));
      }
    }
    if (type === 'TargetGroupCreated') {
      const known = state.targetGroups.get(arn)!;
      atMostOne(`target groups named ${known.name}`, state.targetGroups.countBy('name', nameKey(known, known.name)));
    }
    if (type === 'TargetGroupDeleted' && state.targets.countBy('targetGroup', arn) > 0) {
      throw new Error(`targets of a target group that is gone: ${arn}`);
    }
  }
}
