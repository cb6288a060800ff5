import type { LoadBalancerStateCode } from '../domain/model.js';
import type { Frontend, ProxyModel } from './model.js';

/** As the command RecordLoadBalancerStates takes it. */
export interface LoadBalancerReport {
  readonly arn: string;
  readonly code: LoadBalancerStateCode;
  readonly reason?: string;
}

/** What is served of each load balancer: all, some or none of its listeners, and in a sentence why. */
export function loadBalancerReports(
  arns: Iterable<string>,
  { frontends, refused }: ProxyModel,
  unbound: ReadonlyMap<string, string>,
  reasonAgainst: (frontend: Frontend) => string | undefined,
): readonly LoadBalancerReport[] {
  const reasons = new Map<string, string[]>();
  const served = new Set<string>();
  const fault = (arn: string, reason: string) => reasons.set(arn, [...(reasons.get(arn) ?? []), reason]);
  for (const { loadBalancerArn, reason } of refused) fault(loadBalancerArn, reason);
  for (const frontend of frontends.values()) {
    const { loadBalancerArn, endpoints } = frontend;
    const bad = endpoints.filter((endpoint) => unbound.has(endpoint));
    const against = reasonAgainst(frontend);
    if (against !== undefined)
      fault(loadBalancerArn, `HAProxy does not take the listener at ${endpoints.join(', ')}: ${against}.`);
    for (const endpoint of bad) fault(loadBalancerArn, `It cannot listen on ${endpoint}: ${unbound.get(endpoint)}.`);
    if (against === undefined && bad.length < endpoints.length) served.add(loadBalancerArn);
  }
  return [...arns].map((arn) => {
    const against = reasons.get(arn);
    if (!against) return { arn, code: 'active' };
    return { arn, code: served.has(arn) ? 'active_impaired' : 'failed', reason: against.join(' ') };
  });
}
