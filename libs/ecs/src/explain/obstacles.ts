import type { Task } from '../model/task.js';
import { hasTaskSets } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import { converge } from '../services/reconcile/converge.js';
import { messages, replaceFirstAdvice } from '../services/reconcile/messages.js';
import { replicaRequest } from '../services/reconcile/replica-request.js';
import { unhealthyTarget } from '../task-health/targets.js';
import { providerOfTask } from '../placement/proposal.js';
import { askInstances } from './ask-instances.js';
import type { Obstacle, PlacementAnswers } from './explanation.js';
import { lifecycleObstacle } from './lifecycle.js';
import { heldOf, isGivenUp, type LiveService, stoppingOf, throttledUntil, unreadyOf } from './live-service.js';
import { answersInLines } from './placement-lines.js';
import { targetLine } from './targets.js';
import { counted, duration, instanceName, sentence, shortId } from './words.js';

/** Of many alike this many are named. */
const MAX_NAMED = 5;

/** Why a service is not steady, what matters most first; empty when it is. By the rules that the scheduler goes by. */
export function obstaclesOf(live: LiveService): readonly Obstacle[] {
  const obstacles = [
    ...failed(live),
    ...missing(live),
    ...unready(live),
    ...displaced(live),
    ...leaving(live),
    ...lifecycleObstacle(live),
  ];
  if (!hasTaskSets(live.service)) return obstacles;
  return obstacles.map((obstacle) => ({ ...obstacle, what: `task set ${live.rollout.id}: ${obstacle.what}` }));
}

function failed(live: LiveService): Obstacle[] {
  const { service, rollout, counts } = live;
  const { wanted, displaced: others } = counts;
  if (!isGivenUp(live) || !('rolloutState' in rollout) || (wanted === 0 && others.length === 0)) return [];
  const what =
    `${sentence(`deployment ${rollout.id} failed: ${rollout.rolloutStateReason}`)} No task of it is started any more` +
    `${others.length > 0 ? ', and the tasks of the earlier deployment stay' : ''}.`;
  return [{ what, details: [`update the service: another task definition, or --force-new-deployment (${service.serviceName})`] }];
}

/** Tasks that are wanted and are not there. */
function missing(live: LiveService): Obstacle[] {
  const { state, service, rollout, counts, nowMs } = live;
  const { wanted, desiredCount } = counts;
  if (wanted === 0 || isGivenUp(live)) return [];
  const are = `${counted(wanted, 'task')} ${wanted === 1 ? 'is' : 'are'} missing`;
  const throttledMs = throttledUntil(rollout, desiredCount, nowMs);
  if (throttledMs !== undefined) {
    const failures = counted(Math.max(rollout.failedTasks, rollout.launchFailures, rollout.earlyExits), 'task');
    const pause = duration(throttledMs - nowMs);
    return [
      {
        what: `${are}: ${failures} failed in a row, so the next start waits ${pause} more (the pause grows; an update ends it).`,
      },
    ];
  }
  const { place, stop } = converge(state, service, counts, { nowMs });
  const [first] = place;
  if (!first) return [withoutRoom(live, are, stop.length)];
  const request = replicaRequest(state, service, rollout);
  if (!request) return [{ what: `${are}: the task definition ${rollout.taskDefinitionArn} is gone.` }];
  const { definition, need, template, constraints } = request;
  const { group, launchType } = template;
  const capacityProviderName = providerOfTask(template, first.replicas[0]!);
  const asked = { clusterArn: service.clusterArn, launchType, capacityProviderName, definition, need, group, constraints };
  const placement = askInstances(
    state,
    asked,
    first.targets?.map(({ containerInstanceArn }) => containerInstanceArn),
  );
  if (placement.willing === 0) return [withoutPlace(live, are, placement)];
  const what = `${are}, and the scheduler is about to place ${wanted === 1 ? 'it' : 'them'} (if this lasts, see ./longshore status).`;
  return [{ what, placement }];
}

/** maximumPercent lets no other task live, or every instance of a daemon has one. */
function withoutRoom(live: LiveService, are: string, stops: number): Obstacle {
  const { service, counts } = live;
  const { least, most, healthy, desiredCount, instances } = counts;
  if (stops > 0) return { what: `${are}: ${counted(stops, 'task')} of the earlier ones is about to be stopped to make room.` };
  const starting = unreadyOf(live).length;
  const limits = `no more than ${most} may live (maximumPercent) and no fewer than ${least} be healthy (minimumHealthyPercent)`;
  if (most <= desiredCount && least >= desiredCount && stoppingOf(live).length === 0 && starting === 0) {
    return { what: saidOf(messages.impossible({ ...service, desiredCount }, least, most).message) };
  }
  if (instances)
    return { what: `${are}: each host runs one at a time, and first the one before has to end (or its agent to connect).` };
  if (starting > 0) return { what: `${are}: ${limits}; first ${counted(starting, 'new task')} must become healthy.` };
  return { what: `${are}: ${limits}; ${healthy.length} are healthy now.` };
}

function withoutPlace(live: LiveService, are: string, placement: PlacementAnswers): Obstacle {
  const what = `${are}: ${placement.asked === 0 ? NO_INSTANCE : NO_PLACE}.`;
  return { what, details: [...answersInLines(placement), ...adviceOf(live)], placement };
}

const NO_INSTANCE = 'the cluster has no container instance';
const NO_PLACE = 'no container instance takes one now';

/** What would give tasks without a place one. */
function adviceOf(live: LiveService): string[] {
  const { state, service, rollout, counts, nowMs } = live;
  const unplaced = { deploymentId: rollout.id, count: counts.wanted };
  const { stop } = converge(state, service, counts, { nowMs, unplaced });
  if (stop.length > 0) return [`${counted(stop.length, 'task')} of the earlier ones is about to be stopped to make room`];
  if (stoppingOf(live).length > 0) return ['room comes free when the tasks that are stopping have ended'];
  const replaces = counts.displaced.length > 0 && !hasTaskSets(service) && service.schedulingStrategy === 'REPLICA';
  return replaces ? [replaceFirstAdvice(service).trim()] : [];
}

function unready(live: LiveService): Obstacle[] {
  const { healthOf } = live.counts;
  const tasks = unreadyOf(live);
  const starting = tasks.filter((task) => healthOf(task).is === 'starting');
  const warming = tasks.filter((task) => healthOf(task).is === 'warming');
  return [
    ...group(starting, 'has a place and is not RUNNING yet', 'have a place and are not RUNNING yet'),
    ...group(warming, 'is RUNNING and does not count as healthy yet', 'are RUNNING and do not count as healthy yet'),
  ];
}

/** Tasks that are to be replaced, by why. */
function displaced(live: LiveService): Obstacle[] {
  const { state, rollout, counts } = live;
  if (isGivenUp(live)) return [];
  const isEarlier = (task: Task) => task.replica?.deploymentId !== rollout.id;
  const earlier = counts.displaced.filter(isEarlier);
  const own = counts.displaced.filter((task) => !isEarlier(task));
  const sick = own.filter((task) => counts.healthOf(task).is === 'unhealthy');
  const moving = own.filter((task) => counts.healthOf(task).is !== 'unhealthy');
  const hosts = new Set(moving.map(({ containerInstanceArn }) => containerInstanceArn));
  const why = [...hosts].map((arn) => whyNotThere(state, arn)).join(', ');
  const [runs, it] = earlier.length === 1 ? ['runs', 'it goes'] : ['run', 'they go'];
  const still = `${counted(earlier.length, 'task')} of earlier deployments still ${runs}; ${it} as new ones become healthy.`;
  return [
    ...(earlier.length > 0 ? [{ what: still, details: [names(earlier)] }] : []),
    ...group(sick, 'is UNHEALTHY and is replaced', 'are UNHEALTHY and are replaced', targetsOf(sick)),
    ...group(moving, `is to go: ${why}`, `are to go: ${why}`),
  ];
}

/** An instance that is ACTIVE is left only by a daemon that is not wanted there. */
function whyNotThere(state: EcsState, arn: string): string {
  const status = state.containerInstances.get(arn)?.status ?? 'gone';
  return `${instanceName(arn)} ${status === 'ACTIVE' ? 'does not meet the placement constraints' : `is ${status}`}`;
}

function leaving(live: LiveService): Obstacle[] {
  const { excess } = live.counts;
  return [
    ...(excess > 0 ? [{ what: `${counted(excess, 'task')} more than wanted.` }] : []),
    ...group(heldOf(live), 'is protected and may not be stopped', 'are protected and may not be stopped'),
    ...group(stoppingOf(live), 'is stopping', 'are stopping'),
  ];
}

/** What the load balancer finds wrong with them, each once. */
const targetsOf = (tasks: readonly Task[]): string[] => [
  ...new Set(tasks.flatMap((task) => unhealthyTarget(task) ?? []).map(targetLine)),
];

const group = (tasks: readonly Task[], one: string, many: string, more: readonly string[] = []): Obstacle[] =>
  tasks.length === 0
    ? []
    : [{ what: `${counted(tasks.length, 'task')} ${tasks.length === 1 ? one : many}.`, details: [names(tasks), ...more] }];

const names = (tasks: readonly Task[]): string =>
  `${tasks
    .slice(0, MAX_NAMED)
    .map(({ taskArn }) => shortId(taskArn))
    .join(', ')}${tasks.length > MAX_NAMED ? ', …' : ''}`;

/** A message of the service's `events[]` without the service's name, which the reader knows. */
export const saidOf = (message: string): string => sentence(message.replace(/^\(service [^)]*\) /, ''));
