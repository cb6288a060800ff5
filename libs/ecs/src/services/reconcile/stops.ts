import type { Task } from '../../model/task.js';
import type { Service } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import { byNumber, chooseToStop } from './scale-in.js';
import type { TaskHealth } from '../../task-health/task-health.js';
import type { ServiceCounts } from './service-counts.js';
import { strategiesOf } from './service-strategies.js';

export interface TaskToStop {
  readonly task: Task;
  /** `constraint`: a daemon on an instance that the placement constraints do not admit any more. */
  readonly why: 'scaling' | 'unhealthy' | 'constraint' | 'rebalancing';
}

/** Which room the tasks that are wanted lack. */
export interface RoomToMake {
  /** So many have to go before all can start. */
  readonly tasks: number;
  /** Not even one could start now. */
  readonly forOne: boolean;
}

export const NO_ROOM: RoomToMake = { tasks: 0, forOne: false };

/** Of what is to be replaced, what serves least goes first. */
const LEAST_LOSS: Readonly<Record<TaskHealth['is'], number>> = { starting: 0, unhealthy: 1, warming: 2, healthy: 3 };

/**
 * Which tasks to stop now, at most `most`. `toMakeRoom`: how many may go before their replacements, down to the minimum, because there is no room
 * by maximumPercent or on the hosts.
 * A healthy one goes only while more than the minimum are; otherwise only what its replacements make
 * superfluous, so that a roll-out with room to spare never has less than the desired count.
 */
export function stopsFor(
  state: EcsState,
  service: Service,
  counts: ServiceCounts,
  toMakeRoom: RoomToMake,
  most: number,
): TaskToStop[] {
  const { desiredCount, healthOf, healthy, kept, displaced, least, isProtected } = counts;
  const strategies = strategiesOf(service);
  const stops: TaskToStop[] = [];
  const isHealthy = (task: Task) => healthOf(task).is === 'healthy';
  let spare = healthy.length - least;
  const stop = (task: Task, why: TaskToStop['why'] = 'scaling') => {
    if (isHealthy(task)) {
      if (spare <= 0) return;
      spare--;
    }
    stops.push({ task, why });
  };

  for (const { from, to } of counts.moves) if (stops.length < most && isHealthy(to)) stop(from, 'rebalancing');
  const moved = new Set(stops.map(({ task }) => task));

  // Scale-in: first what does not serve yet.
  const ready = kept.filter((task) => isHealthy(task) && !moved.has(task));
  const unready = kept.filter((task) => !isHealthy(task));
  const mayGo = (task: Task) => !isProtected(task);
  const [readyToGo, unreadyToGo] = [ready.filter(mayGo), unready.filter(mayGo)];
  const excess = Math.min(counts.excess, most - stops.length);
  const fromUnready = Math.min(excess, unreadyToGo.length);
  for (const task of chooseToStop(state, strategies, unreadyToGo, fromUnready)) stop(task);
  for (const task of chooseToStop(state, strategies, readyToGo, excess - fromUnready)) stop(task);

  const isReplaced = ready.length >= desiredCount;
  const scaledIn = stops.filter(({ task }) => isHealthy(task)).length;
  let superfluous = healthy.length - scaledIn - desiredCount;
  let toGo = toMakeRoom.tasks;
  // Above the maximum as many have to go as leave room for one.
  const sickToGo = toMakeRoom.forOne && unready.length === 0 ? Math.max(1, counts.live.length - counts.most + 1) : 0;
  const inOrder = displaced
    .filter(mayGo)
    .sort((a, b) => LEAST_LOSS[healthOf(a).is] - LEAST_LOSS[healthOf(b).is] || byNumber(a, b));
  // Those that only have to run on to be healthy serve as well: right after a start they would all go at once otherwise.
  const isNearlyHealthy = (health: TaskHealth) => health.is === 'warming' && health.atMs !== undefined;
  let spareNearly = spare + displaced.filter((task) => isNearlyHealthy(healthOf(task))).length;
  for (const task of inOrder) {
    if (stops.length >= most) break;
    const health = healthOf(task);
    const { is } = health;
    if (is === 'healthy') {
      if (superfluous > 0 || (toGo > 0 && spare > 0)) {
        stop(task);
        superfluous--;
        toGo--;
      }
    } else if (is === 'starting') {
      stop(task);
      toGo--;
    } else if (is === 'warming') {
      // It may serve already: not before its replacement does.
      if (isReplaced || (toGo > 0 && (!isNearlyHealthy(health) || spareNearly > 0))) {
        stop(task);
        toGo--;
        if (isNearlyHealthy(health)) spareNearly--;
      }
    } else if (isReplaced || sickToGo > stops.length) {
      // Its replacement comes first; without room for one, one by one.
      stop(task, 'unhealthy');
      toGo--;
    }
  }
  return stops;
}
