import { ecsEvents, type Occurrence } from '#lib/ecs/public-events';
import { createEcsStore, type EcsState } from '#lib/ecs/model';
import { ecs } from '#lib/ecs';
import type { PublicEvent, Scope } from '#lib/kernel';
import { BEFORE_ALL, type Commit, Fold, type Revision, upcastCommit } from '#lib/journal';
import { type Clock, systemClock } from '#lib/platform';
import { EventRing } from '#lib/app';

export const EVERYTHING = { maxResults: Infinity, maxBytes: Infinity };
export const SCOPE = { accountId: '000000000000', region: 'us-east-1' } as Scope;

/** A fold with a ring on it. */
export function watchedFold(
  journalId: string,
  ring = new EventRing(ecsEvents, Infinity),
  clock: Clock = systemClock,
): { fold: Fold<EcsState>; ring: EventRing<EcsState, Occurrence> } {
  const decider = ring.decider(ecs.decider);
  const fold = new Fold<EcsState>({ name: 'ecs', journalId, store: createEcsStore(), decider, clock });
  ring.follow(fold);
  return { fold, ring };
}

/** What a journal means in public: every event of one (account, region), from a fold of its own. */
export function publicEventsOf(commits: readonly Commit[], scope = SCOPE): readonly PublicEvent[] {
  const { fold, ring } = watchedFold(commits[0]!.journalId);
  commits.forEach((commit, i) => fold.apply(upcastCommit(commit, ecs.decider), (i + 1) as Revision));
  return asRead(ring.page({ revision: BEFORE_ALL }, scope, {}, EVERYTHING).events);
}

/** Over the wire there is no `undefined`. */
export const asRead = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
