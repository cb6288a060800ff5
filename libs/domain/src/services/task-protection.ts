import type { Instant, Task } from '../model/entities.js';
import { type EcsEvent, event } from '../model/events.js';
import type { TaskArn } from '../model/ids.js';
import type { EcsState } from '../model/state.js';
import type { Found } from '../registry/cluster-lookup.js';
import { findTask, knownCluster, resolveCluster } from '../registry/cluster-lookup.js';
import type { Caller, CommandRule, QueryRule } from '../rules/handler.js';
import { refusals } from '../rules/refusals.js';

/** Task scale-in protection (ecs-semantics §3.8, §3.5). A protected task can still be stopped by StopTask, or be lost. */
const MOST_UPDATED = 10;
const MOST_ASKED_FOR = 100;
const DEFAULT_MINUTES = 120;
const LONGEST_MINUTES = 2880;

export const isProtected = ({ protectedUntil }: Task, nowMs: number): boolean =>
  protectedUntil !== undefined && Date.parse(protectedUntil) > nowMs;

interface Failure {
  readonly arn: string;
  readonly reason: 'MISSING' | 'TASK_NOT_VALID' | 'DEPLOYMENT_BLOCKED';
  readonly detail: string;
}

interface UpdateInput {
  readonly cluster: string;
  readonly tasks: readonly string[];
  readonly protectionEnabled: boolean;
  readonly expiresInMinutes?: number;
}

function checkTasks(tasks: readonly string[] | undefined, most: number): readonly string[] {
  if (!tasks?.length) throw refusals.invalidParameter('Tasks cannot be empty.');
  if (tasks.length > most) throw refusals.invalidParameter(`Tasks cannot have more than ${most} elements.`);
  return tasks;
}

function minutesOf({ protectionEnabled, expiresInMinutes }: UpdateInput): number {
  if (!protectionEnabled || expiresInMinutes === undefined) return DEFAULT_MINUTES;
  if (Number.isInteger(expiresInMinutes) && expiresInMinutes >= 1 && expiresInMinutes <= LONGEST_MINUTES) return expiresInMinutes;
  throw refusals.invalidParameter(`expiresInMinutes must be between 1 and ${LONGEST_MINUTES}, but was ${expiresInMinutes}.`);
}

/** Every task once, by any of its names. */
function findTasks(state: EcsState, caller: Caller, cluster: string, names: readonly string[]): Found<TaskArn, Task>[] {
  const owner = knownCluster(state, caller, cluster);
  const found = names.map((name) => findTask(state, caller, owner, name));
  return [...new Map(found.map((entry) => [entry.arn, entry])).values()];
}

/** Why the protection of this task cannot be told, or undefined. */
function notOfService({ arn, found }: Found<TaskArn, Task>): Failure | undefined {
  if (!found) return { arn, reason: 'MISSING', detail: 'There is no such task in this cluster.' };
  if (found.replica) return undefined;
  return { arn, reason: 'TASK_NOT_VALID', detail: 'The task is not part of a service; only tasks of services can be protected.' };
}

/**
 * ECS: no new protection for a task that a deployment waits for. Its roll-out is blocked when all that is left of the earlier
 * deployments is protected; whoever may extend that could keep it from ever completing.
 */
function isBlocking(state: EcsState, { replica }: Task, nowMs: number): boolean {
  const primary = state.services.get(replica!.serviceArn)?.deployments[0];
  if (!primary || replica!.deploymentId === primary.id || primary.rolloutState !== 'IN_PROGRESS') return false;
  for (const other of state.tasks.by('service', replica!.serviceArn)) {
    const isLeft = other.desiredStatus === 'RUNNING' && other.replica!.deploymentId !== primary.id;
    if (isLeft && !isProtected(other, nowMs)) return false;
  }
  return true;
}

function refusedFor(entry: Found<TaskArn, Task>, input: UpdateInput, blocks: (task: Task) => boolean): Failure | undefined {
  const { arn, found } = entry;
  const failure = notOfService(entry);
  if (failure || !found) return failure;
  if (!input.protectionEnabled) return undefined;
  if (found.desiredStatus === 'STOPPED') {
    return { arn, reason: 'TASK_NOT_VALID', detail: `The task is ${found.lastStatus} and is to stop.` };
  }
  if (!blocks(found)) return undefined;
  const detail =
    'Protected tasks of an earlier deployment keep the deployment of the service from completing. Remove their protection, or let it expire.';
  return { arn, reason: 'DEPLOYMENT_BLOCKED', detail };
}

const described = (taskArn: string, until: Instant | undefined) => ({
  taskArn,
  protectionEnabled: until !== undefined,
  ...(until === undefined ? {} : { expirationDate: until }),
});

export const updateTaskProtection: CommandRule<UpdateInput> = {
  actors: ['state-store'],
  decide(state, input, context) {
    resolveCluster(state, context, input.cluster);
    checkTasks(input.tasks, MOST_UPDATED);
    const minutes = minutesOf(input);
    const nowMs = Date.parse(context.at);
    const until = new Date(nowMs + minutes * 60_000).toISOString();
    const events: EcsEvent[] = [];
    for (const entry of findTasks(state, context, input.cluster, input.tasks)) {
      if (refusedFor(entry, input, (task) => isBlocking(state, task, nowMs))) continue;
      const { arn: taskArn } = entry;
      if (input.protectionEnabled) events.push(event('TaskProtectionChanged', { taskArn, until }));
      else if (entry.found!.protectedUntil !== undefined) events.push(event('TaskProtectionChanged', { taskArn }));
    }
    return events;
  },
  reply(state, input, events, caller) {
    const changed = new Map<string, Instant | undefined>();
    for (const { type, data } of events) {
      if (type !== 'TaskProtectionChanged') continue;
      const { taskArn, until } = data as { taskArn: string; until?: Instant };
      changed.set(taskArn, until);
    }
    const protectedTasks: object[] = [];
    const failures: Failure[] = [];
    for (const entry of findTasks(state, caller, input.cluster, input.tasks)) {
      // What was wished and made no event was refused: the state may say otherwise by now, also because of this very command.
      const refused = changed.has(entry.arn) ? undefined : refusedFor(entry, input, () => true);
      if (refused) failures.push(refused);
      else protectedTasks.push(described(entry.arn, changed.get(entry.arn)));
    }
    return { protectedTasks, failures };
  },
};

export const getTaskProtection: QueryRule<{ cluster: string; tasks?: readonly string[] }> = (state, input, context) => {
  resolveCluster(state, context, input.cluster);
  const nowMs = Date.parse(context.at);
  const protectedTasks: object[] = [];
  const failures: Failure[] = [];
  for (const entry of findTasks(state, context, input.cluster, checkTasks(input.tasks, MOST_ASKED_FOR))) {
    const failure = notOfService(entry);
    if (failure) failures.push(failure);
    else protectedTasks.push(described(entry.arn, isProtected(entry.found!, nowMs) ? entry.found!.protectedUntil : undefined));
  }
  return { protectedTasks, failures };
};
