import type { Task } from '../model/task.js';
import type { EcsEvent } from '../model/events.js';
import { lastSegment } from '#lib/kernel';
import { type EcsState, tasksOf } from '../model/state.js';
import { causeOf, type Commits, eventOf, eventsOf, isA, isRequest, type Told, whoOf } from './told.js';
import { instanceName, taskName, whyStopped } from './words.js';

/** What a service wanted after a transaction of its story, and which transaction said so last. */
interface Wanted {
  readonly desiredCount?: number;
  readonly desiredBy?: Told;
  readonly deploymentId?: string;
  readonly taskDefinitionArn?: string;
  readonly deploymentBy?: Told;
  readonly deletedBy?: Told;
}

/** Folds the story of a service up to and including `until`. */
export function wantedAt(story: readonly Told[], until: number): Wanted {
  let wanted: Wanted = {};
  for (const one of story) {
    if (one.revision > until) break;
    const created = eventOf(one.events, 'ServiceCreated');
    const count = (created ?? eventOf(one.events, 'ServiceUpdated'))?.desiredCount;
    if (count !== undefined) wanted = { ...wanted, desiredCount: count, desiredBy: one };
    const started = eventOf(one.events, 'DeploymentStarted');
    const back = eventOf(one.events, 'DeploymentRolledBack');
    if (created) wanted = { ...wanted, deletedBy: undefined };
    if (started) {
      const { deploymentId, taskDefinitionArn } = started;
      wanted = { ...wanted, deploymentId, taskDefinitionArn, deploymentBy: one };
    }
    if (back) wanted = { ...wanted, deploymentId: back.toDeploymentId, taskDefinitionArn: undefined, deploymentBy: one };
    if (eventOf(one.events, 'ServiceDeleted')) wanted = { ...wanted, deletedBy: one };
  }
  return wanted;
}

/** "UpdateService by arn:… (r41)": a request, or the step of an app. */
export const requestOf = (one: Told): string =>
  isRequest(one.transaction) ? `${one.transaction.operation} by ${whoOf(one.transaction)}, r${one.revision}` : `r${one.revision}`;

const DEPLOYMENT_IN_REASON = /ecs-svc\/\d+/;

/** How ECS's reason for that begins. */
export const SCALING = 'Scaling activity';

/** What "Scaling activity initiated by (deployment …)" was: ECS says the same for scale-in, roll-outs, draining and deletion. */
export function whyScaled(
  state: EcsState,
  story: readonly Told[],
  reason: string,
  revision: number,
  task?: Task,
): string | undefined {
  const { desiredCount, desiredBy, deploymentId, taskDefinitionArn, deploymentBy, deletedBy } = wantedAt(story, revision);
  if (deletedBy) return `the service was deleted (${requestOf(deletedBy)})`;
  const of = DEPLOYMENT_IN_REASON.exec(reason)?.[0];
  if (of !== undefined && deploymentId !== undefined && deploymentId !== of) {
    if (deploymentBy && eventOf(deploymentBy.events, 'DeploymentRolledBack')) {
      return `the service went back from deployment ${of} to ${deploymentId} (${requestOf(deploymentBy)})`;
    }
    const what = taskDefinitionArn ? `${deploymentId} of ${lastSegment(taskDefinitionArn)}` : deploymentId;
    return `deployment ${what} replaces deployment ${of}${deploymentBy ? ` (${requestOf(deploymentBy)})` : ''}`;
  }
  const rescaled = story.findLast((one) => one.revision <= revision && of !== undefined && changesTaskSet(one, of));
  if (rescaled) return `its task set was scaled or deleted (${requestOf(rescaled)})`;
  const instance = task && state.containerInstances.get(task.containerInstanceArn);
  if (instance && instance.status !== 'ACTIVE') return `${instanceName(instance.containerInstanceArn)} is ${instance.status}`;
  const moved = task && replacementOf(state, task);
  if (moved)
    return `${taskName(moved.taskArn)} took its place on ${instanceName(moved.containerInstanceArn)} to rebalance the service`;
  const service = task?.replica && state.services.get(task.replica.serviceArn);
  if (service?.schedulingStrategy === 'DAEMON') {
    return 'its instance no longer meets the placement constraints or required attributes of the service, which runs one task on each that does';
  }
  if (desiredCount === undefined) return undefined;
  return `the service wants no more than ${desiredCount}${desiredBy ? ` (${requestOf(desiredBy)})` : ''}`;
}

/** The task that was started elsewhere so that this one could stop. */
function replacementOf(state: EcsState, { taskArn, clusterArn, group }: Task): Task | undefined {
  for (const other of tasksOf(state, clusterArn)) {
    if (other.group === group && other.replica?.replaces === taskArn) return other;
  }
  return undefined;
}

const changesTaskSet = ({ events }: Told, id: string): boolean =>
  [...eventsOf(events, 'TaskSetScaled'), ...eventsOf(events, 'TaskSetDeleted')].some(({ taskSetArn }) =>
    id.endsWith(`/${lastSegment(taskSetArn)}`),
  );

/** What woke the app that wrote the transaction, where the transaction says so. */
export function becauseOf(state: EcsState, commits: Commits, { transaction }: Told): string | undefined {
  const cause = causeOf(commits, transaction);
  return cause && `${phraseOf(state, cause.event, cause)} (r${cause.revision})`;
}

function phraseOf(state: EcsState, event: EcsEvent, cause: Told): string {
  if (isRequest(cause.transaction)) return `of ${cause.transaction.operation} by ${whoOf(cause.transaction)}`;
  if (isA(event, 'TaskStatusChanged')) {
    const task = state.tasks.get(event.data.taskArn);
    const why = event.data.to.startsWith('STOP') && task ? whyStopped(task) : undefined;
    return `${taskName(event.data.taskArn)} became ${event.data.to}${why ? `: ${why}` : ''}`;
  }
  if (isA(event, 'TaskStopRequested')) return `${taskName(event.data.taskArn)} was asked to stop`;
  if (isA(event, 'TaskContainersChanged')) {
    const { taskArn, healthStatus } = event.data;
    return `${taskName(taskArn)} ${healthStatus ? `became ${healthStatus}` : 'was reported anew'}`;
  }
  if (isA(event, 'TaskPlaced')) return `${taskName(event.data.taskArn)} was placed`;
  if (isA(event, 'ContainerInstanceRegistered')) return `${instanceName(event.data.containerInstanceArn)} registered`;
  if (isA(event, 'ContainerInstanceStatusChanged')) {
    return `${instanceName(event.data.containerInstanceArn)} became ${event.data.status}`;
  }
  if (isA(event, 'ContainerInstanceAgentConnected')) return `${instanceName(event.data.containerInstanceArn)} is connected again`;
  if (isA(event, 'ContainerInstanceAgentDisconnected')) {
    return `${instanceName(event.data.containerInstanceArn)} is not connected any more`;
  }
  return `of ${event.type}`;
}
