import type { ContainerInstance, ContainerInstanceStatus } from '../../model/container-instance.js';
import type { Task } from '../../model/task.js';
import type { Deployment, Rollout, Service } from '../../model/services.js';
import { type EcsState, statusKey } from '../../model/state.js';
import type { TaskSet } from '../../model/task-sets.js';
import { daemonInstances } from './daemon-instances.js';
import { healthJudge, HEALTHY, lastHealthyMs, type TaskHealth } from '../../task-health/task-health.js';
import { isProtected } from '../../task-health/protection.js';
import { computedDesiredCount } from './task-sets.js';

/** A service in numbers: what is wanted, what lives, and in which state. */
export interface ServiceCounts {
  /** What new tasks are placed for: the PRIMARY deployment, or a task set. */
  readonly rollout: Rollout;
  /** As many as were asked for; of a daemon, as there are instances for it; of a task set, its share. */
  readonly desiredCount: number;
  /** Where a daemon has to run; undefined for other services. */
  readonly instances?: ReadonlyMap<string, ContainerInstance>;
  /** Every task of it that is not STOPPED, and of what it replaces. */
  readonly tasks: readonly Task[];
  /** Those that nobody has asked to stop. */
  readonly live: readonly Task[];
  /** Daemons only where they are wanted. */
  readonly healthy: readonly Task[];
  readonly healthOf: (task: Task) => TaskHealth;
  /** Live tasks of the rollout that may stay. */
  readonly kept: readonly Task[];
  /** Live tasks to be replaced: of earlier deployments, on instances that drain, unhealthy ones. */
  readonly displaced: readonly Task[];
  /** May not be stopped: neither to scale in nor for a roll-out. One that is unhealthy is replaced all the same. */
  readonly isProtected: (task: Task) => boolean;
  /** Moves under way: both tasks live and kept, the one from before is to stop when the new one is healthy. */
  readonly moves: readonly { readonly from: Task; readonly to: Task }[];
  /** Kept tasks too few, or too many; a move counts as one. */
  readonly wanted: number;
  readonly excess: number;
  /** ECS's rounding: ceil for the minimum, floor for the maximum. */
  readonly least: number;
  readonly most: number;
  /** Tasks that are not kept are still there, some perhaps already stopping. */
  readonly hasOthers: boolean;
  /** When the task of the rollout that became healthy last did so; looked for only after failures. */
  readonly lastHealthyMs?: number;
  /** When time alone changes what a task is. */
  readonly wakesAtMs: readonly number[];
}

/** The PRIMARY deployment replaces whatever else the service runs; a task set stands for itself. */
export const countsOf = (state: EcsState, service: Service, rollout: Deployment | TaskSet, nowMs: number): ServiceCounts =>
  count(state, service, rollout, nowMs, 'scale' in rollout);

/** Of a deployment that runs beside another one. */
export const ownCountsOf = (state: EcsState, service: Service, rollout: Deployment, nowMs: number): ServiceCounts =>
  count(state, service, rollout, nowMs, true);

function count(
  state: EcsState,
  service: Service,
  rollout: Deployment | TaskSet,
  nowMs: number,
  standsForItself: boolean,
): ServiceCounts {
  const { deploymentConfiguration: configuration } = service;
  const instances = service.schedulingStrategy === 'DAEMON' ? daemonInstances(state, service) : undefined;
  const desiredCount = 'scale' in rollout ? computedDesiredCount(service, rollout) : (instances?.size ?? service.desiredCount);
  const all = [...state.tasks.by('service', service.serviceArn)];
  const tasks = standsForItself ? all.filter(({ replica }) => replica?.deploymentId === rollout.id) : all;
  const isInPlace = placeJudge(state, service, tasks, instances);
  const { live, healthy, notHealthy, kept, displaced } = sortOut(tasks, service, rollout, isInPlace, nowMs);
  const healthOf = (task: Task) => notHealthy.get(task) ?? HEALTHY;
  const underWay = movesOf(kept, (task) => isProtected(task, nowMs));
  // Where tasks are to go nobody moves: of a pair, too, what serves least goes.
  const moves = kept.length - underWay.length > desiredCount ? [] : underWay;
  const settled = kept.length - moves.length;
  const excess = Math.max(0, settled - desiredCount);
  const hasOthers = tasks.length > kept.length;
  const awaitsAll = !hasOthers && moves.length === 0 && excess === 0 && isAlone(service, rollout);
  const wakesAtMs = healthTimes(notHealthy.values(), awaitsAll);
  const protectedOnes = new Set(live.filter((task) => isProtected(task, nowMs) && healthOf(task).is !== 'unhealthy'));
  // The end of a protection gives something to do only where the task is to go.
  for (const task of excess > 0 ? live : displaced) {
    if (protectedOnes.has(task)) wakesAtMs.push(Date.parse(task.protectedUntil!));
  }
  return {
    rollout,
    desiredCount,
    ...(instances ? { instances } : {}),
    tasks,
    live,
    healthy: instances ? healthy.filter(isInPlace) : healthy,
    healthOf,
    kept,
    displaced,
    isProtected: (task) => protectedOnes.has(task),
    moves,
    wanted: Math.max(0, desiredCount - settled),
    excess,
    least: Math.min(desiredCount, Math.ceil((desiredCount * configuration.minimumHealthyPercent) / 100)),
    most: Math.floor((desiredCount * configuration.maximumPercent) / 100),
    hasOthers,
    ...(rollout.lastFailureAt === undefined ? {} : { lastHealthyMs: lastHealthyMs(rollout, healthy) }),
    wakesAtMs,
  };
}

/** With nothing to compare it to: no failure that a healthy task would set back, no other deployment, no grace that ends. */
const isAlone = ({ deployments, healthCheckGracePeriodSeconds = 0 }: Service, { lastFailureAt }: Rollout): boolean =>
  deployments.length <= 1 && lastFailureAt === undefined && healthCheckGracePeriodSeconds === 0;

/**
 * When time alone changes what a task is. Where nothing is to be replaced, it gives something to do only when the last one has become healthy: of a
 * thousand that came up one after another that is one pass, not four a second for as long as they warm up.
 */
function healthTimes(notHealthy: Iterable<TaskHealth>, awaitsAll: boolean): number[] {
  const timesMs: number[] = [];
  for (const seen of notHealthy) if ('atMs' in seen && seen.atMs !== undefined) timesMs.push(seen.atMs);
  return awaitsAll && timesMs.length > 0 ? [Math.max(...timesMs)] : timesMs;
}

const NOT_ACTIVE = [
  'REGISTERING',
  'REGISTRATION_FAILED',
  'DRAINING',
  'DEREGISTERING',
] as const satisfies readonly ContainerInstanceStatus[];

/**
 * Whether a task is where it may stay. Mostly few instances are not ACTIVE, and asking for those spares a look at each task's instance, which
 * was a third of a pass over a thousand. (No instance is forgotten while a task holds something on it.)
 */
function placeJudge(
  { containerInstances }: EcsState,
  { clusterArn }: Service,
  tasks: readonly Task[],
  daemonsOn: ServiceCounts['instances'],
): (task: Task) => boolean {
  if (daemonsOn) return ({ containerInstanceArn }) => daemonsOn.has(containerInstanceArn);
  const notActive = [
    ['inactive', 'yes'] as const,
    ...NOT_ACTIVE.map((status) => ['status', statusKey(clusterArn, status)] as const),
  ];
  const count = notActive.reduce((sum, [index, key]) => sum + containerInstances.countBy(index, key), 0);
  if (count === 0) return () => true;
  if (count > tasks.length)
    return ({ containerInstanceArn }) => containerInstances.get(containerInstanceArn)?.status === 'ACTIVE';
  const others = new Set<string>();
  for (const [index, key] of notActive)
    for (const { containerInstanceArn } of containerInstances.by(index, key)) others.add(containerInstanceArn);
  return ({ containerInstanceArn }) => !others.has(containerInstanceArn);
}

/**
 * One walk over the tasks: every exit in a service of thousands leads here several times. Most are healthy, so only the others are
 * noted.
 */
function sortOut(
  tasks: readonly Task[],
  service: Service,
  rollout: Deployment | TaskSet,
  isInPlace: (task: Task) => boolean,
  nowMs: number,
) {
  const judges = new Map<string, (task: Task) => TaskHealth>();
  for (const each of [rollout, ...service.deployments]) judges.set(each.id, healthJudge(service, each, nowMs));
  const ofNone = healthJudge(service, undefined, nowMs);
  const live: Task[] = [];
  const healthy: Task[] = [];
  const notHealthy = new Map<Task, TaskHealth>();
  const kept: Task[] = [];
  const displaced: Task[] = [];
  for (const task of tasks) {
    if (task.desiredStatus !== 'RUNNING') continue;
    const deploymentId = task.replica?.deploymentId ?? '';
    const health = (judges.get(deploymentId) ?? ofNone)(task);
    live.push(task);
    if (health.is === 'healthy') healthy.push(task);
    else notHealthy.set(task, health);
    const mayStay = deploymentId === rollout.id && health.is !== 'unhealthy' && isInPlace(task);
    (mayStay ? kept : displaced).push(task);
  }
  return { live, healthy, notHealthy, kept, displaced };
}

function movesOf(kept: readonly Task[], mayNotGo: (task: Task) => boolean): ServiceCounts['moves'] {
  const byArn = new Map<string, Task>();
  for (const task of kept) if (task.replica?.replaces) byArn.set(task.replica.replaces, task);
  if (byArn.size === 0) return [];
  return kept.flatMap((from) => {
    const to = byArn.get(from.taskArn);
    return to && !mayNotGo(from) ? [{ from, to }] : [];
  });
}
