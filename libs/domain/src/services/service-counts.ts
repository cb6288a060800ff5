import type { ContainerInstance, Task } from '../model/entities.js';
import type { Deployment, Rollout, Service } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import type { TaskSet } from '../model/task-sets.js';
import { daemonInstances } from './daemon-instances.js';
import { healthOf, type TaskHealth } from './task-health.js';
import { isProtected } from './task-protection.js';
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
  /** Kept tasks too few, or too many. */
  readonly wanted: number;
  readonly excess: number;
  /** ECS's rounding: ceil for the minimum, floor for the maximum. */
  readonly least: number;
  readonly most: number;
  /** Tasks that are not kept are still there, some perhaps already stopping. */
  readonly hasOthers: boolean;
  /** When the task that became healthy last did so. */
  readonly lastHealthyMs?: number;
  /** When time alone changes what a task is. */
  readonly wakesAtMs: readonly number[];
}

/** The PRIMARY deployment replaces whatever else the service runs; a task set stands for itself. */
export function countsOf(state: EcsState, service: Service, rollout: Deployment | TaskSet, nowMs: number): ServiceCounts {
  const { deploymentConfiguration: configuration } = service;
  const instances = service.schedulingStrategy === 'DAEMON' ? daemonInstances(state, service) : undefined;
  const isTaskSet = 'scale' in rollout;
  const desiredCount = isTaskSet ? computedDesiredCount(service, rollout) : (instances?.size ?? service.desiredCount);
  const deployments = new Map<string, Rollout>([rollout, ...service.deployments].map((each) => [each.id, each]));
  const all = [...state.tasks.by('service', service.serviceArn)];
  const tasks = isTaskSet ? all.filter(({ replica }) => replica?.deploymentId === rollout.id) : all;
  const live = tasks.filter(({ desiredStatus }) => desiredStatus === 'RUNNING');
  const health = new Map<Task, TaskHealth>();
  for (const task of live) health.set(task, healthOf(service, deployments.get(task.replica?.deploymentId ?? ''), task, nowMs));
  const isDisplaced = (task: Task) =>
    task.replica?.deploymentId !== rollout.id ||
    health.get(task)!.is === 'unhealthy' ||
    (instances
      ? !instances.has(task.containerInstanceArn)
      : state.containerInstances.get(task.containerInstanceArn)?.status !== 'ACTIVE');
  const kept = live.filter((task) => !isDisplaced(task));
  let lastHealthyMs: number | undefined;
  const wakesAtMs: number[] = [];
  for (const [task, seen] of health) {
    if (seen.is === 'healthy' && task.replica?.deploymentId === rollout.id) {
      lastHealthyMs = Math.max(lastHealthyMs ?? 0, seen.sinceMs);
    }
    if ('atMs' in seen && seen.atMs !== undefined) wakesAtMs.push(seen.atMs);
  }
  const excess = Math.max(0, kept.length - desiredCount);
  const displaced = live.filter(isDisplaced);
  const protectedOnes = new Set(live.filter((task) => isProtected(task, nowMs) && health.get(task)!.is !== 'unhealthy'));
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
    healthy: live.filter((task) => health.get(task)!.is === 'healthy' && (instances?.has(task.containerInstanceArn) ?? true)),
    healthOf: (task) => health.get(task)!,
    kept,
    displaced,
    isProtected: (task) => protectedOnes.has(task),
    wanted: Math.max(0, desiredCount - kept.length),
    excess,
    least: Math.min(desiredCount, Math.ceil((desiredCount * configuration.minimumHealthyPercent) / 100)),
    most: Math.floor((desiredCount * configuration.maximumPercent) / 100),
    hasOthers: tasks.length > kept.length,
    ...(lastHealthyMs === undefined ? {} : { lastHealthyMs }),
    wakesAtMs,
  };
}
