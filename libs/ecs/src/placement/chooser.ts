import type { Resources } from '../model/common.js';
import type { Host } from '../model/free-capacity.js';
import type { Candidate } from './candidate.js';
import { type Filter, firstRefusal } from './filters.js';
import type { Ranking, Tier } from './ranking.js';
import { best, compareScores, type Score, scoreOf, SpreadOverAttribute, type Strategy } from './strategies.js';

/** A candidate on which a plan reserves. */
export interface Plannable extends Candidate {
  reserve(need: Resources): void;
}

/**
 * Chooses an instance for one task after another: the first tier of the ranking that has one that every filter admits, by chance
 * among equals. What the plan itself has put somewhere is not in the indexes, so the instances that it has touched are scored one by
 * one, and stand beside the tiers.
 */
export class Chooser<C extends Plannable> {
  /** By ARN, every instance that got a task. */
  readonly touched = new Map<string, C>();
  /** Those of them that may get another, as far as it lasts. */
  private open: C[] = [];
  /** What is out for the rest of the plan. */
  private readonly out = new Set<string>();
  private readonly lasting: readonly Filter[];
  private readonly returning: readonly Filter[];

  constructor(
    private readonly ranking: Ranking,
    private readonly strategies: readonly Strategy[],
    filters: readonly Filter[],
    private readonly candidateOf: (host: Host) => C,
    private readonly need: Resources,
    private readonly random: () => number,
  ) {
    this.lasting = filters.filter(({ changes }) => changes !== 'always');
    this.returning = filters.filter(({ changes }) => changes === 'always');
  }

  /** Undefined when no instance can take one more. */
  next(): C | undefined {
    const chosen = this.choose();
    if (!chosen) return undefined;
    chosen.reserve(this.need);
    for (const strategy of this.strategies) if (strategy instanceof SpreadOverAttribute) strategy.placed(chosen);
    const arn = chosen.instance.containerInstanceArn;
    if (!this.touched.has(arn)) {
      this.touched.set(arn, chosen);
      this.open.push(chosen);
    }
    // The others did not change.
    if (firstRefusal(this.lasting, chosen) !== undefined) this.open = this.open.filter((candidate) => candidate !== chosen);
    return chosen;
  }

  private choose(): C | undefined {
    const { random } = this;
    const touched = this.open
      .filter((candidate) => firstRefusal(this.returning, candidate) === undefined)
      .map((candidate) => ({ candidate, score: scoreOf(this.strategies, candidate) }));
    for (const tier of this.ranking.tiers()) {
      const order = touched.reduce((least, { score }) => Math.min(least, compareScores(score, tier.score)), Infinity);
      if (order < 0) break;
      const equals = touched.filter(({ score }) => isOf(tier, score)).map(({ candidate }) => candidate);
      const chosen =
        tier.rest.length === 0 ? this.draw(tier, equals) : best([...this.admitted(tier), ...equals], tier.rest, random);
      if (chosen) return chosen;
    }
    return best(
      touched.map(({ candidate }) => candidate),
      this.strategies,
      random,
    );
  }

  private draw({ hosts }: Tier, equals: readonly C[]): C | undefined {
    while (hosts.left + equals.length > 0) {
      const drawn = this.random() * (hosts.left + equals.length);
      if (drawn >= hosts.left) return equals[Math.min(Math.floor(drawn - hosts.left), equals.length - 1)];
      const candidate = this.admit(hosts.draw(drawn / hosts.left));
      if (candidate) return candidate;
    }
    return undefined;
  }

  private *admitted({ hosts }: Tier): Iterable<C> {
    for (const host of hosts.all()) {
      const candidate = this.admit(host);
      if (candidate) yield candidate;
    }
  }

  private admit(host: Host | undefined): C | undefined {
    if (!host || this.out.has(host.key) || this.touched.has(host.key)) return undefined;
    const candidate = this.candidateOf(host);
    if (firstRefusal(this.lasting, candidate) !== undefined) {
      this.out.add(host.key);
      return undefined;
    }
    return firstRefusal(this.returning, candidate) === undefined ? candidate : undefined;
  }
}

const isOf = (tier: Pick<Tier, 'score'>, score: Score) => compareScores(score, tier.score) === 0;
