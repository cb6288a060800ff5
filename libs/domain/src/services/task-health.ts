import type { Task } from '../model/entities.js';
import type { Rollout, Service } from '../model/services.js';

/** What a service sees in one of its tasks that nobody has asked to stop. */
export type TaskHealth =
  | { readonly is: 'healthy'; readonly sinceMs: number }
  /** Not there yet; `atMs`: when time alone makes it healthy, or ends its grace. */
  | { readonly is: 'starting' | 'warming'; readonly atMs?: number }
  | { readonly is: 'unhealthy' };

/**
 * ECS: with health checks of essential containers, HEALTHY says it; without, so many seconds of RUNNING (40 there, a setting
 * here). `healthCheckGracePeriodSeconds` overlooks UNHEALTHY after the start.
 */
export function healthOf(service: Service, deployment: Rollout | undefined, task: Task, nowMs: number): TaskHealth {
  if (task.lastStatus !== 'RUNNING' || task.startedAt === undefined) return { is: 'starting' };
  const startedMs = Date.parse(task.startedAt);
  if (deployment?.healthChecked) {
    if (task.healthStatus === 'HEALTHY') return { is: 'healthy', sinceMs: Date.parse(task.firstHealthyAt ?? task.startedAt) };
    if (task.healthStatus !== 'UNHEALTHY') return { is: 'warming' };
    const graceEndsMs = startedMs + (service.healthCheckGracePeriodSeconds ?? 0) * 1000;
    return nowMs < graceEndsMs ? { is: 'warming', atMs: graceEndsMs } : { is: 'unhealthy' };
  }
  const sinceMs = startedMs + (deployment?.healthyAfterMs ?? 0);
  return nowMs >= sinceMs ? { is: 'healthy', sinceMs } : { is: 'warming', atMs: sinceMs };
}
