import type { Replica, Task } from '../model/task.js';
import type { EcsEvents } from '../model/events.js';
import { lastSegment } from '#lib/kernel';
import { type Service, SERVICE_ACTIONS } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import type { Step } from './explanation.js';
import { alarmsStep, hookStep, stageStep, trafficStep } from './lifecycle.js';
import { saidOf } from './obstacles.js';
import { becauseOf, SCALING, wantedAt, whyScaled } from './reasons.js';
import { endedByItself, failedTasksOf } from './service-now.js';
import { type Commits, eventOf, eventsOf, isRequest, signature, subjectOf, type Told } from './told.js';
import { between, counted, shortId, whyStopped } from './words.js';

/** The newest steps that are shown; the journal has all. */
const MAX_STEPS = 20;
/** Of tasks that ended by themselves, this many are steps; all are counted in `failures`. */
const MAX_ENDS = 6;
const MAX_NAMED = 4;

/** The last steps of a service, the oldest first: requests, what the scheduler did about them, and tasks that ended by themselves. */
export function serviceSteps(state: EcsState, service: Service, story: readonly Told[], commits: Commits): readonly Step[] {
  const steps = story.flatMap((one) => stepOf(state, story, commits, one));
  // Those that the scheduler stopped have its step already.
  const ends = failedTasksOf(state, service).filter(endedByItself).slice(0, MAX_ENDS).map(endOf);
  return [...steps, ...ends].sort((a, b) => a.revision - b.revision).slice(-MAX_STEPS);
}

/** The end of a task is in its own story; its newest revision is the commit that said STOPPED. */
function endOf(task: Task): Step {
  const { taskArn, createdAt, startedAt, stoppedAt, revisions, replica } = task;
  const lived = startedAt
    ? `ran for ${between(startedAt, stoppedAt!)}`
    : `never ran, ended after ${between(createdAt, stoppedAt!)}`;
  return {
    at: stoppedAt!,
    revision: revisions.at(-1)!,
    who: 'health-monitor',
    what: `task ${shortId(taskArn)} STOPPED: ${whyStopped(task)}`,
    details: [`replica ${replica!.number} of deployment ${replica!.deploymentId}; it ${lived}`],
  };
}

function stepOf(state: EcsState, story: readonly Told[], commits: Commits, one: Told): Step[] {
  const { at, events, transaction } = one;
  const parts = isRequest(transaction) ? requestParts(story, one) : schedulerParts(one);
  const complaints = eventsOf(events, 'ServiceMessageAdded').filter(isComplaint);
  const steady = eventsOf(events, 'ServiceMessageAdded').some(
    ({ action }) => action?.eventName === 'SERVICE_STEADY_STATE' || action?.eventName === 'TASKSET_STEADY_STATE',
  );
  if (steady) parts.push('found the service steady');
  if (complaints.length > 0 && parts.length === 0) parts.push('said what stands in the way');
  if (parts.length === 0) return [];
  const because = isRequest(transaction) ? undefined : whyDone(state, story, commits, one);
  const details = complaints.map(({ message }) => saidOf(message));
  return [
    {
      at,
      ...signature(one),
      what: `${subjectOf(transaction)} ${parts.join('; ')}`,
      ...(because ? { because } : {}),
      ...(details.length > 0 ? { details } : {}),
    },
  ];
}

/** Everything else that a step says is in its events. */
const isComplaint = ({ action }: EcsEvents['ServiceMessageAdded']): boolean =>
  action !== undefined &&
  (SERVICE_ACTIONS[action.eventName] !== 'INFO' || action.eventName === 'TASKSET_SCALE_IN_FAILURE_BY_TASK_PROTECTION');

function requestParts(story: readonly Told[], one: Told): string[] {
  const { events, revision } = one;
  const created = eventOf(events, 'ServiceCreated');
  const updated = eventOf(events, 'ServiceUpdated');
  const started = eventOf(events, 'DeploymentStarted');
  return [
    ...(created
      ? [
          `created the service${created.schedulingStrategy === 'DAEMON' ? ', a DAEMON' : ` with ${counted(created.desiredCount, 'task')}`}`,
        ]
      : []),
    ...(updated ? changesIn(updated, wantedAt(story, revision - 1).desiredCount) : []),
    ...(eventOf(events, 'ServiceDeleted') ? ['deleted the service'] : []),
    ...taskSetParts(one),
    ...(started ? [`started deployment ${started.deploymentId} of ${lastSegment(started.taskDefinitionArn)}`] : []),
    ...outcomes(one),
  ];
}

function taskSetParts({ events }: Told): string[] {
  const of = ({ taskSetArn }: { readonly taskSetArn: string }) => `task set ecs-svc/${lastSegment(taskSetArn)}`;
  return [
    ...eventsOf(events, 'TaskSetCreated').map(
      ({ id, taskDefinitionArn, scale }) => `created task set ${id} of ${lastSegment(taskDefinitionArn)} at ${scale.value} %`,
    ),
    ...eventsOf(events, 'TaskSetScaled').map((scaled) => `scaled ${of(scaled)} to ${scaled.scale.value} %`),
    ...eventsOf(events, 'TaskSetPromoted').map((promoted) => `made ${of(promoted)} PRIMARY`),
    ...eventsOf(events, 'TaskSetDeleted').map((deleted) => `deleted ${of(deleted)}`),
  ];
}

function changesIn(
  { serviceArn: _arn, desiredCount, ...others }: EcsEvents['ServiceUpdated'],
  before: number | undefined,
): string[] {
  const members = Object.keys(others);
  return [
    ...(desiredCount === undefined
      ? []
      : [`set desiredCount ${before === undefined ? '' : `from ${before} `}to ${desiredCount}`]),
    ...(members.length > 0 ? [`changed ${members.join(', ')}`] : []),
  ];
}

function schedulerParts(one: Told): string[] {
  const { events } = one;
  const placed = eventsOf(events, 'TaskPlaced');
  const asked = eventsOf(events, 'TaskStopRequested');
  const places = placed.map(
    ({ taskArn, containerInstanceArn }) => `${shortId(taskArn)} on instance ${shortId(containerInstanceArn)}`,
  );
  return [
    ...(placed.length > 0 ? [`placed ${counted(placed.length, 'task')}: ${some(places)}`] : []),
    ...(asked.length > 0
      ? [`asked ${counted(asked.length, 'task')} to stop: ${some(asked.map(({ taskArn }) => shortId(taskArn)))}`]
      : []),
    ...outcomes(one),
    ...(eventOf(events, 'ServiceDrained') ? ['saw the last task go: the service is INACTIVE'] : []),
  ];
}

const some = (names: readonly string[]): string =>
  names.length > MAX_NAMED ? `${names.slice(0, MAX_NAMED).join(', ')}, …` : names.join(', ');

/** What became of deployments. */
function outcomes({ events }: Told): string[] {
  const failed = eventOf(events, 'DeploymentFailed');
  const back = eventOf(events, 'DeploymentRolledBack');
  return [
    ...eventsOf(events, 'DeploymentCompleted').map(({ deploymentId }) => `completed deployment ${deploymentId}`),
    ...(failed ? [`ended deployment ${failed.deploymentId} as FAILED (${failed.reason.replace(/\.$/, '')})`] : []),
    ...(back ? [`went back to deployment ${back.toDeploymentId}`] : []),
    ...eventsOf(events, 'DeploymentStageReached').slice(-1).map(stageStep),
    ...eventsOf(events, 'DeploymentTrafficTold').map(trafficStep),
    ...eventsOf(events, 'DeploymentAlarmsSeen').map(alarmsStep),
    ...eventsOf(events, 'DeploymentHooksStarted').flatMap(({ hooks }) =>
      hooks.map(
        ({ hookId, targetArn }) => `${targetArn ? `calls lifecycle hook ${targetArn}` : `pauses at lifecycle hook ${hookId}`}`,
      ),
    ),
    ...eventsOf(events, 'DeploymentHookChanged').map(hookStep),
    ...eventsOf(events, 'DeploymentFailuresReset').map(
      () => 'counts failures anew, as a task has become healthy since the last one',
    ),
    ...eventsOf(events, 'TaskSetDrained').map(
      ({ taskSetArn }) => `let go of task set ecs-svc/${lastSegment(taskSetArn)}, which has no task left`,
    ),
    ...eventsOf(events, 'DeploymentEnded').map(
      ({ deploymentId }) => `let go of deployment ${deploymentId}, which has no task left`,
    ),
  ];
}

function whyDone(state: EcsState, story: readonly Told[], commits: Commits, one: Told): string | undefined {
  const stops = eventsOf(one.events, 'TaskStopRequested');
  const scaling = stops.find(({ reason }) => reason.startsWith(SCALING));
  const unhealthy = stops.length > 0 && !scaling ? stops[0]!.reason : undefined;
  const why = [
    scaling ? whyScaled(state, story, scaling.reason, one.revision, state.tasks.get(scaling.taskArn)) : unhealthy,
    becauseOf(state, commits, one) ?? whyPlaced(state, one),
  ].filter((part) => part !== undefined);
  return why.length > 0 ? why.join('; ') : undefined;
}

/** Without a recorded cause: how the tasks of the same replicas ended before. Equal ends are told once. */
function whyPlaced(state: EcsState, { events }: Told): string | undefined {
  const placed = new Map<number, Replica>();
  for (const { replica } of eventsOf(events, 'TaskPlaced')) if (replica) placed.set(replica.number, replica);
  const lost = new Map<number, Task>();
  for (const task of placed.size > 0 ? state.tasks.by('stopped', 'yes') : []) {
    const { replica } = task;
    const next = replica && placed.get(replica.number);
    if (!replica || next?.serviceArn !== replica.serviceArn || next.deploymentId !== replica.deploymentId) continue;
    const known = lost.get(replica.number)?.replica?.attempt ?? -1;
    if (replica.attempt < next.attempt && replica.attempt > known) lost.set(replica.number, task);
  }
  const groups = new Map<string, string[]>();
  for (const task of lost.values()) {
    const why = whyStopped(task) ?? 'no reason is known';
    groups.set(why, [...(groups.get(why) ?? []), shortId(task.taskArn)]);
  }
  const told = [...groups].map(([why, ids]) =>
    ids.length === 1 ? `task ${ids[0]} stopped: ${why}` : `${counted(ids.length, 'task')} stopped (${some(ids)}): ${why}`,
  );
  return told.length === 0 ? undefined : told.slice(0, MAX_NAMED).join('; ');
}
