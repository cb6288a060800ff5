import { hashId, type Scope } from '#lib/kernel';
import type { EcsEvent } from '../model/events.js';
import type { ContainerInstanceArn, TaskArn } from '../model/ids.js';
import type { CommandRule } from '../model/rules.js';
import type { EcsState } from '../model/state.js';
import { type Task, waitsForCapacity } from '../model/task.js';
import type { TaskDefinition } from '../model/task-definition.js';
import { type LackingTasks, lackingOf } from '../placement/lacking-instances.js';
import { type PlacementRequest, planPlacement } from '../placement/plan.js';
import { onlyOf, PlacementCheck, waitingTaskPlaced } from './placed-task.js';
import { abandonEvents } from './stop.js';

export interface WaitingPlacement {
  readonly taskArn: TaskArn;
  readonly containerInstanceArn: ContainerInstanceArn;
}

/** Tasks of one command are alike: what the first does to an instance counts for the next. */
export interface PlaceWaitingTasksInput {
  readonly placements: readonly WaitingPlacement[];
}

/** One command's worth. */
const MOST_PLACED = 100;

const constraintsOf = (definition: TaskDefinition, { waits }: Task) => [
  ...definition.placementConstraints,
  ...(waits?.placementConstraints ?? []),
];

/** Those of one request on one provider want the same of an instance. */
const likenessOf = ({ clusterArn, taskDefinitionArn, group, capacityProviderName, reservation, waits }: Task) =>
  hashId(
    clusterArn,
    taskDefinitionArn,
    group,
    capacityProviderName ?? '',
    JSON.stringify([reservation, waits?.placementConstraints, waits?.placementStrategy]),
  );

/** Undefined when their task definition is gone. */
function requestFor(state: EcsState, tasks: readonly Task[]): PlacementRequest | undefined {
  const [first] = tasks;
  const definition = first && state.taskDefinitions.get(first.taskDefinitionArn);
  if (!definition) return undefined;
  const { clusterArn, group, reservation: need, launchType, capacityProviderName, waits } = first;
  const constraints = constraintsOf(definition, first);
  const strategies = waits?.placementStrategy ?? [];
  const providerOf = () => capacityProviderName;
  const ordinals = tasks.map((_, i) => i);
  return { clusterArn, group, need, launchType, definition, constraints, strategies, ordinals, providerOf };
}

/** Those of one request on one provider together, the oldest first. */
function kindsOf(state: EcsState): Iterable<Task[]> {
  const kinds = new Map<string, Task[]>();
  for (const task of state.tasks.by('waiting', 'yes')) {
    const kind = kinds.get(likenessOf(task)) ?? [];
    kinds.set(likenessOf(task), kind);
    if (kind.length < MOST_PLACED) kind.push(task);
  }
  return kinds.values();
}

/** Of the tasks that wait, those that another instance of their provider would have room for. Pure. */
export const lackingWaiting = (state: EcsState, random: () => number): readonly (LackingTasks & { readonly scope: Scope })[] =>
  [...kindsOf(state)].flatMap((tasks) => {
    const request = requestFor(state, tasks);
    return (request ? lackingOf(state, request, random) : []).map((lacking) => ({ ...lacking, scope: tasks[0]! }));
  });

/** The scheduler's half: places for tasks that wait, a command for each kind of them; the oldest first. */
export function planWaiting(
  state: EcsState,
  random: () => number,
): readonly (PlaceWaitingTasksInput & { readonly scope: Scope })[] {
  return [...kindsOf(state)].flatMap((tasks) => {
    const request = requestFor(state, tasks);
    const placements = (request ? planPlacement(state, request, random).placements : []).map(
      ({ ordinal, containerInstanceArn }) => ({
        taskArn: tasks[ordinal]!.taskArn,
        containerInstanceArn,
      }),
    );
    return placements.length > 0 ? [{ scope: tasks[0]!, placements }] : [];
  });
}

export const placeWaitingTasks: CommandRule<PlaceWaitingTasksInput> = {
  actors: ['scheduler'],
  decide(state, { placements }) {
    const events: EcsEvent[] = [];
    let check: PlacementCheck | undefined;
    let kind: string | undefined;
    for (const { taskArn, containerInstanceArn } of placements) {
      const task = state.tasks.get(taskArn);
      const definition = task && state.taskDefinitions.get(task.taskDefinitionArn);
      if (!task || !definition || !waitsForCapacity(task) || !task.capacityProviderName) continue;
      if ((kind ??= likenessOf(task)) !== likenessOf(task)) continue;
      check ??= new PlacementCheck(state, task, definition, templateOf(task), constraintsOf(definition, task));
      const taken = check.take(containerInstanceArn, 0);
      if ('instance' in taken) events.push(waitingTaskPlaced(task, definition, taken.instance));
    }
    return events;
  },
  reply: (_state, _input, events) => ({ placed: events.length }),
};

const templateOf = ({ group, launchType, overrides, enableExecuteCommand, tags, cpu, memory, capacityProviderName }: Task) => ({
  group,
  launchType,
  overrides,
  enableExecuteCommand,
  tags,
  cpu,
  memory,
  capacityProviderStrategy: [onlyOf(capacityProviderName!)],
});

/** What ECS documents no time for: long enough for a machine to come. */
export const WAITS_FOR_CAPACITY_MS = 15 * 60_000;

/** Its time is over: it ends with ECS's reason (`TaskFailedToStart: RESOURCE:MEMORY`); nothing when it has just got a place. */
export function gaveUpWaiting(state: EcsState, task: Task, actor: string): readonly EcsEvent[] {
  const request = requestFor(state, [task]);
  const plan = request && planPlacement(state, request, () => 0);
  if (plan && plan.placements.length > 0) return [];
  const reason = `TaskFailedToStart: ${plan?.failures[0]?.reason ?? 'EMPTY CAPACITY PROVIDER'}`;
  return abandonEvents(task, actor, 'TaskFailedToStart', reason);
}
