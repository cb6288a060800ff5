import type { Instant } from '../model/common.js';
import type { CommandContext } from '#lib/kernel';
import { type EcsEvent, event } from '../model/events.js';
import type { EcsState } from '../model/state.js';
import { refusals } from '../model/refusals.js';
import type { CommandRule } from '../model/rules.js';
import { knownCluster, resolveCluster, resolveTask } from '../lookup/lookup.js';
import { describeTask } from './describe.js';
import { drainEvents, hasToDrain } from './drain.js';
import { saidBy, targetLines } from './service-lines.js';
import { assertMayMove, mayStop } from './transitions.js';
import { type StopCode, type Task, waitsForCapacity } from '../model/task.js';

/** ECS's text for a StopTask without a reason. */
const STOPPED_BY_USER = 'Task stopped by user';
/** ECS: "The length of the reason is limited to 1024 characters" [sdk StopTask]. */
const MAX_REASON = 1024;

/** Asks a task to stop, behind a load balancer when it has drained; nothing when it is asked already. */
export function stopEvents(task: Task, actor: string, stopCode: StopCode, reason: string, at: Instant): EcsEvent[] {
  const asked = requestEvents(task, actor, stopCode, reason);
  return asked.length > 0 ? [...asked, ...drainEvents(task, actor, at)] : [];
}

function requestEvents(task: Task, actor: string, stopCode: StopCode, reason: string): EcsEvent[] {
  if (!mayStop(actor, stopCode)) throw new Error(`${actor} may not stop a task with ${stopCode}`);
  return task.desiredStatus === 'STOPPED' ? [] : [event('TaskStopRequested', { taskArn: task.taskArn, stopCode, reason })];
}

/** Ends a task whose instance is gone for good: nobody will report it any more, and nothing of it is left to drain. Its containers' exit codes stay unknown. */
export function abandonEvents(task: Task, actor: string, stopCode: StopCode, reason: string): EcsEvent[] {
  const { taskArn, lastStatus: from } = task;
  const change = { taskArn, from, to: 'STOPPED' } as const;
  assertMayMove(actor, change, task);
  const containers = task.containers
    .filter((container) => container.lastStatus !== 'STOPPED')
    .map(({ name }) => ({ name, lastStatus: 'STOPPED' as const }));
  return [
    ...requestEvents(task, actor, stopCode, reason),
    event('TaskContainersChanged', { taskArn, containers }),
    event('TaskStatusChanged', change),
  ];
}

/** One command ends at most this many tasks: a transaction that is too large for a commit would be refused for ever. */
export const MAX_ABANDONED = 100;
const FORCED = 'Container instance deregistration forced by user';

/** The next of an instance's tasks that end because a user has deregistered it by force. */
export const abandonForced = (state: EcsState, containerInstanceArn: string, actor: string, most = MAX_ABANDONED): EcsEvent[] =>
  firstOf(state.tasks.by('instance', containerInstanceArn), most).flatMap((task) =>
    abandonEvents(task, actor, 'UserInitiated', FORCED),
  );

export function firstOf<T>(all: Iterable<T>, most: number): T[] {
  const first: T[] = [];
  for (const one of all) {
    if (first.length >= most) break;
    first.push(one);
  }
  return first;
}

function drainLine(state: EcsState, task: Task, context: CommandContext): EcsEvent[] {
  const service = task.replica && state.services.get(task.replica.serviceArn);
  if (!service || !hasToDrain(task)) return [];
  return saidBy(context, [[service, targetLines.draining(service, task.replica.deploymentId, 1)]]);
}

export const stopTask: CommandRule<{ cluster?: string; task: string; reason?: string }> = {
  actors: ['state-store'],
  decide: (state, input, context) => {
    if (!input.task) throw refusals.invalidParameter('Task can not be blank.');
    if (input.reason && input.reason.length > MAX_REASON) {
      throw refusals.invalidParameter(`reason must not be longer than ${MAX_REASON} characters.`);
    }
    const cluster = resolveCluster(state, context, input.cluster);
    const task = resolveTask(state, context, cluster, input.task);
    if (!task) throw refusals.invalidParameter('The referenced task was not found.');
    // Nobody has it who could end it.
    if (waitsForCapacity(task)) return abandonEvents(task, context.actor, 'UserInitiated', input.reason ?? STOPPED_BY_USER);
    const events = stopEvents(task, context.actor, 'UserInitiated', input.reason ?? STOPPED_BY_USER, context.at);
    return [...events, ...(events.length > 0 ? drainLine(state, task, context) : [])];
  },
  reply: (state, input, _events, context) => {
    const task = resolveTask(state, context, knownCluster(state, context, input.cluster), input.task);
    return { task: task && describeTask(task) };
  },
};
