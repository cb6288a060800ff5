import type { Task } from '../model/task.js';
import type { TaskDefinition } from '../model/task-definition.js';
import { type EcsEvent, event } from '../model/events.js';
import { clusterNameOf, taskArn, type TaskArn, taskIdFor } from '../model/ids.js';
import type { Scope } from '#lib/kernel';
import { type EcsState, requestTokenKey } from '../model/state.js';
import { fits, taskNeeds } from '../placement/capacity.js';
import { EvaluationBudget } from '../placement/evaluation-budget.js';
import { refuseInstance } from '../placement/filters.js';
import { grows, providerInstances } from '../lookup/capacity-providers.js';
import {
  type Placement,
  type PlaceTasksInput,
  type PlaceTasksReply,
  providerOfTask,
  type StalePlacement,
} from '../placement/proposal.js';
import type { CommandRule } from '../model/rules.js';
import { refusals } from '../model/refusals.js';
import { checkHostAccess } from '../definitions/host-access.js';
import { PlacementCheck, taskAccepted, taskPlaced } from './placed-task.js';

const arnOf = (scope: Scope, input: PlaceTasksInput, ordinal: number): TaskArn => {
  const cluster = clusterNameOf(input.clusterArn);
  return taskArn(scope, cluster, taskIdFor(scope, cluster, input.requestToken, ordinal));
};

/** Checks what the plan rests on; the plan's instances are checked one by one, each may be stale. */
function definitionFor(state: EcsState, input: PlaceTasksInput): TaskDefinition {
  if (state.clusters.get(input.clusterArn)?.status !== 'ACTIVE') throw refusals.clusterNotFound();
  const definition = state.taskDefinitions.get(input.taskDefinitionArn);
  if (!definition) throw refusals.client('TaskDefinition not found.');
  if (definition.status !== 'ACTIVE') throw refusals.client('TaskDefinition is inactive');
  return definition;
}

interface Outcome {
  readonly events: readonly EcsEvent[];
  readonly stale: readonly StalePlacement[];
}

/** Commits what still fits, per instance; what does not is the plan's to make again on a fresher fold. */
function settle(state: EcsState, input: PlaceTasksInput, scope: Scope): Outcome {
  const definition = definitionFor(state, input);
  const key = input.rememberToken ? requestTokenKey(scope, input.operation, input.clusterArn, input.requestToken) : undefined;
  const remembered = key ? state.requestTokens.get(key) : undefined;
  if (remembered && remembered.digest !== input.digest) {
    throw refusals.conflict('The clientToken was used before with other parameters. Use a new clientToken for another request.', [
      input.requestToken,
    ]);
  }
  const events: EcsEvent[] = [];
  const stale: StalePlacement[] = [];
  const { clusterArn, template, placementConstraints } = input;
  const check = new PlacementCheck(state, scope, definition, template, [
    ...definition.placementConstraints,
    ...placementConstraints,
  ]);
  for (const placement of input.placements) {
    const { ordinal, containerInstanceArn } = placement;
    const arn = arnOf(scope, input, ordinal);
    if (remembered?.placedOrdinals.includes(ordinal) || state.tasks.has(arn)) continue;
    const taken = check.take(containerInstanceArn, ordinal);
    if ('reason' in taken) stale.push({ ...placement, reason: taken.reason });
    else {
      const task = { taskArn: arn, clusterArn, definition, template, ordinal, requestTokenKey: key, placementConstraints };
      events.push(taskPlaced(scope, task, taken.instance));
    }
  }
  for (const ordinal of input.waiting ?? []) {
    const arn = arnOf(scope, input, ordinal);
    if (remembered?.placedOrdinals.includes(ordinal) || state.tasks.has(arn)) continue;
    if (!grows(state, scope, providerOfTask(template, ordinal))) continue;
    const task = { taskArn: arn, clusterArn, definition, template, ordinal, requestTokenKey: key, placementConstraints };
    events.push(taskAccepted(scope, task, input.placementStrategy ?? []));
  }
  const accepted = events.filter(({ type }) => type === 'TaskAccepted').length;
  if (accepted > 0) refuseMoreWaiting(state, clusterArn, accepted);
  const record =
    key && !remembered && events.length > 0
      ? [event('RequestTokenRecorded', { key, digest: input.digest, operation: input.operation })]
      : [];
  return { events: [...record, ...events], stale };
}

/** ECS's quota of tasks in the PROVISIONING state in a cluster. */
const MOST_WAITING = 500;

function refuseMoreWaiting(state: EcsState, clusterArn: string, more: number): void {
  let waiting = more;
  for (const task of state.tasks.by('waiting', 'yes')) if (task.clusterArn === clusterArn) waiting++;
  if (waiting > MOST_WAITING) throw refusals.client(`No more than ${MOST_WAITING} tasks of a cluster can wait for capacity.`);
}

const known = (state: EcsState, input: PlaceTasksInput, scope: Scope): Task[] =>
  Array.from({ length: input.count }, (_, ordinal) => state.tasks.get(arnOf(scope, input, ordinal))).filter(
    (task) => task !== undefined,
  );

export const placeTasks: CommandRule<PlaceTasksInput> = {
  actors: ['scheduler'],
  decide(state, input, context) {
    checkHostAccess(state, context, definitionFor(state, input));
    return settle(state, input, context).events;
  },
  reply: (state, input, _events, caller): PlaceTasksReply => {
    const tasks = known(state, input, caller);
    const arns = new Set<string>(tasks.map((task) => task.taskArn));
    const missing = input.placements.filter(({ ordinal }) => !arns.has(arnOf(caller, input, ordinal)));
    const budget = new EvaluationBudget();
    const stale = missing.map((placement) => ({ ...placement, reason: whyMissing(state, input, caller, placement, budget) }));
    return { placed: tasks, stale };
  },
};

/** Why a placement is not among the tasks, said on the state that the command left. */
function whyMissing(
  state: EcsState,
  input: PlaceTasksInput,
  scope: Scope,
  placement: Placement,
  budget: EvaluationBudget,
): string {
  const definition = state.taskDefinitions.get(input.taskDefinitionArn);
  const instance = state.containerInstances.get(placement.containerInstanceArn);
  if (!definition || !instance) return 'MISSING';
  const constraints = [...definition.placementConstraints, ...input.placementConstraints];
  const provider = providerInstances(state, scope, providerOfTask(input.template, placement.ordinal));
  const { group } = input.template;
  return (
    refuseInstance(state, instance, { definition, constraints, group, provider, alsoOnInstance: 0, budget }) ??
    fits(instance, taskNeeds(definition, input.template.overrides)) ??
    // It would fit, so it was placed before and is forgotten since.
    'MISSING'
  );
}
