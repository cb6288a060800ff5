import type { ListenerRuleFacts, TargetGroupFacts } from './facts.js';
import type { NamespaceFacts } from './service-connect.js';
import type { RegistryFacts } from './service-registries.js';

/** A task without a health check is healthy after this long of RUNNING (ECS: 40 s), unless the state store is told otherwise. */
export const DEFAULT_HEALTHY_AFTER_MS = 5_000;

export interface FromStateStore {
  /** The installation's setting; no member of the API. */
  readonly healthyAfterMs?: number;
  /** What the load balancer says of the target groups that the request names; no member of the API. */
  readonly targetGroups?: readonly TargetGroupFacts[];
  /** What Cloud Map says of the registries that the request names; no member of the API. */
  readonly registries?: readonly RegistryFacts[];
  /** And of the namespace of Service Connect, where the request needs its name. */
  readonly namespaces?: readonly NamespaceFacts[];
  /** And of the rules. */
  readonly listenerRules?: readonly ListenerRuleFacts[];
}
