import type { LoadBalancingState } from '../domain/state.js';
import { targetKey } from '../domain/state.js';
import type { Registration } from '../proxy/registration.js';
import type { TargetView } from '../proxy/target-view.js';

/** As the command RecordTargetHealth takes it. */
export type HealthTransition = Registration & TargetView['health'];

/** Where what is recorded of a target is not what HAProxy sees. Level, not edge: what was not recorded is there the next time. */
export function healthTransitions({ targets }: LoadBalancingState, views: Iterable<TargetView>): readonly HealthTransition[] {
  const transitions: HealthTransition[] = [];
  for (const { registration, health } of views) {
    const known = targets.get(targetKey(registration));
    if (known?.registeredAt !== registration.registeredAt || known.drainDeadlineAt !== undefined) continue;
    const { state, reason, description } = known.health;
    if (state === health.state && reason === health.reason && description === health.description) continue;
    transitions.push({ ...registration, ...health });
  }
  return transitions;
}
