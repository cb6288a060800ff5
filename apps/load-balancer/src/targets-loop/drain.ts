import type { Target } from '../domain/model.js';
import { type Registration, registrationOf } from '../proxy/registration.js';
import type { TargetView } from '../proxy/target-view.js';

/**
 * Of one replica. A target that is deregistered may stop when no replica's HAProxy has a request of it any more, or at its deadline, which
 * the writer's clock keeps.
 */
export const idleTargets = (views: readonly TargetView[]): readonly Registration[] =>
  views.filter(({ isIdle }) => isIdle).map(({ registration }) => registration);

/** What each live replica last said is idle. Without a live replica nothing is known, and the deadline decides. */
export function drainedTargets(
  draining: Iterable<Target>,
  replicas: readonly (readonly Registration[])[],
): readonly Registration[] {
  if (replicas.length === 0) return [];
  const idle = replicas.map((registrations) => new Set(registrations.map(registrationKey)));
  const drained: Registration[] = [];
  for (const target of draining) {
    const registration = registrationOf(target);
    const key = registrationKey(registration);
    if (target.drainDeadlineAt !== undefined && idle.every((keys) => keys.has(key))) drained.push(registration);
  }
  return drained;
}

const registrationKey = ({ targetGroupArn, id, port, registeredAt }: Registration): string =>
  `${targetGroupArn} ${id} ${port} ${registeredAt}`;
