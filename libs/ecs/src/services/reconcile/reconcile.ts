import { type EcsEvent, event } from '../../model/events.js';
import { type Deployment, hasTaskSets, type Service } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import { alarmsAgainst } from '../lifecycle/deployment-alarms.js';
import { configurationOf, isInForce, isShifting, lastsUntilMs } from '../lifecycle/stages.js';
import { hasTripped } from './circuit-breaker.js';
import {
  converge,
  freeNumbers,
  MOST_PER_STEP,
  NOTHING,
  type ReconcileMoment,
  resetFailures,
  type ServiceSteps,
  throttle,
  waitUntil,
} from './converge.js';
import { goBack } from './go-back.js';
import { messages } from './messages.js';
import { rebalancingMoves } from './rebalance.js';
import { balancedLine } from './rebalance-messages.js';
import { reconcileTaskSets } from './reconcile-task-sets.js';
import { countsOf, type ServiceCounts } from './service-counts.js';
import { reconcileShift } from './shift.js';
import { taskSetsOf } from './task-sets.js';
import type { TasksToPlace } from './tasks-to-place.js';

/**
 * Wanted against live, whatever happened before: level-based, pure, and run twice: by the scheduler, which plans on its fold, and
 * by the writer, which does only what it finds itself on the state as it is there. A second pass on the result is empty.
 */
export function reconcile(state: EcsState, service: Service, moment: ReconcileMoment): ServiceSteps {
  if (service.status === 'INACTIVE') return NOTHING;
  if (service.status === 'DRAINING') return drain(state, service);
  if (hasTaskSets(service)) return reconcileTaskSets(state, service, moment);
  const primary = service.deployments[0];
  if (!primary) return NOTHING;
  const counts = countsOf(state, service, primary, moment.nowMs);
  const { deploymentCircuitBreaker: breaker } = service.deploymentConfiguration;
  const reset = resetFailures(service, counts);
  if (reset.length > 0) return { ...NOTHING, transitions: reset };
  if (hasTripped(breaker, primary, counts.desiredCount) && !isCleaningUp(primary)) {
    return failBy(service, primary, brokenBy(service));
  }
  const against = isCleaningUp(primary) ? [] : alarmsAgainst(state, primary);
  if (against.length > 0) return failBy(service, primary, alarmed(state, service, primary, against));
  if (isShifting(primary)) return reconcileShift(state, service, primary, moment);
  return rollOut(state, service, primary, counts, moment);
}

/** What the traffic was taken from is on its way out: there is no way back any more. */
const isCleaningUp = ({ lifecycle }: Deployment): boolean => lifecycle?.stage === 'CLEAN_UP';

function drain(state: EcsState, service: Service): ServiceSteps {
  const { serviceArn } = service;
  const tasks = [...state.tasks.by('service', serviceArn)];
  if (tasks.length === 0) {
    const taskSets = taskSetsOf(state, service).map(({ taskSetArn }) => event('TaskSetDrained', { serviceArn, taskSetArn }));
    return { ...NOTHING, transitions: [...taskSets, event('ServiceDrained', { serviceArn })] };
  }
  const live = tasks.filter(({ desiredStatus }) => desiredStatus === 'RUNNING').slice(0, MOST_PER_STEP);
  return { ...NOTHING, stop: live.map((task) => ({ task, why: 'scaling' })) };
}

/** Why a deployment fails, in the words of ECS's `rolloutStateReason` and of its events. */
interface Failure {
  readonly rollsBack: boolean;
  /** What found it: "ECS deployment circuit breaker". */
  readonly by: string;
  readonly reason: string;
}

const brokenBy = ({ deploymentConfiguration: { deploymentCircuitBreaker } }: Service): Failure => ({
  rollsBack: deploymentCircuitBreaker.rollback,
  by: 'ECS deployment circuit breaker',
  reason: 'tasks failed to start.',
});

const alarmed = (state: EcsState, service: Service, primary: Deployment, names: readonly string[]): Failure => ({
  rollsBack: configurationOf(state, service, primary).alarms!.rollback,
  by: 'ECS deployment alarms',
  reason: `alarm detected: ${names.join(', ')}.`,
});

function failBy(service: Service, primary: Deployment, { rollsBack, by, reason }: Failure): ServiceSteps {
  const { lastCompletedDeploymentId: last } = service;
  const { id } = primary;
  const canRollBack = last !== undefined && last !== id && service.deployments.some((deployment) => deployment.id === last);
  const said = messages.failedBecause(service, id, reason);
  if (rollsBack && canRollBack) {
    const steps = goBack(service, primary, `${by}: rolling back to deploymentId ${last}.`);
    return { ...steps, messages: [said, messages.rollingBack(service, last)] };
  }
  const failed = event('DeploymentFailed', { serviceArn: service.serviceArn, deploymentId: id, reason: `${by}: ${reason}` });
  return { ...NOTHING, transitions: [failed], messages: [said] };
}

function rollOut(
  state: EcsState,
  service: Service,
  primary: Deployment,
  counts: ServiceCounts,
  moment: ReconcileMoment,
): ServiceSteps {
  const { isDone: isAsItShould, ...steps } = converge(state, service, counts, moment, primary.rolloutState === 'FAILED');
  // Back from a deployment that had moved traffic, it completes with the traffic, not before.
  const isDone = isAsItShould && (primary.rolloutState !== 'IN_PROGRESS' || isInForce(primary));
  const moves = isDone && primary.rolloutState === 'COMPLETED' ? rebalance(state, service, counts, moment) : [];
  if (moves.length > 0) return { ...steps, transitions: [], place: moves };
  const bake = isDone ? bakeOf(state, service, primary, moment.nowMs) : undefined;
  if (bake) return { ...steps, ...bake, messages: [...steps.messages, ...bake.messages] };
  const finish = isDone ? finishing(state, service, primary, counts) : NOTHING;
  return {
    ...steps,
    transitions: [...ended(service, primary, counts, isDone), ...finish.transitions],
    messages: [...steps.messages, ...finish.messages],
  };
}

/** A rolling update whose tasks all run completes when its bake time is over; a rollback has none. Undefined: it is. */
function bakeOf(state: EcsState, service: Service, primary: Deployment, nowMs: number): ServiceSteps | undefined {
  const { lifecycle, rolloutState, id: deploymentId, serviceDeploymentArn } = primary;
  const configuration = configurationOf(state, service, primary);
  const isRollback = state.serviceDeployments.get(serviceDeploymentArn)?.rollback !== undefined;
  const bakes = configuration.strategy === 'ROLLING' && configuration.bakeTimeInMinutes > 0;
  if (!bakes || isRollback || rolloutState !== 'IN_PROGRESS') return undefined;
  if (lifecycle?.stage !== 'BAKE_TIME') {
    const { serviceArn } = service;
    const reached = event('DeploymentStageReached', { serviceArn, deploymentId, stage: 'BAKE_TIME' });
    return { ...NOTHING, transitions: [reached], messages: [messages.stageReached(service, deploymentId, 'BAKE_TIME')] };
  }
  const untilMs = lastsUntilMs(lifecycle, configuration);
  return nowMs < untilMs ? waitUntil(untilMs) : undefined;
}

/** A failure is no time to move what runs well. */
const CALM_AFTER_FAILURE_MS = 5 * 60 * 1000;

function rebalance(state: EcsState, service: Service, counts: ServiceCounts, { nowMs }: ReconcileMoment): TasksToPlace[] {
  const { rollout, most, live } = counts;
  const failedMs = rollout.lastFailureAt === undefined ? -Infinity : Date.parse(rollout.lastFailureAt);
  if (nowMs < failedMs + CALM_AFTER_FAILURE_MS || throttle(rollout, counts.desiredCount, nowMs) !== undefined) return [];
  const moves = rebalancingMoves(state, service, counts, Math.min(most - live.length, MOST_PER_STEP));
  if (moves.length === 0) return [];
  const targets = moves.map(({ task, containerInstanceArn }) => ({ containerInstanceArn, replaces: task }));
  return [{ deployment: rollout, replicas: freeNumbers(counts, moves.length), targets }];
}

/** Deployments without tasks leave the list; the one to roll back to stays until another has completed. */
function ended(service: Service, primary: Deployment, { tasks }: ServiceCounts, isDone: boolean): EcsEvent[] {
  if (service.deployments.length === 1) return [];
  // One that has FAILED and runs nevertheless (the user stopped its roll-out) never becomes what a rollback goes back to.
  const isCompleted = primary.rolloutState === 'COMPLETED' || (isDone && primary.rolloutState === 'IN_PROGRESS');
  const { serviceArn, lastCompletedDeploymentId } = service;
  const withTasks = new Set(tasks.map((task) => task.replica?.deploymentId));
  return service.deployments
    .filter(({ id }) => id !== primary.id && !withTasks.has(id) && (isCompleted || id !== lastCompletedDeploymentId))
    .map(({ id }) => event('DeploymentEnded', { serviceArn, deploymentId: id }));
}

function finishing(state: EcsState, service: Service, primary: Deployment, counts: ServiceCounts): ServiceSteps {
  const { serviceArn } = service;
  const completes = primary.rolloutState === 'IN_PROGRESS';
  const steady = messages.steady(service);
  return {
    ...NOTHING,
    transitions: completes ? [event('DeploymentCompleted', { serviceArn, deploymentId: primary.id })] : [],
    messages: [
      ...balancedLine(state, service, counts),
      ...(completes ? [messages.completed(service, primary.id)] : []),
      ...(completes || service.messages[0]?.message !== steady.message ? [steady] : []),
    ],
  };
}
