import type { ContainerInstance } from '../model/container-instance.js';
import type { PlacementStrategy } from '../model/task-definition.js';
import { attributesOf, type Candidate } from './candidate.js';
import { remaining } from './capacity.js';

/**
 * Which of the instances that can take a task gets it. A strategy scores a candidate, the least wins; the next strategy orders
 * the ties of those before it, and chance the rest (two schedulers that plan at once then seldom want the same instance).
 */
export interface Strategy {
  score(candidate: Candidate): number;
  /** A task was put on the candidate. */
  placed(candidate: Candidate): void;
}

const nothing = () => undefined;

const binpack = (resource: 'cpu' | 'memoryMiB'): Strategy => ({
  score: ({ instance }) => remaining(instance)[resource],
  placed: nothing,
});

const spreadOverInstances: Strategy = { score: ({ groupTasks }) => groupTasks, placed: nothing };

/** Instances without the attribute are one place together: they are not told apart by it. */
function spreadOverAttribute(name: string, everyInstance: Iterable<Pick<Candidate, 'instance' | 'groupTasks'>>): Strategy {
  const placeOf = (instance: ContainerInstance) => attributesOf(instance).get(name);
  const counts = new Map<string | undefined, number>();
  const add = (place: string | undefined, tasks: number) => counts.set(place, (counts.get(place) ?? 0) + tasks);
  for (const { instance, groupTasks } of everyInstance) add(placeOf(instance), groupTasks);
  return {
    score: ({ instance }) => counts.get(placeOf(instance)) ?? 0,
    placed: ({ instance }) => void add(placeOf(instance), 1),
  };
}

/** Field of a strategy, without regard to case where ECS has none: `host` means `instanceId`. */
export function strategyField({ type, field }: PlacementStrategy): string | undefined {
  const lower = field?.toLowerCase();
  if (type === 'binpack') return lower === 'cpu' || lower === 'memory' ? lower : undefined;
  if (type === 'random') return 'random';
  if (lower === 'instanceid' || lower === 'host') return 'instanceId';
  // Terraform and the console write attribute:x; a bare ecs.availability-zone is taken, too.
  if (lower?.startsWith('attribute:')) return field!.slice('attribute:'.length) || undefined;
  return field?.startsWith('ecs.') ? field : undefined;
}

/** Whether the strategies ask how many tasks of the group run where. */
export const countsTasks = (strategies: readonly PlacementStrategy[]): boolean =>
  strategies.some(({ type }) => type === 'spread');

/** `everyInstance`: also those that are full or drain, because their tasks count where they are. */
export function strategiesFor(
  strategies: readonly PlacementStrategy[],
  everyInstance: Iterable<Pick<Candidate, 'instance' | 'groupTasks'>>,
  random: () => number,
): readonly Strategy[] {
  return strategies.map((strategy): Strategy => {
    const field = strategyField(strategy);
    if (strategy.type === 'random') return { score: random, placed: nothing };
    if (strategy.type === 'binpack') return binpack(field === 'cpu' ? 'cpu' : 'memoryMiB');
    return field === 'instanceId' ? spreadOverInstances : spreadOverAttribute(field ?? '', everyInstance);
  });
}

/** The best candidate, or undefined when there is none. Among equals each is as likely as the other. */
export function best<C extends Candidate>(
  candidates: Iterable<C>,
  strategies: readonly Strategy[],
  random: () => number,
): C | undefined {
  let chosen: C | undefined;
  let chosenScores: readonly number[] = [];
  let equals = 0;
  for (const candidate of candidates) {
    const scores = strategies.length === 0 ? chosenScores : strategies.map((strategy) => strategy.score(candidate));
    const order = chosen ? compare(scores, chosenScores) : -1;
    if (order > 0) continue;
    equals = order === 0 ? equals + 1 : 1;
    if (order === 0 && random() * equals >= 1) continue;
    chosen = candidate;
    chosenScores = scores;
  }
  return chosen;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
