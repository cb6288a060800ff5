import type { Instant } from '../model/common.js';
import type { Task } from '../model/task.js';
import type { Rollout, Service } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import { isChecked, isSick } from './targets.js';
import { runsSinceOf } from './task-health.js';

export const NO_FAILURES = { failedTasks: 0, launchFailures: 0, earlyExits: 0 } as const;

type Failures = Pick<Rollout, 'failedTasks' | 'launchFailures' | 'earlyExits' | 'lastFailureAt'>;

interface Step {
  readonly before: Task;
  readonly after: Task;
  /** Of the commit. */
  readonly at: Instant;
}

/** A task became healthy. The throttle always begins anew; the breaker's count only where its configuration says so. */
export function rowEnded({ deploymentConfiguration }: Service, { failedTasks }: Rollout): Failures {
  const { resetOnHealthyTask } = deploymentConfiguration.deploymentCircuitBreaker;
  return { ...NO_FAILURES, ...(resetOnHealthyTask ? {} : { failedTasks }), lastFailureAt: undefined };
}

/**
 * What a step of a task changes in the row of failures of its deployment or task set. A failure is a task that ended before it was ever healthy, or
 * was stopped while its health checks failed. Healthy tasks end the row: the scheduler says so as soon as it looks; whatever
 * became healthy between two of its looks is found here, so that the count does not hang on when it looked.
 */
export function countedAfter(
  state: EcsState,
  service: Service,
  rollout: Rollout,
  { before, after, at }: Step,
): Partial<Rollout> | undefined {
  if (after.lastStatus === 'RUNNING' && before.lastStatus !== 'RUNNING' && rollout.launchFailures > 0) {
    return { launchFailures: 0 };
  }
  const kind = failureOf(rollout, before, after);
  const leaves = before.desiredStatus === 'RUNNING' && after.desiredStatus === 'STOPPED';
  const isHealthier = (task: Task) => becameHealthyAfterFailure(rollout, task, at);
  if (kind === undefined) return leaves && isHealthier(after) ? rowEnded(service, rollout) : undefined;
  const isRowOver = [...tasksSinceFailure(state, service, rollout)].some(isHealthier);
  const row = isRowOver ? rowEnded(service, rollout) : rollout;
  return {
    ...(isRowOver ? row : {}),
    failedTasks: row.failedTasks + 1,
    ...(kind === 'unhealthy' ? {} : { [kind]: row[kind] + 1 }),
    lastFailureAt: at,
  };
}

function failureOf(rollout: Rollout, before: Task, after: Task): 'launchFailures' | 'earlyExits' | 'unhealthy' | undefined {
  const isAskedToStop = after.desiredStatus === 'STOPPED' && before.desiredStatus === 'RUNNING';
  if (isAskedToStop && after.stopCode === 'ServiceSchedulerInitiated' && isSick(after)) return 'unhealthy';
  const endedByItself = after.stopCode === 'TaskFailedToStart' || after.stopCode === 'EssentialContainerExited';
  if (after.lastStatus !== 'STOPPED' || before.lastStatus === 'STOPPED' || !endedByItself) return undefined;
  if (wasHealthy(rollout, after)) return undefined;
  return hasRun(after) ? 'earlyExits' : 'launchFailures';
}

/** ECS: whether it ever was RUNNING; with targets it is only when it is registered. */
const hasRun = ({ targets, runningSince, startedAt }: Task): boolean => (targets ? runningSince : startedAt) !== undefined;

function wasHealthy(rollout: Rollout, task: Task): boolean {
  if (isChecked(rollout, task)) return task.firstHealthyAt !== undefined;
  const runsSince = runsSinceOf(task);
  if (runsSince === undefined) return false;
  const endedAt = task.endingSince ?? task.stoppingAt ?? task.executionStoppedAt ?? task.stoppedAt!;
  return Date.parse(endedAt) - Date.parse(runsSince) >= rollout.healthyAfterMs;
}

/** Where no row can end there is nothing to look through. */
function* tasksSinceFailure(state: EcsState, { serviceArn }: Service, { id, lastFailureAt }: Rollout): Iterable<Task> {
  if (lastFailureAt === undefined) return;
  for (const task of state.tasks.by('service', serviceArn)) if (task.replica!.deploymentId === id) yield task;
}

/** What was to stop, or ended, before it would have been healthy never was. */
function becameHealthyAfterFailure(rollout: Rollout, task: Task, at: Instant): boolean {
  const { healthyAfterMs, lastFailureAt } = rollout;
  if (lastFailureAt === undefined) return false;
  const isTold = isChecked(rollout, task);
  const sinceAt = isTold ? task.firstHealthyAt : runsSinceOf(task);
  if (sinceAt === undefined) return false;
  const healthyMs = Date.parse(sinceAt) + (isTold ? 0 : healthyAfterMs);
  return healthyMs >= Date.parse(lastFailureAt) && healthyMs <= Date.parse(task.endingSince ?? task.stoppingAt ?? at);
}
