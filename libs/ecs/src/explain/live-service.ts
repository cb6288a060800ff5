import type { Task } from '../model/task.js';
import { type Deployment, hasTaskSets, type Rollout, type Service } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import type { TaskSet } from '../model/task-sets.js';
import { pauseAfterFailureMs } from '../services/reconcile/circuit-breaker.js';
import { hasScaledUp, isShifting } from '../services/lifecycle/stages.js';
import { countsOf, ownCountsOf, type ServiceCounts } from '../services/reconcile/service-counts.js';
import { taskSetsOf } from '../services/reconcile/task-sets.js';

/** What keeps tasks of a service up: its PRIMARY deployment, or one of its task sets, with what it counts. */
export interface LiveService {
  readonly state: EcsState;
  readonly service: Service;
  readonly rollout: Deployment | TaskSet;
  readonly counts: ServiceCounts;
  readonly nowMs: number;
}

/** One of a service with deployments, one a task set otherwise; none of a service that is INACTIVE. */
export function liveOf(state: EcsState, service: Service, nowMs: number): readonly LiveService[] {
  const beside = hasTaskSets(service) ? undefined : besideAnother(service);
  if (beside) {
    return [{ state, service, rollout: beside, counts: ownCountsOf(state, service, beside, nowMs), nowMs }];
  }
  const rollouts = hasTaskSets(service) ? taskSetsOf(state, service) : service.deployments.slice(0, 1);
  return rollouts.map((rollout) => ({ state, service, rollout, counts: countsOf(state, service, rollout, nowMs), nowMs }));
}

/** While traffic moves two revisions run: the new one once it has scaled up, before that the one that has the traffic. */
function besideAnother({ deployments }: Service): Deployment | undefined {
  const [primary] = deployments;
  if (!primary || !isShifting(primary)) return undefined;
  const isUp = hasScaledUp(primary.lifecycle!) || primary.lifecycle!.isRollback;
  return isUp ? primary : (deployments.find(({ id }) => id === primary.lifecycle!.sourceId) ?? primary);
}

export const isGivenUp = ({ rollout }: LiveService): boolean => 'rolloutState' in rollout && rollout.rolloutState === 'FAILED';

/** When a deployment or task set may start tasks again after its last failure; undefined when it may now. */
export function throttledUntil(rollout: Rollout, desiredCount: number, nowMs: number): number | undefined {
  if (rollout.lastFailureAt === undefined) return undefined;
  const untilMs = Date.parse(rollout.lastFailureAt) + pauseAfterFailureMs(rollout, desiredCount);
  return untilMs > nowMs ? untilMs : undefined;
}

/** Live tasks that have a place and do not serve yet. */
export const unreadyOf = ({ counts }: LiveService): readonly Task[] =>
  counts.kept.filter((task) => counts.healthOf(task).is !== 'healthy');

export const stoppingOf = ({ counts }: LiveService): readonly Task[] =>
  counts.tasks.filter(({ desiredStatus }) => desiredStatus === 'STOPPED');

/** Tasks that are to go and that their protection keeps. */
export const heldOf = ({ counts }: LiveService): readonly Task[] =>
  (counts.excess > 0 ? counts.live : counts.displaced).filter((task) => counts.isProtected(task));
