import type { Instant } from '../model/common.js';
import type { Task } from '../model/task.js';
import type { Rollout, Service } from '../model/services.js';
import { areHealthy, isChecked, isSick } from './targets.js';

/** What a service sees in one of its tasks that nobody has asked to stop. */
export type TaskHealth =
  | { readonly is: 'healthy' }
  /** Not there yet; `atMs`: when time alone makes it healthy, or ends its grace. */
  | { readonly is: 'starting' | 'warming'; readonly atMs?: number }
  | { readonly is: 'unhealthy' };

export const HEALTHY: TaskHealth = { is: 'healthy' };
const STARTING: TaskHealth = { is: 'starting' };
const WARMING: TaskHealth = { is: 'warming' };
const UNHEALTHY: TaskHealth = { is: 'unhealthy' };

/** From when on it has run, by the journal's time: a host whose clock is wrong makes nothing healthy, and holds nothing up. */
export const runsSinceOf = ({ runningSince, startedAt }: Task): Instant | undefined => runningSince ?? startedAt;

/**
 * Judges the tasks of one rollout at one moment. ECS: with health checks of essential containers, HEALTHY says it; without, so
 * many seconds of RUNNING (40 there, a setting here). A task with targets waits for their health checks too. `healthCheckGracePeriodSeconds`
 * overlooks what either finds after the start.
 */
export function healthJudge(service: Service, rollout: Rollout | undefined, nowMs: number): (task: Task) => TaskHealth {
  const afterMs = rollout?.healthyAfterMs ?? 0;
  const graceMs = (service.healthCheckGracePeriodSeconds ?? 0) * 1000;
  // Instants are of one length and compare as text: to parse a thousand of them was most of a pass.
  const startedBy = new Date(nowMs - afterMs).toISOString();
  return (task) => {
    const { lastStatus, healthStatus, targets } = task;
    const runsSince = runsSinceOf(task);
    if (lastStatus !== 'RUNNING' || runsSince === undefined) return STARTING;
    if (!rollout || !isChecked(rollout, task)) {
      return runsSince <= startedBy ? HEALTHY : { is: 'warming', atMs: Date.parse(runsSince) + afterMs };
    }
    if (!isSick(task)) return areHealthy(targets) && (healthStatus === 'HEALTHY' || !rollout.healthChecked) ? HEALTHY : WARMING;
    const graceEndsMs = Date.parse(runsSince) + graceMs;
    return nowMs < graceEndsMs ? { is: 'warming', atMs: graceEndsMs } : UNHEALTHY;
  };
}

/** When the last of these healthy tasks that are of the rollout became it; undefined when there are none. */
export function lastHealthyMs(rollout: Rollout, healthy: readonly Task[]): number | undefined {
  let last = '';
  // Alike for all tasks of a rollout.
  let isTimed = false;
  for (const task of healthy) {
    const { replica, firstHealthyAt } = task;
    if (replica?.deploymentId !== rollout.id) continue;
    isTimed = !isChecked(rollout, task);
    const since = (isTimed ? undefined : firstHealthyAt) ?? runsSinceOf(task)!;
    if (since > last) last = since;
  }
  return last === '' ? undefined : Date.parse(last) + (isTimed ? rollout.healthyAfterMs : 0);
}
