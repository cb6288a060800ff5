import type { ContainerInstance } from '../../model/container-instance.js';
import type { PlacementStrategy } from '../../model/task-definition.js';
import type { Task } from '../../model/task.js';
import type { EcsState } from '../../model/state.js';
import { attributesOf } from '../../model/attributes.js';
import { strategyField } from '../../placement/strategies.js';

/** Scores the tasks that stay; the greatest goes first. */
interface Preference {
  /** Tasks with the same have the same score, whoever else goes. */
  kindOf(task: Task): string;
  score(task: Task): number;
  /** The task goes. */
  gone(task: Task): void;
}

function crowding(tasks: readonly Task[], placeOf: (task: Task) => string): Preference {
  const counts = new Map<string, number>();
  const add = (place: string, count: number) => void counts.set(place, (counts.get(place) ?? 0) + count);
  for (const task of tasks) add(placeOf(task), 1);
  return { kindOf: placeOf, score: (task) => counts.get(placeOf(task))!, gone: (task) => add(placeOf(task), -1) };
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
  if (count <= 0) return [];
  const instanceOf = (task: Task) => state.containerInstances.get(task.containerInstanceArn);
  const preferences = strategies.flatMap((strategy) => preferenceOf(strategy, tasks, instanceOf));
  const staying = sameKind(tasks, preferences);
  const chosen: Task[] = [];
  while (chosen.length < count && staying.size > 0) {
    // Of each kind only the next one: there are as many kinds as instances at most, not as tasks.
    let worst: Task[] | undefined;
    for (const kind of staying) if (!worst || comesBefore(kind.at(-1)!, worst.at(-1)!, preferences)) worst = kind;
    const task = worst!.pop()!;
    if (worst!.length === 0) staying.delete(worst!);
    for (const preference of preferences) preference.gone(task);
    chosen.push(task);
  }
  return chosen;
}

/** Tasks between which only their numbers decide, the one that goes first last. */
function sameKind(tasks: readonly Task[], preferences: readonly Preference[]): Set<Task[]> {
  const kinds = new Map<string, Task[]>();
  for (const task of tasks) {
    const key = preferences.map((preference) => preference.kindOf(task)).join('\n');
    const kind = kinds.get(key);
    if (kind) kind.push(task);
    else kinds.set(key, [task]);
  }
  for (const kind of kinds.values()) kind.sort((a, b) => byNumber(b, a));
  return new Set(kinds.values());
}

function preferenceOf(
  strategy: PlacementStrategy,
  tasks: readonly Task[],
  instanceOf: (task: Task) => ContainerInstance | undefined,
): readonly Preference[] {
  const field = strategyField(strategy);
  if (strategy.type === 'random') return [];
  if (strategy.type === 'binpack') {
    const reserved = (task: Task) => instanceOf(task)?.reserved[field === 'cpu' ? 'cpu' : 'memoryMiB'] ?? 0;
    return [{ kindOf: (task) => String(reserved(task)), score: (task) => -reserved(task), gone: () => undefined }];
  }
  if (field === 'instanceId') return [crowding(tasks, (task) => task.containerInstanceArn)];
  const attribute = (task: Task) => {
    const instance = instanceOf(task);
    return (instance && attributesOf(instance).get(field ?? '')) ?? '';
  };
  return [crowding(tasks, attribute)];
}

function comesBefore(a: Task, b: Task, preferences: readonly Preference[]): boolean {
  for (const preference of preferences) {
    const difference = preference.score(a) - preference.score(b);
    if (difference !== 0) return difference > 0;
  }
  return byNumber(a, b) < 0;
}

/** The highest replica number first. */
export function byNumber(a: Task, b: Task): number {
  const numbers = (b.replica?.number ?? 0) - (a.replica?.number ?? 0);
  return numbers === 0 ? (a.taskArn > b.taskArn ? -1 : 1) : numbers;
}
