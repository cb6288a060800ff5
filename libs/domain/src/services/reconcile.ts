import { type EcsEvent, event } from '../model/events.js';
import type { Deployment, Service } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import { hasTripped, pauseAfterFailureMs } from './circuit-breaker.js';
import { daemonStops, instancesWithout } from './daemon-steps.js';
import { isSaid, messages, type ServiceLine } from './messages.js';
import { countsOf, type ServiceCounts } from './service-counts.js';
import { stopsFor, type TaskToStop } from './stops.js';

/** One step starts and stops at most this many tasks (ECS: 100 a request of the scheduler). */
export const MOST_PER_STEP = 100;

export interface ReconcileMoment {
  readonly nowMs: number;
  /** For how many tasks the plan found no place: room may have to be made first. */
  readonly unplaced?: number;
}

export interface TasksToPlace {
  readonly deployment: Deployment;
  /** Free replica numbers, the least first. */
  readonly replicas: readonly number[];
  /** Of a daemon: where, one each. */
  readonly instances?: readonly string[];
}

/** What to do about a service now. All empty: it is as wanted, or has to wait for something that will be an event. */
export interface ServiceSteps {
  readonly place?: TasksToPlace;
  readonly stop: readonly TaskToStop[];
  /** Deployments complete, fail, roll back, end; the service is drained. */
  readonly transitions: readonly EcsEvent[];
  readonly messages: readonly ServiceLine[];
  /** When the mere passing of time gives something to do. */
  readonly wakeAtMs?: number;
}

const NOTHING: ServiceSteps = { stop: [], transitions: [], messages: [] };

/**
 * Wanted against live, whatever happened before: level-based, pure, and run twice: by the scheduler, which plans on its fold, and
 * by the writer, which does only what it finds itself on the state as it is there. A second pass on the result is empty.
 */
export function reconcile(state: EcsState, wished: Service, moment: ReconcileMoment): ServiceSteps {
  if (wished.status === 'INACTIVE') return NOTHING;
  if (wished.status === 'DRAINING') return drain(state, wished);
  const primary = wished.deployments[0];
  if (!primary) return NOTHING;
  const counts = countsOf(state, wished, primary, moment.nowMs);
  const service = counts.instances ? { ...wished, desiredCount: counts.desiredCount } : wished;
  const { deploymentCircuitBreaker: breaker } = service.deploymentConfiguration;
  if (isHealthyAgain(service, counts)) {
    const { serviceArn } = service;
    return { ...NOTHING, transitions: [event('DeploymentFailuresReset', { serviceArn, deploymentId: primary.id })] };
  }
  if (hasTripped(breaker, primary, service.desiredCount)) return fail(service, primary);
  return rollOut(state, service, counts, moment);
}

function drain(state: EcsState, service: Service): ServiceSteps {
  const { serviceArn } = service;
  const tasks = [...state.tasks.by('service', serviceArn)];
  if (tasks.length === 0) return { ...NOTHING, transitions: [event('ServiceDrained', { serviceArn })] };
  const live = tasks.filter(({ desiredStatus }) => desiredStatus === 'RUNNING').slice(0, MOST_PER_STEP);
  return { ...NOTHING, stop: live.map((task) => ({ task, why: 'scaling' })) };
}

/** A task that became healthy after the last failure sets the counts back. */
function isHealthyAgain(service: Service, { primary, lastHealthyMs }: ServiceCounts): boolean {
  const { lastFailureAt, failedTasks, launchFailures, earlyExits } = primary;
  if (lastFailureAt === undefined || lastHealthyMs === undefined || lastHealthyMs < Date.parse(lastFailureAt)) return false;
  const { resetOnHealthyTask } = service.deploymentConfiguration.deploymentCircuitBreaker;
  return launchFailures > 0 || earlyExits > 0 || (resetOnHealthyTask && failedTasks > 0);
}

function fail(service: Service, { id }: Deployment): ServiceSteps {
  const { serviceArn, lastCompletedDeploymentId: last, deploymentConfiguration } = service;
  const canRollBack = last !== undefined && last !== id && service.deployments.some((deployment) => deployment.id === last);
  if (!deploymentConfiguration.deploymentCircuitBreaker.rollback || !canRollBack) {
    const reason = 'ECS deployment circuit breaker: tasks failed to start.';
    const failed = event('DeploymentFailed', { serviceArn, deploymentId: id, reason });
    return { ...NOTHING, transitions: [failed], messages: [messages.failed(service, id)] };
  }
  const reason = `ECS deployment circuit breaker: rolling back to deploymentId ${last}.`;
  return {
    ...NOTHING,
    transitions: [
      event('DeploymentFailed', { serviceArn, deploymentId: id, reason }),
      event('DeploymentRolledBack', { serviceArn, deploymentId: id, toDeploymentId: last, reason }),
    ],
    messages: [messages.failed(service, id), messages.rollingBack(service, last)],
  };
}

function rollOut(state: EcsState, service: Service, counts: ServiceCounts, moment: ReconcileMoment): ServiceSteps {
  const { primary, wanted, least, most, instances } = counts;
  const throttledUntilMs = throttle(primary, service, moment.nowMs);
  const mayStart = primary.rolloutState !== 'FAILED' && throttledUntilMs === undefined;
  const stop = instances ? daemonStops(state, counts, mayStart, MOST_PER_STEP) : replicaStops(state, service, counts, moment);
  const free = instances ? instancesWithout(counts) : undefined;
  const room = free?.length ?? Math.max(0, most - (counts.live.length - stop.length));
  const starts = mayStart ? Math.min(wanted, room, MOST_PER_STEP) : 0;
  const isDone = wanted === 0 && counts.excess === 0 && counts.healthy.length === service.desiredCount && !counts.hasOthers;
  const finish = isDone ? finishing(service, counts) : NOTHING;
  const at = new Date(moment.nowMs).toISOString();
  const complaints = [
    ...(wanted > 0 && throttledUntilMs !== undefined ? [messages.throttled(service)] : []),
    ...(wanted > 0 && isStuck(counts, stop) ? [messages.impossible(service, least, most)] : []),
    ...(primary.rolloutState === 'FAILED'
      ? []
      : heldByProtection(service, counts, stop, room).map((id) => messages.protected(service, id))),
  ].filter((message) => !isSaid(service, message, at));
  const wakes = [...counts.wakesAtMs, ...(wanted > 0 && throttledUntilMs ? [throttledUntilMs] : [])];
  return {
    ...(starts > 0
      ? {
          place: {
            deployment: primary,
            replicas: freeNumbers(counts, starts),
            ...(free ? { instances: free.slice(0, starts) } : {}),
          },
        }
      : {}),
    stop,
    transitions: [...ended(service, counts, isDone), ...finish.transitions],
    messages: [...complaints, ...finish.messages],
    ...(wakes.length > 0 ? { wakeAtMs: Math.min(...wakes) } : {}),
  };
}

function replicaStops(
  state: EcsState,
  service: Service,
  counts: ServiceCounts,
  { nowMs, unplaced }: ReconcileMoment,
): TaskToStop[] {
  const { primary } = counts;
  const isFailed = primary.rolloutState === 'FAILED';
  const mayStart = !isFailed && throttle(primary, service, nowMs) === undefined;
  const toMakeRoom = mayStart ? roomToMake(counts, unplaced ?? 0) : 0;
  // What a failed deployment was to replace stays; it can still be scaled in.
  return stopsFor(state, service, isFailed ? { ...counts, displaced: [] } : counts, toMakeRoom, MOST_PER_STEP);
}

/** Something is to be replaced, and minimum and maximum let nothing stop and nothing start. */
function isStuck({ displaced, instances, desiredCount, least, most }: ServiceCounts, stop: readonly TaskToStop[]): boolean {
  const toReplace = displaced.filter((task) => !instances || instances.has(task.containerInstanceArn));
  return toReplace.length > 0 && stop.length === 0 && most <= desiredCount && least >= desiredCount;
}

/** Deployments that would have fewer tasks if it were not for the protection of those that are left. */
function heldByProtection(service: Service, counts: ServiceCounts, stop: readonly TaskToStop[], room: number): string[] {
  const { primary, kept, displaced, healthOf, isProtected, wanted } = counts;
  const held: string[] = [];
  if (kept.filter(isProtected).length > service.desiredCount) held.push(primary.id);
  // The others go when their replacements serve, or to make room for them.
  const areDue =
    kept.filter((task) => healthOf(task).is === 'healthy').length >= service.desiredCount || (wanted > 0 && room === 0);
  const stopped = new Set(stop.map(({ task }) => task));
  for (const { id } of areDue ? service.deployments.slice(1) : []) {
    const left = displaced.filter((task) => task.replica?.deploymentId === id && !stopped.has(task));
    if (left.length > 0 && left.every(isProtected)) held.push(id);
  }
  return held;
}

/** How many tasks have to go before others can start: none while some are going already. */
function roomToMake({ wanted, live, tasks, most }: ServiceCounts, unplaced: number): number {
  if (most - live.length <= 0) return wanted;
  return tasks.length > live.length ? 0 : Math.min(wanted, unplaced);
}

function throttle(primary: Deployment, { desiredCount }: Service, nowMs: number): number | undefined {
  if (primary.lastFailureAt === undefined) return undefined;
  const untilMs = Date.parse(primary.lastFailureAt) + pauseAfterFailureMs(primary, desiredCount);
  return nowMs < untilMs ? untilMs : undefined;
}

/** Deployments without tasks leave the list; the one to roll back to stays until another has completed. */
function ended(service: Service, { primary, tasks }: ServiceCounts, isDone: boolean): EcsEvent[] {
  const isCompleted = isDone || primary.rolloutState === 'COMPLETED';
  const { serviceArn, lastCompletedDeploymentId } = service;
  const withTasks = new Set(tasks.map((task) => task.replica?.deploymentId));
  return service.deployments
    .filter(({ id }) => id !== primary.id && !withTasks.has(id) && (isCompleted || id !== lastCompletedDeploymentId))
    .map(({ id }) => event('DeploymentEnded', { serviceArn, deploymentId: id }));
}

function finishing(service: Service, { primary }: ServiceCounts): ServiceSteps {
  const { serviceArn } = service;
  const completes = primary.rolloutState === 'IN_PROGRESS';
  const steady = messages.steady(service);
  return {
    ...NOTHING,
    transitions: completes ? [event('DeploymentCompleted', { serviceArn, deploymentId: primary.id })] : [],
    messages: [
      ...(completes ? [messages.completed(service, primary.id)] : []),
      ...(completes || service.messages[0]?.message !== steady.message ? [steady] : []),
    ],
  };
}

/** Numbers that no live task of the deployment holds. */
function freeNumbers({ primary, live }: ServiceCounts, count: number): number[] {
  const held = new Set(live.filter((task) => task.replica?.deploymentId === primary.id).map((task) => task.replica!.number));
  const free: number[] = [];
  for (let number = 0; free.length < count; number++) if (!held.has(number)) free.push(number);
  return free;
}

export const isEmpty = ({ place, stop, transitions, messages: lines }: ServiceSteps): boolean =>
  place === undefined && stop.length === 0 && transitions.length === 0 && lines.length === 0;
