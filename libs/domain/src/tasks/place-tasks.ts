import type { Container, ContainerInstance, Task, TaskDefinition } from '../model/entities.js';
import { type EcsEvent, event } from '../model/events.js';
import { clusterNameOf, containerArn, hashId, type Scope, taskArn, type TaskArn, taskIdFor } from '../model/ids.js';
import { type EcsState, requestTokenKey } from '../model/state.js';
import { addResources, fits, taskNeeds } from '../placement/capacity.js';
import { refuseInstance } from '../placement/filters.js';
import type { Placement, PlaceTasksInput, PlaceTasksReply, StalePlacement } from '../placement/place-tasks.js';
import type { CommandRule } from '../rules/handler.js';
import { refusals } from '../rules/refusals.js';

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

function containerOf(
  scope: Scope,
  cluster: string,
  taskId: string,
  definition: TaskDefinition['containerDefinitions'][number],
): Container {
  return {
    containerArn: containerArn(scope, cluster, taskId, hashId('container', taskId, definition.name)),
    name: definition.name,
    image: definition.image,
    lastStatus: 'PENDING',
    networkBindings: [],
    healthStatus: 'UNKNOWN',
    cpu: String(definition.cpu),
    ...(definition.memory === undefined ? {} : { memory: String(definition.memory) }),
    ...(definition.memoryReservation === undefined ? {} : { memoryReservation: String(definition.memoryReservation) }),
    essential: definition.essential,
  };
}

/** Attributes of the host that ECS shows on a task. */
const SHOWN_ATTRIBUTES = ['ecs.cpu-architecture', 'ecs.availability-zone'];

function placed(
  scope: Scope,
  input: PlaceTasksInput,
  definition: TaskDefinition,
  instance: ContainerInstance,
  ordinal: number,
  requestTokenKey: string | undefined,
): EcsEvent<'TaskPlaced'> {
  const arn = arnOf(scope, input, ordinal);
  const cluster = clusterNameOf(input.clusterArn);
  const taskId = arn.slice(arn.lastIndexOf('/') + 1);
  const { template } = input;
  return event('TaskPlaced', {
    taskArn: arn,
    clusterArn: input.clusterArn,
    accountId: scope.accountId,
    region: scope.region,
    taskDefinitionArn: definition.taskDefinitionArn,
    containerInstanceArn: instance.containerInstanceArn,
    ...template,
    attributes: [
      ...(template.attributes ?? []),
      ...instance.attributes.filter(({ name }) => SHOWN_ATTRIBUTES.includes(name)).map(({ name, value }) => ({ name, value })),
    ],
    containers: definition.containerDefinitions.map((container) => containerOf(scope, cluster, taskId, container)),
    reservation: taskNeeds(definition, template.overrides),
    ordinal,
    ...(requestTokenKey ? { requestTokenKey } : {}),
  });
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
  const need = taskNeeds(definition, input.template.overrides);
  const constraints = [...definition.placementConstraints, ...input.placementConstraints];
  // What this very command puts on an instance counts for the next placement on it.
  const changed = new Map<string, ContainerInstance>();
  const taken = new Map<string, number>();
  for (const placement of input.placements) {
    const done =
      remembered?.placedOrdinals.includes(placement.ordinal) || state.tasks.has(arnOf(scope, input, placement.ordinal));
    if (done) continue;
    const arn = placement.containerInstanceArn;
    const instance = changed.get(arn) ?? state.containerInstances.get(arn);
    const reason = !instance
      ? 'MISSING'
      : (refuseInstance(state, instance, {
          definition,
          constraints,
          group: input.template.group,
          alsoOnInstance: taken.get(arn) ?? 0,
        }) ?? fits(instance, need));
    if (!instance || reason) {
      stale.push({ ...placement, reason: reason! });
      continue;
    }
    events.push(placed(scope, input, definition, instance, placement.ordinal, key));
    changed.set(arn, { ...instance, reserved: addResources(instance.reserved, need) });
    taken.set(arn, (taken.get(arn) ?? 0) + 1);
  }
  const record =
    key && !remembered && events.length > 0
      ? [event('RequestTokenRecorded', { key, digest: input.digest, operation: input.operation })]
      : [];
  return { events: [...record, ...events], stale };
}

const known = (state: EcsState, input: PlaceTasksInput, scope: Scope): Task[] =>
  Array.from({ length: input.count }, (_, ordinal) => state.tasks.get(arnOf(scope, input, ordinal))).filter(
    (task) => task !== undefined,
  );

export const placeTasks: CommandRule<PlaceTasksInput> = {
  actors: ['scheduler'],
  decide: (state, input, context) => settle(state, input, context).events,
  reply: (state, input, _events, caller): PlaceTasksReply => {
    const tasks = known(state, input, caller);
    const arns = new Set<string>(tasks.map((task) => task.taskArn));
    const missing = input.placements.filter(({ ordinal }) => !arns.has(arnOf(caller, input, ordinal)));
    return { placed: tasks, stale: missing.map((placement) => ({ ...placement, reason: whyMissing(state, input, placement) })) };
  },
};

/** Why a placement is not among the tasks, said on the state that the command left. */
function whyMissing(state: EcsState, input: PlaceTasksInput, placement: Placement): string {
  const definition = state.taskDefinitions.get(input.taskDefinitionArn);
  const instance = state.containerInstances.get(placement.containerInstanceArn);
  if (!definition || !instance) return 'MISSING';
  const constraints = [...definition.placementConstraints, ...input.placementConstraints];
  return (
    refuseInstance(state, instance, { definition, constraints, group: input.template.group, alsoOnInstance: 0 }) ??
    fits(instance, taskNeeds(definition, input.template.overrides)) ??
    // It would fit, so it was placed before and is forgotten since.
    'MISSING'
  );
}
