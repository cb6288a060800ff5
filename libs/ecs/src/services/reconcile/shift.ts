import { type EcsEvent, event } from '../../model/events.js';
import type { DeploymentLifecycle } from '../../model/lifecycle.js';
import { type Deployment, type DeploymentConfiguration, type Service, targetsOf } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import type { Task } from '../../model/task.js';
import { endsDeployment, hookName, hooksDue, isOpen } from '../lifecycle/hooks.js';
import { configurationOf, hasScaledUp, isInForce, lastsUntilMs, nextStage } from '../lifecycle/stages.js';
import {
  converge,
  type Convergence,
  MOST_PER_STEP,
  NOTHING,
  type ReconcileMoment,
  resetFailures,
  type ServiceSteps,
  waitUntil,
} from './converge.js';
import { goBack } from './go-back.js';
import { messages } from './messages.js';
import { countsOf, ownCountsOf } from './service-counts.js';

type Steps = Pick<ServiceSteps, 'place' | 'stop' | 'messages' | 'wakeAtMs'>;

/**
 * A deployment that moves traffic: the new revision and the one that the traffic comes from are each kept at the full count, for
 * themselves, until the stage of CLEAN_UP. Stages follow each other as their work, their hooks and their time are done.
 */
export function reconcileShift(state: EcsState, service: Service, primary: Deployment, moment: ReconcileMoment): ServiceSteps {
  const lifecycle = primary.lifecycle!;
  const isGivenUp = primary.rolloutState === 'FAILED';
  const source = service.deployments.find(({ id }) => id === lifecycle.sourceId);
  const [ownCounts, sourceCounts] = [primary, source].map((each) => each && ownCountsOf(state, service, each, moment.nowMs));
  const reset = [ownCounts, sourceCounts].flatMap((counts) => (counts ? resetFailures(service, counts) : []));
  if (reset.length > 0) return { ...NOTHING, transitions: reset };
  const own = converge(state, service, ownCounts!, moment, isGivenUp);
  const parts: Steps[] = [
    ...(hasScaledUp(lifecycle) || lifecycle.isRollback ? [own] : []),
    ...(sourceCounts ? [converge(state, service, sourceCounts, moment, source!.rolloutState === 'FAILED')] : []),
    ...(lifecycle.stage === 'RECONCILE_SERVICE' && isInForce(primary) ? [leftOf(state, service, primary, moment)] : []),
  ];
  const progress = isGivenUp ? NOTHING : progressOf(state, service, primary, own, moment.nowMs);
  return together([...parts, progress], progress.transitions);
}

/** One part at a time stops tasks: what happens in a step is bounded, so that it fits into a commit. */
function together(all: readonly Steps[], transitions: readonly EcsEvent[]): ServiceSteps {
  const stopping = all.find(({ stop }) => stop.length > 0);
  const steps = all.map((each) => (each.stop.length > 0 && each !== stopping ? { ...each, place: [], stop: [] } : each));
  const wakes = steps.flatMap(({ wakeAtMs }) => wakeAtMs ?? []);
  return {
    place: steps.flatMap(({ place }) => place),
    stop: stopping?.stop ?? [],
    transitions,
    messages: steps.flatMap((step) => step.messages),
    ...(wakes.length > 0 ? { wakeAtMs: Math.min(...wakes) } : {}),
  };
}

/** Deployments that neither are rolled out nor have the traffic. */
const leftovers = ({ deployments }: Service, { id, lifecycle }: Deployment): readonly Deployment[] =>
  deployments.filter((one) => one.id !== id && one.id !== lifecycle!.sourceId);

/**
 * Their tasks go before anything begins. Those on the side that has the traffic serve it, too: of them only as many as the source's
 * healthy tasks make up for, so that the service's minimum stays.
 */
function leftOf(state: EcsState, service: Service, primary: Deployment, { nowMs }: ReconcileMoment): Steps {
  const ids = new Set(leftovers(service, primary).map(({ id }) => id));
  const { live, isProtected, healthOf, least } = countsOf(state, service, primary, nowMs);
  const left = live.filter(({ replica }) => ids.has(replica!.deploymentId));
  const held = left.filter(isProtected);
  const source = service.deployments.find(({ id }) => id === primary.lifecycle!.sourceId);
  const serving = new Set(live.filter((task) => healthOf(task).is === 'healthy' && isOnSideOf(task, source)));
  let spare = serving.size - least;
  const mayGo = (task: Task): boolean => !isProtected(task) && (!serving.has(task) || spare-- > 0);
  const wakes = held.map(({ protectedUntil }) => Date.parse(protectedUntil!));
  return {
    ...NOTHING,
    stop: left
      .filter(mayGo)
      .slice(0, MOST_PER_STEP)
      .map((task) => ({ task, why: 'scaling' })),
    ...(wakes.length > 0 ? { wakeAtMs: Math.min(...wakes) } : {}),
  };
}

/** Without a target it serves nobody through a load balancer, and nobody moves traffic. */
const isOnSideOf = ({ targets = [] }: Task, source: Deployment | undefined): boolean =>
  source !== undefined &&
  targets.some(({ targetGroupArn }) => targetsOf(source).some((own) => own.targetGroupArn === targetGroupArn));

function progressOf(state: EcsState, service: Service, primary: Deployment, own: Convergence, nowMs: number): ServiceSteps {
  const lifecycle = primary.lifecycle!;
  const configuration = configurationOf(state, service, primary);
  const { hooks = [] } = lifecycle;
  const expired = hooks.filter((hook) => isOpen(hook) && nowMs >= Date.parse(hook.expiresAt));
  if (expired.length > 0) return timedOut(service, primary, expired);
  const failed = hooks.find(endsDeployment);
  if (failed) return goBack(service, primary, `The ${hookName(failed)} ended as ${failed.status} at ${lifecycle.stage}.`);
  const open = hooks.filter(isOpen);
  if (open.length > 0) return { ...NOTHING, wakeAtMs: Math.min(...open.map(({ expiresAt }) => Date.parse(expiresAt))) };
  const ended = lifecycle.stage === 'RECONCILE_SERVICE' ? withoutTasks(state, service, primary) : [];
  const isClear = ended.length === leftovers(service, primary).length;
  const isDone = (now: DeploymentLifecycle) =>
    isInForce({ ...primary, lifecycle: now }) && isWorkDone(now, now.stage === 'RECONCILE_SERVICE' ? isClear : own.isDone);
  const steps = isDone(lifecycle) ? onwardsFrom(service, primary, configuration, isDone, nowMs) : NOTHING;
  return { ...steps, transitions: [...ended, ...steps.transitions] };
}

/** The stage's work is done: then its hooks, its time, and what comes next. */
function onwardsFrom(
  service: Service,
  primary: Deployment,
  configuration: DeploymentConfiguration,
  isDone: (now: DeploymentLifecycle) => boolean,
  nowMs: number,
): ServiceSteps {
  const lifecycle = primary.lifecycle!;
  const due = lifecycle.hooks ? [] : hooksDue(primary, lifecycle, configuration, nowMs);
  if (due.length > 0) {
    const { serviceArn } = service;
    return { ...NOTHING, transitions: [event('DeploymentHooksStarted', { serviceArn, deploymentId: primary.id, hooks: due })] };
  }
  const untilMs = lastsUntilMs(lifecycle, configuration);
  if (nowMs < untilMs) return waitUntil(untilMs);
  return onwards(service, primary, configuration, isDone, nowMs);
}

/** From SCALE_UP on, all of the new revision's tasks have to be healthy; before that, nothing else may be left. */
const isWorkDone = ({ stage, isRollback }: DeploymentLifecycle, isAsItShould: boolean): boolean =>
  isRollback === true || stage === 'PRE_SCALE_UP' || isAsItShould;

function withoutTasks(state: EcsState, service: Service, primary: Deployment): EcsEvent[] {
  const { serviceArn } = service;
  const withTasks = new Set([...state.tasks.by('service', serviceArn)].map(({ replica }) => replica!.deploymentId));
  return leftovers(service, primary)
    .filter(({ id }) => !withTasks.has(id))
    .map(({ id }) => event('DeploymentEnded', { serviceArn, deploymentId: id }));
}

function timedOut(
  service: Service,
  { id, lifecycle }: Deployment,
  hooks: NonNullable<DeploymentLifecycle['hooks']>,
): ServiceSteps {
  const { serviceArn } = service;
  return {
    ...NOTHING,
    transitions: hooks.map(({ hookId }) =>
      event('DeploymentHookChanged', { serviceArn, deploymentId: id, hookId, status: 'TIMED_OUT' }),
    ),
    messages: hooks.map((hook) => messages.hookTimedOut(service, id, hookName(hook), lifecycle!.stage)),
  };
}

/** The next stage, and those after it that have nothing to wait for. */
function onwards(
  service: Service,
  primary: Deployment,
  configuration: DeploymentConfiguration,
  isDone: (now: DeploymentLifecycle) => boolean,
  nowMs: number,
): ServiceSteps {
  const { serviceArn } = service;
  const { id: deploymentId } = primary;
  const transitions: EcsEvent[] = [];
  let now: DeploymentLifecycle = primary.lifecycle!;
  do {
    const next = nextStage(now, configuration);
    transitions.push(event('DeploymentStageReached', { serviceArn, deploymentId, ...next }));
    const { shiftedAt, hooks: _over, ...kept } = now;
    const since = new Date(nowMs).toISOString();
    now = { ...kept, ...next, since, ...(shiftedAt === undefined || next.shares ? {} : { shiftedAt }) };
  } while (
    now.stage !== 'CLEAN_UP' &&
    isDone(now) &&
    hooksDue(primary, now, configuration, nowMs).length === 0 &&
    nowMs >= lastsUntilMs(now, configuration)
  );
  return { ...NOTHING, transitions, messages: [messages.stageReached(service, deploymentId, now.stage)] };
}
