import type { Major, Segment } from '#lib/kernel';
import type { Resources } from '../model/common.js';
import { type ClusterCapacity, CPU, type Host, MEMORY, type Place } from '../model/free-capacity.js';
import type { GroupPlaces } from '../model/group-places.js';
import { Binpack, compareScores, type Score, SpreadOverAttribute, SpreadOverInstances, type Strategy } from './strategies.js';
import { type Drawable, Urn } from './urn.js';

/** Hosts that the first strategies score alike. */
export interface Tier {
  /** Of the strategies that made the tier. */
  readonly score: Score;
  /** The tier's hosts, and undefined for what is there and not of the tier. */
  readonly hosts: Drawable<Host | undefined>;
  /** What orders them further, when each is asked. */
  readonly rest: readonly Strategy[];
}

const majorOf = ({ resource }: Binpack): Major => (resource === 'cpu' ? CPU : MEMORY);
const itself = (host: Host) => host;

/**
 * The hosts of a cluster that have CPU and memory enough, best first, by the indexes of what hosts have left and of where the
 * group's tasks are, so that nobody walks over the cluster: a spread over attributes divides it into places, the least of
 * which are taken together; within them the group's index says where it has the fewest tasks, or the order of free capacity where
 * the least is left. (swarmkit's scheduler divides its node set by each preference likewise; Nomad scores a sample, which a choice
 * that users can predict cannot do.) It is about the state: what a plan has put somewhere is the chooser's to know.
 */
export class Ranking {
  private readonly byAttributes: readonly SpreadOverAttribute[];
  private readonly within: readonly Strategy[];
  private readonly division: ReturnType<ClusterCapacity['dividedBy']>;
  private readonly roomy = new Map<Place, readonly Segment<Host>[]>();

  constructor(
    private readonly capacity: ClusterCapacity,
    private readonly group: GroupPlaces,
    private readonly need: Pick<Resources, 'cpu' | 'memoryMiB'>,
    strategies: readonly Strategy[],
  ) {
    const end = strategies.findIndex((strategy) => !(strategy instanceof SpreadOverAttribute));
    this.byAttributes = (end < 0 ? strategies : strategies.slice(0, end)) as readonly SpreadOverAttribute[];
    this.within = strategies.slice(this.byAttributes.length);
    this.division = capacity.dividedBy(this.byAttributes.map(({ attribute }) => attribute));
  }

  get hasRoom(): boolean {
    for (const place of this.division.all()) if (this.withRoom(place).length > 0) return true;
    return false;
  }

  /** In ascending order of their scores. */
  *tiers(): Iterable<Tier> {
    let next = this.placesAfter();
    while (next) {
      const [first, ...others] = this.within;
      if (first instanceof SpreadOverInstances) yield* this.byTasks(next.score, next.places, others);
      else yield* this.byRoom(next.score, next.places, this.within, itself);
      next = this.placesAfter(next.score);
    }
  }

  /** The places with the least score, or with the least that is more than `before`. */
  private placesAfter(before?: Score): { readonly score: Score; readonly places: readonly Place[] } | undefined {
    let least: { score: Score; places: Place[] } | undefined;
    for (const place of this.division.all()) {
      const score = this.byAttributes.map((spread, i) => spread.at(place.values[i]));
      if (before && compareScores(score, before) <= 0) continue;
      const order = least ? compareScores(score, least.score) : -1;
      if (order < 0) least = { score, places: [place] };
      else if (order === 0) least!.places.push(place);
    }
    return least;
  }

  /** Those without a task of the group, then those with the fewest. */
  private *byTasks(score: Score, places: readonly Place[], others: readonly Strategy[]): Iterable<Tier> {
    const { group, capacity } = this;
    const roomy = places.flatMap((place) => this.withRoom(place));
    const room = roomy.reduce((sum, { from, to }) => sum + to - from, 0);
    if (room === 0) return;
    const having = (count: number) => (host: Host) => (group.on(host.key) === count ? host : undefined);
    if (!group.holdsAll(capacity)) yield* this.byRoom([...score, 0], places, others, having(0));
    const among = new Set(places);
    const hostOf = ({ containerInstanceArn }: { readonly containerInstanceArn: string }) => {
      const host = capacity.host(containerInstanceArn);
      return host && among.has(this.division.of(host.instance)!) ? host : undefined;
    };
    for (const count of group.counts()) {
      const held = group.withTasks(count);
      const tier = { score: [...score, count], rest: others };
      // Where little has room, what has is asked how many tasks it has; else the other way round.
      if (room < held.length) yield { ...tier, hosts: new Urn(roomy, having(count)) };
      else yield { ...tier, hosts: new Urn([{ entries: held, from: 0, to: held.length }], hostOf) };
    }
  }

  /** Those with the least left that is enough, where it is binpacked; else all with enough. */
  private *byRoom(
    score: Score,
    places: readonly Place[],
    strategies: readonly Strategy[],
    meant: (host: Host) => Host | undefined,
  ): Iterable<Tier> {
    const [first, second] = strategies;
    if (!(first instanceof Binpack)) {
      yield {
        score,
        hosts: new Urn(
          places.flatMap((place) => this.withRoom(place)),
          meant,
        ),
        rest: strategies,
      };
      return;
    }
    const major = majorOf(first);
    const minor: Major = major === CPU ? MEMORY : CPU;
    const need = [this.need.cpu, this.need.memoryMiB] as const;
    const byBoth = second instanceof Binpack && second.resource !== first.resource;
    const rest = strategies.slice(byBoth ? 2 : 1);
    const lists = places.map((place) => place.inOrderOf(major));
    let behind: readonly [number, number] | undefined;
    for (;;) {
      let least: Host | undefined;
      for (const list of lists) {
        const head = behind ? list.first(...behind, need[minor], true) : list.first(need[major], -Infinity, need[minor]);
        if (!head) continue;
        const order = least ? head.amounts[major] - least.amounts[major] : -1;
        if (order < 0 || (order === 0 && byBoth && head.amounts[minor] < least!.amounts[minor])) least = head;
      }
      if (!least) return;
      const [most, other] = [least.amounts[major], least.amounts[minor]];
      const [from, to] = byBoth ? [other, other] : [need[minor], Infinity];
      const hosts = new Urn(
        lists.flatMap((list) => list.range(most, from, to)),
        meant,
      );
      yield { score: byBoth ? [...score, most, other] : [...score, most], hosts, rest };
      behind = [most, to];
    }
  }

  private withRoom(place: Place): readonly Segment<Host>[] {
    let segments = this.roomy.get(place);
    if (!segments) {
      segments = place.inOrderOf(MEMORY).withAtLeast(this.need.memoryMiB, this.need.cpu);
      this.roomy.set(place, segments);
    }
    return segments;
  }
}
