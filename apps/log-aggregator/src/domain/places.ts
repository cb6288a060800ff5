import type { Table } from '#lib/kernel';
import { partitionOf } from '#lib/logs';
import type { LogGroup } from './model.js';

/** The aggregator that had the lines of all groups when there was only one, and that has those of whom nobody says more. */
export const FIRST_PLACE = 1;

interface Groups {
  readonly groups: Pick<Table<LogGroup>, 'countBy'>;
}

/** The partition that agents send a group's lines to. */
export const partitionOfGroup = ({ accountId, region, name }: Pick<LogGroup, 'accountId' | 'region' | 'name'>): number =>
  partitionOf({ accountId, region, logGroup: name });

/** How many groups of a partition have their lines at a place: `groups.countBy('home', …)`. */
export const homeKey = (partition: number, place: number): string => `${partition} ${place}`;

/**
 * Which of the aggregators that live (`places`) gets the lines of a new group, for as long as the group lives: the one that has most of its
 * partition's, to whom agents send them without a detour, and otherwise the one that has the fewest groups.
 */
export function placeFor(
  { groups }: Groups,
  group: Pick<LogGroup, 'accountId' | 'region' | 'name'>,
  places: readonly number[] = [],
): number {
  const partition = partitionOfGroup(group);
  const rank = (place: number) => [-groups.countBy('home', homeKey(partition, place)), groups.countBy('place', String(place))];
  const ranked = [...places].sort((a, b) => a - b).map((place) => ({ place, rank: rank(place) }));
  const [best] = ranked.sort((a, b) => a.rank[0]! - b.rank[0]! || a.rank[1]! - b.rank[1]!);
  return best?.place ?? FIRST_PLACE;
}

/** Whether an aggregator hears what agents send to a partition: it has groups of it, or nobody has. */
export function hears({ groups }: Groups, place: number, partition: number): boolean {
  return groups.countBy('home', homeKey(partition, place)) > 0 || groups.countBy('partition', String(partition)) === 0;
}
