import type { Target } from '../domain/model.js';
import { type Registration, registrationOf } from '../proxy/registration.js';
import type { TargetView } from '../proxy/target-view.js';

/**
 * A target that is deregistered may stop when no replica's HAProxy has a request of it any more, or at its deadline, which the writer's
 * clock keeps. A request that was sent in the instant of the drain is counted by HAProxy a moment later, so idle is who was seen idle
 * twice, and not offered anything in between.
 */
export class IdleTargets {
  private seen = new Set<string>();
  private idle: readonly Registration[] = [];

  /** Of one replica. `views` are read anew each time. */
  observe(views: Iterable<TargetView>): readonly Registration[] {
    const now = new Map<string, Registration>();
    for (const { registration, draining, isOffered, sessions } of views) {
      if (draining && !isOffered && sessions === 0) now.set(registrationKey(registration), registration);
    }
    this.idle = [...now].filter(([key]) => this.seen.has(key)).map(([, registration]) => registration);
    this.seen = new Set(now.keys());
    return this.idle;
  }
}

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
