import { attributesOf } from '../model/attributes.js';
import type { PlacementStrategy } from '../model/task-definition.js';
import type { Candidate } from './candidate.js';
import { remaining } from './capacity.js';

/**
 * Which of the instances that can take a task gets it. A strategy scores a candidate, the least wins; the next strategy orders
 * the ties of those before it, and chance the rest (two schedulers that plan at once then seldom want the same instance).
 */
export type Strategy = Binpack | SpreadOverInstances | SpreadOverAttribute;

export class Binpack {
  constructor(readonly resource: 'cpu' | 'memoryMiB') {}

  score({ instance }: Candidate): number {
    return remaining(instance)[this.resource];
  }
}

export class SpreadOverInstances {
  score({ groupTasks }: Candidate): number {
    return groupTasks;
  }
}

/** Instances without the attribute are one place together: they are not told apart by it. */
export class SpreadOverAttribute {
  private readonly planned = new Map<string | undefined, number>();

  constructor(
    readonly attribute: string,
    /** Tasks of the group by the attribute's value: also on instances that are full or drain, because they count where they are. */
    private readonly counts: ReadonlyMap<string | undefined, number>,
  ) {}

  score({ instance }: Candidate): number {
    return this.at(attributesOf(instance).get(this.attribute));
  }

  at(value: string | undefined): number {
    return (this.counts.get(value) ?? 0) + (this.planned.get(value) ?? 0);
  }

  /** A task was put on the candidate. */
  placed({ instance }: Candidate): void {
    const value = attributesOf(instance).get(this.attribute);
    this.planned.set(value, (this.planned.get(value) ?? 0) + 1);
  }
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

/** Those up to `random`: it leaves no ties that a later one could order, and is what happens to ties anyway. */
export function strategiesFor(
  strategies: readonly PlacementStrategy[],
  countsBy: (attribute: string) => ReadonlyMap<string | undefined, number>,
): readonly Strategy[] {
  const end = strategies.findIndex(({ type }) => type === 'random');
  return (end < 0 ? strategies : strategies.slice(0, end)).map((strategy): Strategy => {
    const field = strategyField(strategy);
    if (strategy.type === 'binpack') return new Binpack(field === 'cpu' ? 'cpu' : 'memoryMiB');
    return field === 'instanceId' ? new SpreadOverInstances() : new SpreadOverAttribute(field ?? '', countsBy(field ?? ''));
  });
}

export type Score = readonly number[];

export const scoreOf = (strategies: readonly Strategy[], candidate: Candidate): Score =>
  strategies.map((strategy) => strategy.score(candidate));

/** As far as both go. */
export function compareScores(a: Score, b: Score): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

/** The best candidate, or undefined when there is none. Among equals each is as likely as the other. */
export function best<C extends Candidate>(
  candidates: Iterable<C>,
  strategies: readonly Strategy[],
  random: () => number,
): C | undefined {
  let chosen: C | undefined;
  let chosenScore: Score = [];
  let equals = 0;
  for (const candidate of candidates) {
    const score = scoreOf(strategies, candidate);
    const order = chosen ? compareScores(score, chosenScore) : -1;
    if (order > 0) continue;
    equals = order === 0 ? equals + 1 : 1;
    if (order === 0 && random() * equals >= 1) continue;
    chosen = candidate;
    chosenScore = score;
  }
  return chosen;
}
