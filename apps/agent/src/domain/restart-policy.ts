import type { ContainerDefinition } from '#lib/ecs/model';

const DEFAULT_ATTEMPT_PERIOD_SECONDS = 300;

/**
 * Whether a container that exited by itself is started again: only if it ran for the attempt period since its last (re)start, also after
 * exit code 0, unless the code is ignored (ECS agent `restart_tracker.go`).
 */
export function shouldRestart(
  policy: ContainerDefinition['restartPolicy'],
  exit: { readonly exitCode?: number; readonly startedAt?: string; readonly finishedAt?: string },
): boolean {
  if (!policy?.enabled || exit.startedAt === undefined || exit.finishedAt === undefined) return false;
  if (exit.exitCode !== undefined && policy.ignoredExitCodes?.includes(exit.exitCode)) return false;
  const ranMs = Date.parse(exit.finishedAt) - Date.parse(exit.startedAt);
  return ranMs >= (policy.restartAttemptPeriod ?? DEFAULT_ATTEMPT_PERIOD_SECONDS) * 1000;
}
