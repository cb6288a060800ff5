import type { Task } from '../model/entities.js';
import { messages, replaceFirstAdvice } from '../services/messages.js';
import { reconcile } from '../services/reconcile.js';
import { replicaRequest } from '../services/replica-request.js';
import { askInstances } from './ask-instances.js';
import type { Obstacle, PlacementAnswers } from './explanation.js';
import { type LiveService, stoppingOf, throttledUntil, unreadyOf } from './live-service.js';
import { answersInLines } from './placement-lines.js';
import { counted, duration, instanceName, sentence, shortId } from './words.js';

/** Of many alike this many are named. */
const MAX_NAMED = 5;

/** Why a service is not steady, what matters most first; empty when it is. By the rules that the scheduler goes by. */
export function obstaclesOf(live: LiveService): readonly Obstacle[] {
  return [...failed(live), ...missing(live), ...unready(live), ...displaced(live), ...leaving(live)];
}

function failed({ service, counts: { primary, wanted, displaced: others } }: LiveService): Obstacle[] {
  if (primary.rolloutState !== 'FAILED' || (wanted === 0 && others.length === 0)) return [];
  const what =
    `${sentence(`deployment ${primary.id} failed: ${primary.rolloutStateReason}`)} No task of it is started any more` +
    `${others.length > 0 ? ', and the tasks of the earlier deployment stay' : ''}.`;
  return [{ what, details: [`update the service: another task definition, or --force-new-deployment (${service.serviceName})`] }];
}

/** Tasks that are wanted and are not there. */
function missing(live: LiveService): Obstacle[] {
  const { state, service, counts, nowMs } = live;
  const { primary, wanted } = counts;
  if (wanted === 0 || primary.rolloutState === 'FAILED') return [];
  const are = `${counted(wanted, 'task')} ${wanted === 1 ? 'is' : 'are'} missing`;
  const throttledMs = throttledUntil(service, primary);
  if (throttledMs !== undefined && throttledMs > nowMs) {
    const failures = counted(Math.max(primary.failedTasks, primary.launchFailures, primary.earlyExits), 'task');
    const pause = duration(throttledMs - nowMs);
    return [
      {
        what: `${are}: ${failures} failed in a row, so the next start waits ${pause} more (the pause grows; an update ends it).`,
      },
    ];
  }
  const steps = reconcile(state, service, { nowMs });
  if (!steps.place) return [withoutRoom(live, are, steps.stop.length)];
  const request = replicaRequest(state, service, steps.place.deployment);
  if (!request) return [{ what: `${are}: the task definition of the deployment is gone.` }];
  const { definition, need, template, constraints } = request;
  const { clusterArn } = service;
  const placement = askInstances(state, { clusterArn, definition, need, group: template.group, constraints });
  if (placement.willing > 0)
    return [
      {
        what: `${are}, and the scheduler is about to place ${wanted === 1 ? 'it' : 'them'} (if this lasts, see ./longshore status).`,
        placement,
      },
    ];
  return [withoutPlace(live, are, placement)];
}

/** maximumPercent lets no other task live. */
function withoutRoom(live: LiveService, are: string, stops: number): Obstacle {
  const { service, counts } = live;
  const { least, most, healthy } = counts;
  if (stops > 0) return { what: `${are}: ${counted(stops, 'task')} of the earlier ones is about to be stopped to make room.` };
  const starting = unreadyOf(live).length;
  const limits = `no more than ${most} may live (maximumPercent) and no fewer than ${least} be healthy (minimumHealthyPercent)`;
  if (starting > 0) return { what: `${are}: ${limits}; first ${counted(starting, 'new task')} must become healthy.` };
  const isStuck = most <= service.desiredCount && least >= service.desiredCount;
  if (isStuck) return { what: saidOf(messages.impossible(service, least, most)) };
  return { what: `${are}: ${limits}; ${healthy.length} are healthy now.` };
}

function withoutPlace(live: LiveService, are: string, placement: PlacementAnswers): Obstacle {
  const { state, service, counts, nowMs } = live;
  const { stop } = reconcile(state, service, { nowMs, unplaced: counts.wanted });
  const isLeaving = stoppingOf(live).length > 0;
  const advice =
    stop.length > 0
      ? [`${counted(stop.length, 'task')} of the earlier ones is about to be stopped to make room`]
      : isLeaving
        ? ['room comes free when the tasks that are stopping have ended']
        : counts.displaced.length > 0
          ? [replaceFirstAdvice(service).trim()]
          : [];
  const what = placement.asked === 0 ? 'the cluster has no container instance' : 'no container instance takes one now';
  return { what: `${are}: ${what}.`, details: [...answersInLines(placement), ...advice], placement };
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
function displaced({ state, counts }: LiveService): Obstacle[] {
  const { primary, healthOf } = counts;
  if (primary.rolloutState === 'FAILED') return [];
  const isEarlier = (task: Task) => task.replica?.deploymentId !== primary.id;
  const earlier = counts.displaced.filter(isEarlier);
  const own = counts.displaced.filter((task) => !isEarlier(task));
  const sick = own.filter((task) => healthOf(task).is === 'unhealthy');
  const moving = own.filter((task) => healthOf(task).is !== 'unhealthy');
  const hosts = new Set(moving.map(({ containerInstanceArn }) => containerInstanceArn));
  const statuses = [...hosts].map((arn) => `${instanceName(arn)} is ${state.containerInstances.get(arn)?.status ?? 'gone'}`);
  const going = counted(earlier.length, 'task');
  const [runs, it] = earlier.length === 1 ? ['runs', 'it goes'] : ['run', 'they go'];
  return [
    ...(earlier.length > 0
      ? [{ what: `${going} of earlier deployments still ${runs}; ${it} as new ones become healthy.`, details: [names(earlier)] }]
      : []),
    ...group(sick, 'is UNHEALTHY and is replaced', 'are UNHEALTHY and are replaced'),
    ...group(moving, `is to move: ${statuses.join(', ')}`, `are to move: ${statuses.join(', ')}`),
  ];
}

function leaving(live: LiveService): Obstacle[] {
  const { excess } = live.counts;
  const stopping = stoppingOf(live);
  return [
    ...(excess > 0 ? [{ what: `${counted(excess, 'task')} more than wanted.` }] : []),
    ...group(stopping, 'is stopping', 'are stopping'),
  ];
}

const group = (tasks: readonly Task[], one: string, many: string): Obstacle[] =>
  tasks.length === 0
    ? []
    : [{ what: `${counted(tasks.length, 'task')} ${tasks.length === 1 ? one : many}.`, details: [names(tasks)] }];

const names = (tasks: readonly Task[]): string =>
  `${tasks
    .slice(0, MAX_NAMED)
    .map(({ taskArn }) => shortId(taskArn))
    .join(', ')}${tasks.length > MAX_NAMED ? ', …' : ''}`;

/** A message of the service's `events[]` without the service's name, which the reader knows. */
export const saidOf = (message: string): string => sentence(message.replace(/^\(service [^)]*\) /, ''));
