import type { CircuitBreaker, Deployment, Rollout } from '../../model/services.js';

/** ECS's bounds of BOUNDED_PERCENT (SDK of July 2026; the guide of 2023 still says 10). */
const LEAST = 3;
const MOST = 200;

/** How many failures in a row end a deployment. */
export function breakerThreshold({ thresholdConfiguration: { type, value } }: CircuitBreaker, desiredCount: number): number {
  if (type === 'COUNT') return value;
  const share = Math.ceil((value / 100) * desiredCount);
  return type === 'UNBOUNDED_PERCENT' ? Math.max(1, share) : Math.min(MOST, Math.max(LEAST, share));
}

export const hasTripped = (breaker: CircuitBreaker, { rolloutState, failedTasks }: Deployment, desiredCount: number): boolean =>
  breaker.enable && rolloutState === 'IN_PROGRESS' && failedTasks >= breakerThreshold(breaker, desiredCount);

/** ECS: "up to 15 minutes" between starts of a service whose tasks never reach RUNNING (service throttle logic). */
const LONGEST_LAUNCH_PAUSE_MS = 15 * 60 * 1000;
const FIRST_LAUNCH_PAUSE_MS = 1_000;
/**
 * ECS does not throttle tasks that ran. A container that exits as soon as it runs would then be started as fast as the host can,
 * and fill the journal: after three rounds it waits, too, though never long.
 */
const FREE_EARLY_ROUNDS = 3;
const FIRST_EARLY_PAUSE_MS = 500;
const LONGEST_EARLY_PAUSE_MS = 10_000;

const doubled = (firstMs: number, times: number, longestMs: number) =>
  times <= 0 ? 0 : Math.min(longestMs, firstMs * 2 ** Math.min(30, times - 1));

/** How long after its last failure a deployment or task set starts tasks again. A round is as many failures as it has tasks. */
export function pauseAfterFailureMs({ launchFailures, earlyExits }: Rollout, desiredCount: number): number {
  const rounds = (failures: number) => Math.floor(failures / Math.max(1, desiredCount));
  return Math.max(
    doubled(FIRST_LAUNCH_PAUSE_MS, rounds(launchFailures), LONGEST_LAUNCH_PAUSE_MS),
    doubled(FIRST_EARLY_PAUSE_MS, rounds(earlyExits) - FREE_EARLY_ROUNDS, LONGEST_EARLY_PAUSE_MS),
  );
}
