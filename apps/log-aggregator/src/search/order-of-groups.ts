import type { LogGroup } from '../domain/model.js';
import { comparePositions, type Page, type Position, type StoredEvent } from '../store/log-store.js';

/** Where an event of several groups stands: by time, among those of one time by group, and in it by arrival. */
export interface GlobalPosition extends Position {
  /** Id. */
  readonly group: string;
}

export interface FoundEvent extends StoredEvent {
  readonly of: LogGroup;
}

export type Order = 'newest first' | 'oldest first';

/** Negative when `a` comes before `b`. */
export function compareGlobal(a: GlobalPosition, b: GlobalPosition, order: Order = 'newest first'): number {
  const direction = order === 'oldest first' ? 1 : -1;
  return (
    direction * (a.timestamp - b.timestamp) ||
    (a.group < b.group ? -1 : a.group > b.group ? 1 : direction * comparePositions(a, b))
  );
}

/** Where the scan of one group goes on behind a place among all. */
export function behind(place: GlobalPosition, group: string, order: Order): Position {
  if (place.group === group) return place;
  // Of the same millisecond everything is to come, or nothing.
  const isAllToCome = group > place.group;
  return isAllToCome === (order === 'newest first')
    ? { timestamp: place.timestamp, run: Number.MAX_SAFE_INTEGER, index: Number.MAX_SAFE_INTEGER }
    : { timestamp: place.timestamp, run: -1, index: 0 };
}

/**
 * One page of the pages of all groups. What is beyond the place up to which one of them was looked at is not given yet: something
 * that comes before it might be there.
 */
export function mergePages(
  pages: readonly { readonly group: LogGroup; readonly page: Page }[],
  limit: number,
  order: Order,
): { readonly events: readonly FoundEvent[]; readonly next?: GlobalPosition } {
  const compare = (a: GlobalPosition, b: GlobalPosition) => compareGlobal(a, b, order);
  const ends = pages.flatMap(({ group, page }) => (page.next ? [{ ...page.next, group: group.id }] : []));
  const horizon = ends.sort(compare)[0];
  const all = pages
    .flatMap(({ group, page }) => page.events.map((event) => ({ event, group, at: { ...event, group: group.id } })))
    .filter(({ at }) => !horizon || compare(at, horizon) <= 0)
    .sort((a, b) => compare(a.at, b.at));
  const events = all.slice(0, limit).map(({ event, group }) => ({ ...event, of: group }));
  const last = all[limit - 1];
  if (all.length > limit && last) {
    const { timestamp, run, index, group } = last.at;
    return { events, next: { timestamp, run, index, group } };
  }
  return { events, ...(horizon ? { next: horizon } : {}) };
}
