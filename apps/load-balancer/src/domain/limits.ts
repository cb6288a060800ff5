import { pageOfList, type PageInput } from './pages.js';
import type { QueryRule } from './rule-types.js';

/** The quotas of an account, by ELBv2's names for them. Wider than AWS's first ones: what they protect here is one journal and one host. */
export const LIMITS = {
  'application-load-balancers': 500,
  'network-load-balancers': 500,
  'target-groups': 3000,
  'listeners-per-application-load-balancer': 100,
  'listeners-per-network-load-balancer': 100,
  'rules-per-application-load-balancer': 1000,
  'targets-per-application-load-balancer': 5000,
  'targets-per-network-load-balancer': 5000,
  'target-groups-per-application-load-balancer': 1000,
  'target-groups-per-action-on-application-load-balancer': 5,
  'target-groups-per-action-on-network-load-balancer': 5,
  'condition-values-per-alb-rule': 5,
  'condition-wildcards-per-alb-rule': 5,
  'certificates-per-application-load-balancer': 100,
  'certificates-per-network-load-balancer': 100,
  'targets-per-target-group': 1000,
} as const;

export const describeAccountLimits: QueryRule<PageInput> = (_state, input) => {
  const all = Object.entries(LIMITS).map(([Name, Max]) => ({ Name, Max: String(Max) }));
  const { items, NextMarker } = pageOfList(input, 'account limits', all);
  return { Limits: items, NextMarker };
};
