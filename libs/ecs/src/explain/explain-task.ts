import type { Instant } from '../model/common.js';
import { NO_INSTANCE, type Task, waitsForCapacity } from '../model/task.js';
import { WAITS_FOR_CAPACITY_MS } from '../tasks/place-waiting-tasks.js';
import { type EcsState, tasksOf } from '../model/state.js';
import { containerWaits } from './container-waits.js';
import { differencesOf } from './differences.js';
import type { Explanation, PlacementAnswers, RelatedTask, TaskNow, Wait } from './explanation.js';
import { targetWaits } from './targets.js';
import { taskSteps, type TaskStory, whyAsked } from './task-steps.js';
import { type Commits, concernsTask, told, toldOfService } from './told.js';
import { between, instanceName, sentence, taskName, whyStopped } from './words.js';

export interface TaskFacts {
  readonly state: EcsState;
  readonly task: Task;
  readonly at: Instant;
  /** Those of its own revisions, of its service's, and their causes. */
  readonly commits: Commits;
  readonly placement?: PlacementAnswers;
  /** Of the capacity provider that it waits for: what became of the last host that was to be started, where that failed. */
  readonly failedHost?: FailedHost;
}

export interface FailedHost {
  /** The Auto Scaling group's name. */
  readonly group: string;
  readonly at: Instant;
  readonly why: string;
}

export function explainTask(facts: TaskFacts): Explanation {
  const { state, task, at, commits, placement, failedHost } = facts;
  const { replica } = task;
  const { before, after } = replica ? neighbours(state, task) : {};
  const definition = state.taskDefinitions.get(task.taskDefinitionArn);
  const differences = definition ? differencesOf(definition) : [];
  const story: TaskStory = {
    state,
    task,
    commits,
    story: told(commits, concernsTask(task.taskArn)),
    ofService: replica ? toldOfService(commits, replica.serviceArn) : [],
    replaces: before,
    placement,
  };
  const now: TaskNow = {
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    ...(task.stopCode ? { stopCode: task.stopCode } : {}),
    ...(task.stoppedReason ? { stoppedReason: task.stoppedReason } : {}),
    ...(replica ? { replica: { deploymentId: replica.deploymentId, number: replica.number, attempt: replica.attempt } } : {}),
    ...(before ? { replaces: before } : {}),
    ...(after ? { replacedBy: after } : {}),
    ...(placement ? { placement } : {}),
    waitsFor: waitsOf(state, task, at, failedHost),
    ...(differences.length > 0 ? { differences } : {}),
  };
  return {
    subject: {
      kind: 'task',
      arn: task.taskArn,
      clusterArn: task.clusterArn,
      taskDefinitionArn: task.taskDefinitionArn,
      ...(task.containerInstanceArn === NO_INSTANCE ? {} : { containerInstanceArn: task.containerInstanceArn }),
      ...(replica ? { serviceArn: replica.serviceArn } : {}),
    },
    at,
    summary: summaryOf(task, at, whyAsked(story) ?? whyStopped(task), after),
    task: now,
    steps: taskSteps(story),
  };
}

/** The tasks of the same replica before and after this one, as long as they are remembered. */
function neighbours(state: EcsState, task: Task): { readonly before?: RelatedTask; readonly after?: RelatedTask } {
  const { deploymentId, number, attempt, serviceArn } = task.replica!;
  let [before, after]: (Task | undefined)[] = [];
  for (const other of tasksOf(state, task.clusterArn)) {
    const { replica } = other;
    if (replica?.serviceArn !== serviceArn || replica.deploymentId !== deploymentId || replica.number !== number) continue;
    if (replica.attempt < attempt && replica.attempt > (before?.replica!.attempt ?? -1)) before = other;
    if (replica.attempt > attempt && replica.attempt < (after?.replica!.attempt ?? Infinity)) after = other;
  }
  return { ...(before ? { before: related(before) } : {}), ...(after ? { after: related(after) } : {}) };
}

function related(task: Task): RelatedTask {
  const { taskArn, lastStatus, containerInstanceArn, createdAt } = task;
  const why = whyStopped(task);
  return { taskArn, lastStatus, containerInstanceArn, at: createdAt, ...(why ? { why } : {}) };
}

/** How long it has been what it is. */
const sinceOf = ({ lastStatus, createdAt, startedAt, stoppingAt, stoppedAt }: Task): Instant =>
  (lastStatus === 'STOPPED'
    ? stoppedAt
    : lastStatus === 'STOPPING' || lastStatus === 'DEPROVISIONING'
      ? stoppingAt
      : startedAt) ?? createdAt;

function summaryOf(task: Task, at: Instant, why: string | undefined, after: RelatedTask | undefined): string {
  const { lastStatus, desiredStatus, stoppingAt } = task;
  const since = between(sinceOf(task), at);
  const replaced = after ? ` ${sentence(`${taskName(after.taskArn)} has replaced it`)}` : '';
  if (lastStatus === 'STOPPED') return sentence(`STOPPED ${since} ago${why ? `: ${why}` : ''}`) + replaced;
  if (desiredStatus === 'STOPPED') {
    const asked = stoppingAt ? ` for ${between(stoppingAt, at)}` : '';
    return sentence(`${lastStatus}, and stopping${asked}${why ? `: ${why}` : ''}`) + replaced;
  }
  const health = task.healthStatus === 'UNKNOWN' ? '' : `, ${task.healthStatus}`;
  return sentence(`${lastStatus}${health} for ${since}`);
}

function waitsOf(state: EcsState, task: Task, at: Instant, failed: FailedHost | undefined): Wait[] {
  const { lastStatus, desiredStatus, pullStartedAt, pullStoppedAt, containerInstanceArn } = task;
  if (lastStatus === 'STOPPED') return [];
  const isUp = lastStatus === 'ACTIVATING' || lastStatus === 'RUNNING';
  if (lastStatus === 'DEACTIVATING' || (isUp && desiredStatus === 'RUNNING')) return targetWaits(task);
  if (waitsForCapacity(task)) {
    const until = new Date(Date.parse(task.createdAt) + WAITS_FOR_CAPACITY_MS).toISOString();
    const room = { what: `a container instance of the capacity provider ${task.capacityProviderName} with room for it`, until };
    if (!failed) return [room];
    const started = `a host of its Auto Scaling group ${failed.group}: the last one did not start, ${between(failed.at, at)} ago`;
    return [room, { what: `${started}. ${failed.why}` }];
  }
  const instance = state.containerInstances.get(containerInstanceArn);
  const name = instanceName(containerInstanceArn);
  if (!instance?.agentConnected) {
    const what = `${name} to be heard of again: its agent is not connected. If it stays silent, the task is lost with it`;
    return [{ what }];
  }
  if (lastStatus === 'DEPROVISIONING') return [{ what: `${name} to take its network interface away` }];
  if (desiredStatus === 'STOPPED')
    return [{ what: `its containers on ${name} to end (SIGTERM, then SIGKILL after their stopTimeout)` }];
  if (pullStartedAt && !pullStoppedAt) return [{ what: `${name} to pull its images, since ${between(pullStartedAt, at)}` }];
  const definition = state.taskDefinitions.get(task.taskDefinitionArn);
  const waits = definition ? containerWaits(task, definition) : [];
  return waits.length > 0 ? waits : [{ what: `${name} to create and start its containers` }];
}
