import type { Instant } from '../model/entities.js';
import type { Service } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import { isSaid, messages, replaceFirstAdvice, type ServiceLine } from './messages.js';
import type { ServiceSteps } from './reconcile.js';

/** How many tasks a plan found no place for, and why the closest instance refused. */
export interface Unplaced {
  readonly count: number;
  readonly reason: string;
  /** The same for programs: `RESOURCE:MEMORY`, `AGENT`, … */
  readonly code?: string;
}

/** Why nothing could be placed, unless room is about to come free or it was said already. */
export function complaintOf(
  state: EcsState,
  service: Service,
  steps: ServiceSteps,
  unplaced: Unplaced | undefined,
  at: Instant,
): readonly ServiceLine[] {
  if (!unplaced || !steps.place || steps.stop.length > 0) return [];
  let replacesOthers = false;
  for (const { replica, desiredStatus } of state.tasks.by('service', service.serviceArn)) {
    if (desiredStatus === 'STOPPED') return [];
    if (replica!.deploymentId !== steps.place.deployment.id) replacesOthers = true;
  }
  const advice = replacesOthers && service.schedulingStrategy === 'REPLICA' ? replaceFirstAdvice(service) : '';
  const line = messages.unplaced(service, unplaced.reason + advice, unplaced.code);
  return isSaid(service, line, at) ? [] : [line];
}
