import { Backoff, type Clock } from '#lib/platform';
import type { Fold } from './fold.js';
import { BEFORE_ALL, type Journal, type Revision } from './port.js';

/** The last revision at or before `atMs` (milliseconds since the epoch), by halving: `at` only rises. */
export async function revisionAt(journal: Journal, atMs: number): Promise<Revision> {
  let [low, high] = [BEFORE_ALL as number, (await journal.head()) as number];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const commit = await journal.read(middle as Revision);
    if (!commit) throw new Error(`${journal.name}:${middle} cannot be read`);
    if (Date.parse(commit.at) <= atMs) low = middle;
    else high = middle - 1;
  }
  return low as Revision;
}

const PAUSES = { firstMs: 5, longestMs: 200 };

/** Waits until the journal has come to `revision`: what another handle of it has shown may reach this one a moment later. */
export async function untilHead(journal: Journal, revision: number, clock: Clock, signal: AbortSignal): Promise<void> {
  const backoff = new Backoff(clock, PAUSES);
  while ((await journal.head()) < revision) {
    await backoff.pause({ signal });
    signal.throwIfAborted();
  }
}

/**
 * Folds on to exactly `revision`, which the journal must have, or ends earlier where `isEnough` says so. For states of the past,
 * in a fold of their own.
 */
export async function foldUpTo<S>(
  fold: Fold<S>,
  journal: Journal,
  revision: Revision,
  isEnough: () => boolean = () => false,
): Promise<void> {
  if (fold.revision >= revision) return;
  const aborting = new AbortController();
  for await (const recorded of journal.follow(fold.revision, aborting.signal)) {
    fold.apply(recorded.commit, recorded.revision);
    if (recorded.revision >= revision || isEnough()) break;
  }
  aborting.abort();
}
