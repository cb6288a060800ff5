import { type EcsEvent, event } from '../../model/events.js';
import type { Rollout, Service } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import { pauseAfterFailureMs } from './circuit-breaker.js';
import { daemonStops, instancesWithout } from './daemon-steps.js';
import { subjectOf } from '../../tasks/service-lines.js';
import { isSaid, messages, type ServiceLine } from './messages.js';
import type { ServiceCounts } from './service-counts.js';
import { NO_ROOM, type RoomToMake, stopsFor, type TaskToStop } from './stops.js';
import type { TasksToPlace } from './tasks-to-place.js';

/** One step starts and stops at most this many tasks (ECS: 100 a request of the scheduler). */
export const MOST_PER_STEP = 100;

export interface ReconcileMoment {
  readonly nowMs: number;
  /** For how many tasks of which deployment or task set the plan found no place: room may have to be made first. */
  readonly unplaced?: { readonly deploymentId?: string; readonly count: number };
}

/** What to do about a service now. All empty: it is as wanted, or has to wait for something that will be an event. */
export interface ServiceSteps {
  /** Of the PRIMARY deployment, or of several task sets. */
  readonly place: readonly TasksToPlace[];
  readonly stop: readonly TaskToStop[];
  /** Deployments complete, fail, roll back, end; the service is drained. */
  readonly transitions: readonly EcsEvent[];
  readonly messages: readonly ServiceLine[];
  /** When the mere passing of time gives something to do. */
  readonly wakeAtMs?: number;
}

export const NOTHING: ServiceSteps = { place: [], stop: [], transitions: [], messages: [] };

/** Infinity: until something happens. */
export const waitUntil = (untilMs: number): ServiceSteps =>
  Number.isFinite(untilMs) ? { ...NOTHING, wakeAtMs: untilMs } : NOTHING;

/** What deployments and task sets have in common: start what is missing, stop what is too much, wait, complain. */
export interface Convergence extends Pick<ServiceSteps, 'stop' | 'messages' | 'wakeAtMs'> {
  readonly place: readonly TasksToPlace[];
  /** As many healthy tasks as wanted, and no other task. */
  readonly isDone: boolean;
}

/** `isGivenUp`: nothing of it starts any more, and what it was to replace stays; it can still be scaled in. */
export function converge(
  state: EcsState,
  service: Service,
  counts: ServiceCounts,
  moment: ReconcileMoment,
  isGivenUp = false,
): Convergence {
  const { rollout, desiredCount, wanted, least, most, instances } = counts;
  const throttledUntilMs = throttle(rollout, desiredCount, moment.nowMs);
  const mayStart = !isGivenUp && throttledUntilMs === undefined;
  const stop = instances
    ? daemonStops(state, counts, mayStart, MOST_PER_STEP)
    : stopsFor(
        state,
        service,
        isGivenUp ? { ...counts, displaced: [] } : counts,
        roomFor(counts, moment, mayStart),
        MOST_PER_STEP,
      );
  const free = instances ? instancesWithout(counts) : undefined;
  const room = free?.length ?? Math.max(0, most - (counts.live.length - stop.length));
  const starts = mayStart ? Math.min(wanted, room, MOST_PER_STEP) : 0;
  const isSettled = wanted === 0 && counts.excess === 0 && counts.moves.length === 0;
  const isDone = isSettled && counts.healthy.length === desiredCount && !counts.hasOthers;
  const targets = free?.slice(0, starts).map((containerInstanceArn) => ({ containerInstanceArn }));
  const subject = subjectOf(service, rollout);
  const at = new Date(moment.nowMs).toISOString();
  const complaints = [
    ...(wanted > 0 && throttledUntilMs !== undefined ? [messages.throttled(subject)] : []),
    ...(wanted > 0 && isStuck(counts, stop) ? [messages.impossible({ ...subject, desiredCount }, least, most)] : []),
    ...(isGivenUp ? [] : heldByProtection(service, counts, stop, room).map((id) => messages.protected(service, id))),
  ].filter((message) => !isSaid(subject, message, at));
  const wakes = [...counts.wakesAtMs, ...(wanted > 0 && throttledUntilMs ? [throttledUntilMs] : [])];
  return {
    place: starts > 0 ? [{ deployment: rollout, replicas: freeNumbers(counts, starts), targets }] : [],
    stop,
    messages: complaints,
    isDone,
    ...(wakes.length > 0 ? { wakeAtMs: Math.min(...wakes) } : {}),
  };
}

/** Deployments (or the task set) that would have fewer tasks if it were not for the protection of those that are left. */
function heldByProtection(service: Service, counts: ServiceCounts, stop: readonly TaskToStop[], room: number): string[] {
  const { rollout, desiredCount, kept, displaced, healthOf, isProtected, wanted } = counts;
  const held: string[] = [];
  if (kept.filter(isProtected).length > desiredCount) held.push(rollout.id);
  // The others go when their replacements serve, or to make room for them.
  const areDue =
    displaced.length > 0 &&
    (kept.filter((task) => healthOf(task).is === 'healthy').length >= desiredCount || (wanted > 0 && room === 0));
  const stopped = new Set(stop.map(({ task }) => task));
  for (const { id } of areDue ? service.deployments.slice(1) : []) {
    const left = displaced.filter((task) => task.replica?.deploymentId === id && !stopped.has(task));
    if (left.length > 0 && left.every(isProtected)) held.push(id);
  }
  return held;
}

/**
 * What has to go before all that are wanted can start: what the maximum lacks; on the hosts, which a task leaves only when it has
 * stopped, nothing while some are going already.
 */
function roomFor(
  { rollout, wanted, live, tasks, most }: ServiceCounts,
  { unplaced }: ReconcileMoment,
  mayStart: boolean,
): RoomToMake {
  if (!mayStart || wanted === 0) return NO_ROOM;
  const isUnplaced = unplaced?.deploymentId === rollout.id && tasks.length <= live.length;
  const onHosts = isUnplaced ? Math.min(wanted, unplaced.count) : 0;
  return { tasks: Math.max(0, wanted - (most - live.length), onHosts), forOne: onHosts > 0 || live.length >= most };
}

/** Something is to be replaced, and minimum and maximum let nothing stop and nothing start. */
function isStuck({ displaced, instances, desiredCount, least, most }: ServiceCounts, stop: readonly TaskToStop[]): boolean {
  const toReplace = displaced.filter((task) => !instances || instances.get(task.containerInstanceArn)?.agentConnected);
  return toReplace.length > 0 && stop.length === 0 && most <= desiredCount && least >= desiredCount;
}

/** Until when it starts nothing, after failures. */
export function throttle(rollout: Rollout, desiredCount: number, nowMs: number): number | undefined {
  if (rollout.lastFailureAt === undefined) return undefined;
  const untilMs = Date.parse(rollout.lastFailureAt) + pauseAfterFailureMs(rollout, desiredCount);
  return nowMs < untilMs ? untilMs : undefined;
}

/** Numbers that no live task of the deployment holds. */
export function freeNumbers({ rollout, live }: ServiceCounts, count: number): number[] {
  const held = new Set(live.filter((task) => task.replica?.deploymentId === rollout.id).map((task) => task.replica!.number));
  const free: number[] = [];
  for (let number = 0; free.length < count; number++) if (!held.has(number)) free.push(number);
  return free;
}

/** A task that became healthy after the last failure sets the counts back. */
function isHealthyAgain(service: Service, { rollout, lastHealthyMs }: ServiceCounts): boolean {
  const { lastFailureAt, failedTasks, launchFailures, earlyExits } = rollout;
  if (lastFailureAt === undefined || lastHealthyMs === undefined || lastHealthyMs < Date.parse(lastFailureAt)) return false;
  const { resetOnHealthyTask } = service.deploymentConfiguration.deploymentCircuitBreaker;
  return launchFailures > 0 || earlyExits > 0 || (resetOnHealthyTask && failedTasks > 0);
}

export function resetFailures(service: Service, counts: ServiceCounts): EcsEvent[] {
  if (!isHealthyAgain(service, counts)) return [];
  return [event('DeploymentFailuresReset', { serviceArn: service.serviceArn, deploymentId: counts.rollout.id })];
}

export const isEmpty = ({ place, stop, transitions, messages: lines }: ServiceSteps): boolean =>
  place.length === 0 && stop.length === 0 && transitions.length === 0 && lines.length === 0;
