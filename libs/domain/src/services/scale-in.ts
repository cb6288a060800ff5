import type { ContainerInstance, PlacementStrategy, Task } from '../model/entities.js';
import type { EcsState } from '../model/state.js';
import { attributesOf } from '../placement/candidate.js';
import { strategyField } from '../placement/strategies.js';

/** A number for each task of those that stay; the greatest goes first. Asked again after each choice. */
type Preference = (task: Task, staying: ReadonlySet<Task>) => number;

function crowding(placeOf: (task: Task) => string): Preference {
  let counts = new Map<string, number>();
  let counted: ReadonlySet<Task> | undefined;
  let size = -1;
  return (task, staying) => {
    if (counted !== staying || size !== staying.size) {
      counts = new Map();
      for (const other of staying) counts.set(placeOf(other), (counts.get(placeOf(other)) ?? 0) + 1);
      [counted, size] = [staying, staying.size];
    }
    return counts.get(placeOf(task)) ?? 0;
  };
}

/**
 * In which order a service gives tasks up (ecs-semantics §3.4, the strategies inverted): spread takes from where most of them
 * are, binpack from the instance that is emptiest. Ties fall to the highest replica number, so that two schedulers agree.
 */
export function chooseToStop(
  state: EcsState,
  strategies: readonly PlacementStrategy[],
  tasks: readonly Task[],
  count: number,
): readonly Task[] {
  const instanceOf = (task: Task) => state.containerInstances.get(task.containerInstanceArn);
  const preferences = strategies.flatMap((strategy) => preferenceOf(strategy, instanceOf));
  const staying = new Set(tasks);
  const chosen: Task[] = [];
  while (chosen.length < count && staying.size > 0) {
    let worst: Task | undefined;
    for (const task of staying) if (!worst || comesBefore(task, worst, preferences, staying)) worst = task;
    staying.delete(worst!);
    chosen.push(worst!);
  }
  return chosen;
}

function preferenceOf(
  strategy: PlacementStrategy,
  instanceOf: (task: Task) => ContainerInstance | undefined,
): readonly Preference[] {
  const field = strategyField(strategy);
  if (strategy.type === 'random') return [];
  if (strategy.type === 'binpack') {
    return [
      (task) => {
        const instance = instanceOf(task);
        return instance ? -(field === 'cpu' ? instance.reserved.cpu : instance.reserved.memoryMiB) : 0;
      },
    ];
  }
  if (field === 'instanceId') return [crowding((task) => task.containerInstanceArn)];
  const attribute = (task: Task) => {
    const instance = instanceOf(task);
    return (instance && attributesOf(instance).get(field ?? '')) ?? '';
  };
  return [crowding(attribute)];
}

function comesBefore(a: Task, b: Task, preferences: readonly Preference[], staying: ReadonlySet<Task>): boolean {
  for (const preference of preferences) {
    const difference = preference(a, staying) - preference(b, staying);
    if (difference !== 0) return difference > 0;
  }
  const numbers = (a.replica?.number ?? 0) - (b.replica?.number ?? 0);
  return numbers === 0 ? a.taskArn > b.taskArn : numbers > 0;
}
