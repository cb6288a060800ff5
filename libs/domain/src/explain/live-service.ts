import type { Task } from '../model/entities.js';
import type { Deployment, Service } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import { pauseAfterFailureMs } from '../services/circuit-breaker.js';
import type { ServiceCounts } from '../services/service-counts.js';

/** A service that is being kept up: ACTIVE, with a PRIMARY deployment. */
export interface LiveService {
  readonly state: EcsState;
  readonly service: Service;
  readonly counts: ServiceCounts;
  readonly nowMs: number;
}

/** When the deployment may start tasks again after its last failure; it may be long past. */
export const throttledUntil = (service: Service, deployment: Deployment): number | undefined =>
  deployment.lastFailureAt === undefined
    ? undefined
    : Date.parse(deployment.lastFailureAt) + pauseAfterFailureMs(deployment, service.desiredCount);

/** Live tasks that have a place and do not serve yet. */
export const unreadyOf = ({ counts }: LiveService): readonly Task[] =>
  counts.kept.filter((task) => counts.healthOf(task).is !== 'healthy');

export const stoppingOf = ({ counts }: LiveService): readonly Task[] =>
  counts.tasks.filter(({ desiredStatus }) => desiredStatus === 'STOPPED');
