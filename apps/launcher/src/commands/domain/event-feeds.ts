import type { EventFilter } from '#lib/kernel';
import { parsePosition } from '#lib/kernel';
import type { JournalName } from '#lib/names';

/** Public events of one journal: they have an order, ids and cursors of their own. */
export interface EventFeed {
  readonly journal: JournalName;
  /** The operation that reads what was. */
  readonly operation: string;
  /** Where what is to come is streamed. */
  readonly path: string;
}

const ECS: EventFeed = { journal: 'ecs', operation: 'ReadEvents', path: '/events' };
const LOAD_BALANCING: EventFeed = {
  journal: 'load-balancing',
  operation: 'ReadLoadBalancingEvents',
  path: '/events/load-balancing',
};
const SCALING: EventFeed = { journal: 'scaling', operation: 'ReadScalingEvents', path: '/events/scaling' };
const IN_NO_CLUSTER = [LOAD_BALANCING, SCALING];

const feedOf = (detailType: string): EventFeed =>
  /^(ELB|Cloud Map) /.test(detailType)
    ? LOAD_BALANCING
    : /^(CloudWatch|Application Auto Scaling|Scheduled|EventBridge) /.test(detailType)
      ? SCALING
      : ECS;

/** Who has what is asked for, each with its share of the filter. `after` is a place in one journal, so only that one is asked. */
export function feedsFor(filter: EventFilter, after?: string): readonly (readonly [feed: EventFeed, filter: EventFilter])[] {
  const { detailTypes, clusters, services, groups } = filter;
  const isOfClusters = [clusters, services, groups].some((names) => names !== undefined);
  const asked = [ECS, ...IN_NO_CLUSTER].flatMap((feed): [EventFeed, EventFilter][] => {
    if (feed !== ECS && isOfClusters) return [];
    if (!detailTypes) return [[feed, filter]];
    const own = detailTypes.filter((type) => feedOf(type) === feed);
    return own.length > 0 ? [[feed, { ...filter, detailTypes: own }]] : [];
  });
  // A type that is in no cluster, of a cluster: told by who is asked for it.
  const feeds = asked.length > 0 ? asked : [[ECS, filter] as const];
  if (after === undefined) return feeds;
  return [feeds.find(([{ journal }]) => parsePosition(journal, after)) ?? feeds[0]!];
}

/** What several journals tell, in the order of their times; answers what each of them answers at its end. */
export async function* inOrder<T extends { readonly time: string }, R>(
  sources: readonly AsyncIterator<T, R>[],
): AsyncGenerator<T, readonly R[]> {
  const heads = await Promise.all(sources.map((source) => source.next()));
  for (;;) {
    let first = -1;
    heads.forEach((head, at) => {
      const before = first < 0 ? undefined : heads[first]!;
      if (!head.done && (!before || head.value.time < (before.value as T).time)) first = at;
    });
    if (first < 0) return heads.map(({ value }) => value as R);
    yield heads[first]!.value as T;
    heads[first] = await sources[first]!.next();
  }
}
