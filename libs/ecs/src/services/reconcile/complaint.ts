import type { Instant } from '../../model/common.js';
import { hasTaskSets, type Service } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import { isShifting } from '../lifecycle/stages.js';
import type { ServiceSteps } from './converge.js';
import { subjectOf } from '../../tasks/service-lines.js';
import { isSaid, messages, replaceFirstAdvice, type ServiceLine } from './messages.js';

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
  { deploymentId, unplaced }: { readonly deploymentId?: string; readonly unplaced?: Unplaced },
  at: Instant,
): readonly ServiceLine[] {
  const place = steps.place.find(({ deployment }) => deployment.id === deploymentId);
  if (!unplaced || !place || steps.stop.length > 0) return [];
  let replacesOthers = false;
  const isBeside = service.deployments[0] !== undefined && isShifting(service.deployments[0]);
  for (const { replica, desiredStatus } of state.tasks.by('service', service.serviceArn)) {
    if (desiredStatus === 'STOPPED') return [];
    if (replica!.deploymentId !== deploymentId && !hasTaskSets(service) && !isBeside) replacesOthers = true;
  }
  const advice = replacesOthers && service.schedulingStrategy === 'REPLICA' ? replaceFirstAdvice(service) : '';
  const subject = subjectOf(service, place.deployment);
  const line = messages.unplaced(subject, unplaced.reason + advice, unplaced.code);
  return isSaid(subject, line, at, place.deployment.createdAt) ? [] : [line];
}
