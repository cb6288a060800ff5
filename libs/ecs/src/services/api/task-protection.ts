import type { Instant } from '../../model/common.js';
import type { Task } from '../../model/task.js';
import { type EcsEvent, event } from '../../model/events.js';
import type { TaskArn } from '../../model/ids.js';
import type { Service } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import { isProtected } from '../../task-health/protection.js';
import { findTask, type Found, knownCluster, resolveCluster } from '../../lookup/lookup.js';
import { desiredCountOf } from '../reconcile/daemon-instances.js';
import type { Caller } from '#lib/kernel';
import type { CommandRule, QueryRule } from '../../model/rules.js';
import { refusals } from '../../model/refusals.js';

/** Task scale-in protection (ecs-semantics §3.8, §3.5). A protected task can still be stopped by StopTask, or be lost. */
const MOST_UPDATED = 10;
const MOST_ASKED_FOR = 100;
const DEFAULT_MINUTES = 120;
const LONGEST_MINUTES = 2880;

/** Deployments at once that protected tasks hold open: ECS's limit on the deployments of a service. */
const MOST_HELD_OPEN = 5;

/** Before another deployment is started. Others end by themselves; these stay for as long as their tasks are protected. */
export function refuseWhileHeldOpen(state: EcsState, { serviceArn }: Service, nowMs: number): void {
  const held = new Set<string>();
  for (const task of state.tasks.by('service', serviceArn)) {
    if (task.desiredStatus === 'RUNNING' && isProtected(task, nowMs)) held.add(task.replica!.deploymentId);
  }
  if (held.size < MOST_HELD_OPEN) return;
  throw refusals.invalidParameter(
    `${held.size} deployments exist on the service, each with protected tasks. Unable to create a new deployment since this exceeds ` +
      'the maximum limit. Remove the protection of their tasks, or let it expire.',
  );
}

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
 * ECS: "the service has more protected tasks than the desired count of tasks" (developer guide, task-scale-in-protection): whoever may
 * extend them could keep a scale-in or a roll-out from ever completing.
 */
function isOverfull(state: EcsState, { replica }: Task, nowMs: number): boolean {
  const service = state.services.get(replica!.serviceArn);
  if (!service) return false;
  const kept = [...state.tasks.by('service', service.serviceArn)].filter(
    (task) => task.desiredStatus === 'RUNNING' && isProtected(task, nowMs),
  );
  return kept.length > desiredCountOf(state, service);
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
    'The service has more protected tasks than its deployment allows: it cannot scale in, or its deployment cannot complete. ' +
    'Remove the protection of tasks that can be stopped, let it expire, or raise the desired count.';
  return { arn, reason: 'DEPLOYMENT_BLOCKED', detail };
}

const described = (taskArn: string, until: Instant | undefined) => ({
  taskArn,
  protectionEnabled: until !== undefined,
  ...(until === undefined ? {} : { expirationDate: until }),
});

export const updateTaskProtection: CommandRule<UpdateInput> = {
  // The health monitor's: of tasks that ask for it themselves, by their host's agent.
  actors: ['state-store', 'health-monitor'],
  decide(state, input, context) {
    resolveCluster(state, context, input.cluster);
    checkTasks(input.tasks, MOST_UPDATED);
    const minutes = minutesOf(input);
    const nowMs = Date.parse(context.at);
    const until = new Date(nowMs + minutes * 60_000).toISOString();
    const events: EcsEvent[] = [];
    for (const entry of findTasks(state, context, input.cluster, input.tasks)) {
      const blocks = (task: Task) => isBlocking(state, task, nowMs) || isOverfull(state, task, nowMs);
      if (refusedFor(entry, input, blocks)) continue;
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
