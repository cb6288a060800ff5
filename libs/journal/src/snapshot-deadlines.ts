import type { Clock } from '#lib/platform';
import { inTime as bounded } from './in-time.js';
import type { SnapshotStore } from './snapshot-store.js';

/** Of one blob of ≤ 4 MiB, or of the list of names. A damaged object is never delivered to its end, and its reader is told nothing. */
const DEADLINE_MS = 5_000;

export const inTime = <T>(clock: Clock, what: string, work: Promise<T>): Promise<T> => bounded(clock, DEADLINE_MS, what, work);

/** A store that answers or throws in time: a snapshot is a cache, and no start waits for a cache that does not come. */
export function withDeadlines(store: SnapshotStore, clock: Clock): SnapshotStore {
  return {
    put: (name, bytes) => inTime(clock, `writing ${name}`, store.put(name, bytes)),
    get: (name) => inTime(clock, `reading ${name}`, store.get(name)),
    names: () => inTime(clock, 'listing the snapshots', store.names()),
    delete: (name) => inTime(clock, `deleting ${name}`, store.delete(name)),
  };
}
