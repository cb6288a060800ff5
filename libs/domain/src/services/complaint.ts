import type { Instant } from '../model/entities.js';
import type { Service } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import { isSaid, messages, replaceFirstAdvice } from './messages.js';
import type { ServiceSteps } from './reconcile.js';

/** How many tasks a plan found no place for, and why the closest instance refused. */
export interface Unplaced {
  readonly count: number;
  readonly reason: string;
}

/** Why nothing could be placed, unless room is about to come free or it was said already. */
export function complaintOf(
  state: EcsState,
  service: Service,
  steps: ServiceSteps,
  unplaced: Unplaced | undefined,
  at: Instant,
): readonly string[] {
  if (!unplaced || !steps.place || steps.stop.length > 0) return [];
  let replacesOthers = false;
  for (const { replica, desiredStatus } of state.tasks.by('service', service.serviceArn)) {
    if (desiredStatus === 'STOPPED') return [];
    if (replica!.deploymentId !== steps.place.deployment.id) replacesOthers = true;
  }
  const message = messages.unplaced(service, unplaced.reason) + (replacesOthers ? replaceFirstAdvice(service) : '');
  return isSaid(service, message, at) ? [] : [message];
}
