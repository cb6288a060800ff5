import { deciderOf, type Domain } from '#lib/kernel';
import { certificateQueries } from './certificates/certificate-reads.js';
import { certificateCommands } from './certificates/certificates.js';
import { certificateRequestCommands } from './certificates/requests.js';
import { discoveryCommands, discoveryQueries } from './discovery/discovery.js';
import { explainQueries } from './explain/explain.js';
import { type LoadBalancingEvents, loadBalancingUpcasts } from './events.js';
import { loadBalancingEvolvers } from './evolve.js';
import { checkInvariants } from './invariants.js';
import { describeAccountLimits } from './limits.js';
import { listenerCommands, listenerQueries } from './listeners.js';
import { loadBalancerCommands, loadBalancerQueries } from './load-balancers.js';
import { ruleCommands, ruleQueries } from './rules.js';
import type { CommandRules, QueryRules } from './rule-types.js';
import { describeSslPolicies } from './ssl-policies.js';
import { type LoadBalancingState, newTables } from './state.js';
import { tagCommands, tagQueries } from './tags.js';
import { targetGroupCommands, targetGroupQueries } from './target-groups.js';
import { zoneCommands, zoneQueries } from './zones/route53.js';
import { describeTargetHealth } from './target-health.js';
import { expiredTargets, targetCommands } from './targets.js';

/** Every command of the `load-balancing` journal by name. A name is an API operation's, or the app's own. */
export const loadBalancingCommands: CommandRules = {
  ...loadBalancerCommands,
  ...listenerCommands,
  ...ruleCommands,
  ...targetGroupCommands,
  ...targetCommands,
  ...tagCommands,
  ...discoveryCommands,
  ...certificateCommands,
  ...certificateRequestCommands,
  ...zoneCommands,
};

/** Every read that the state answers, by operation. */
export const loadBalancingQueries: QueryRules = {
  ...loadBalancerQueries,
  ...listenerQueries,
  ...ruleQueries,
  ...targetGroupQueries,
  ...tagQueries,
  ...discoveryQueries,
  ...certificateQueries,
  ...zoneQueries,
  ...explainQueries,
  DescribeTargetHealth: describeTargetHealth,
  DescribeSSLPolicies: describeSslPolicies,
  DescribeAccountLimits: describeAccountLimits,
};

const decider = deciderOf<LoadBalancingState, LoadBalancingEvents>({
  commands: loadBalancingCommands,
  evolvers: loadBalancingEvolvers,
  upcasts: loadBalancingUpcasts,
  invariants: checkInvariants,
});

/** The `load-balancing` journal's rules, whole. */
export const loadBalancing: Domain<LoadBalancingState> = {
  journal: 'load-balancing',
  schemaVersion: 4,
  newTables,
  decider,
  queries: loadBalancingQueries,
  // A task that is to stop waits for its targets to be drained.
  expiryIntervalMs: 500,
  isExpired(state, at) {
    for (const _target of expiredTargets(state, at)) return true;
    return false;
  },
};
