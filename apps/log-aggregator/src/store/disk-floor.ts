import type { Clock } from '#lib/platform';
import { type LogStore, StoreUnavailable } from './log-store.js';

/**
 * Below it no more lines are taken: what is left of the disk is for the journal, without which nothing is decided any more, and for
 * sealing what has been taken, which gives space back. The broker stops at 64 MiB.
 */
const LEAST_FREE_BYTES = 256 * 1024 * 1024;
/** Between two looks at the disk. */
const LOOK_MS = 500;

/** The store, as long as there is room for more than lines on its disk; it takes them again as soon as there is. */
export function aboveDiskFloor(
  store: LogStore,
  { clock, freeBytes, leastBytes = LEAST_FREE_BYTES }: { clock: Clock; freeBytes: () => number; leastBytes?: number },
): LogStore {
  let [lookedAtMs, hasRoom] = [-Infinity, true];
  return {
    append: (append) => {
      const now = clock.monotonicMs();
      if (now - lookedAtMs >= LOOK_MS) [lookedAtMs, hasRoom] = [now, freeBytes() >= leastBytes];
      if (hasRoom) return store.append(append);
      return Promise.reject(
        new StoreUnavailable(
          `Less than ${leastBytes / 1024 / 1024} MiB are free where lines are kept: they are taken when there is room.`,
        ),
      );
    },
    scan: (scan, signal) => store.scan(scan, signal),
    count: (counting, signal) => store.count(counting, signal),
    streamTimes: (group) => store.streamTimes(group),
    storedBytes: () => store.storedBytes(),
    sweep: (sweep) => store.sweep(sweep),
    damaged: () => store.damaged(),
    close: () => store.close(),
  };
}
