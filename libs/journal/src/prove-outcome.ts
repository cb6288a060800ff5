import { Backoff, type Clock, type Logger } from '#lib/platform';
import { JournalMismatchError, messageOf } from './errors.js';
import type { Commit, Journal, Revision } from './port.js';

/** What became of an append that was not acknowledged. */
export type ProvedOutcome =
  | { readonly outcome: 'landed' }
  /** `barrier` is stored at the revision that the commit asked for. */
  | { readonly outcome: 'never-lands'; readonly barrier: Commit }
  | { readonly outcome: 'other-writer'; readonly writer: string }
  | { readonly outcome: 'cancelled' };

export interface UnprovedAppend {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly commit: Commit;
  readonly expected: Revision;
  /** The append was answered with a conflict: the revision is taken, perhaps by this very commit (a broken connection can send twice). */
  readonly isConflict: boolean;
  /** A new empty commit each time. */
  readonly barrier: () => Commit;
  readonly isCancelled: () => boolean;
}

const PAUSES = { firstMs: 10, longestMs: 500 };

/**
 * An append without an answer may be stored, lost, or still on its way. A barrier (an empty commit) at the same expected
 * revision decides it: stored, it has taken the one place where the lost commit could land; refused, the place is taken, and
 * reading it tells by whom. Repeating the commit itself would prove nothing: servers differ in whether they look for
 * duplicates or for the expected sequence first. Throws `JournalMismatchError` when acknowledged commits have gone.
 */
export async function proveOutcome(append: UnprovedAppend): Promise<ProvedOutcome> {
  const { journal, clock, commit, expected } = append;
  // A barrier can get lost like the commit and land later: each is remembered.
  const barriers = new Map<string, Commit>();
  let isTaken = append.isConflict;
  const backoff = new Backoff(clock, PAUSES);
  while (!append.isCancelled()) {
    if (!isTaken) {
      const barrier = append.barrier();
      barriers.set(barrier.commitId, barrier);
      const result = await journal.append(barrier, expected);
      if (result.outcome === 'committed') return { outcome: 'never-lands', barrier };
      isTaken = result.outcome === 'conflict';
    }
    const stored = isTaken ? await readBack(append) : undefined;
    // Conflicts are also answered while another append is under way (in a cluster): then the place may be free after all.
    if (stored === 'free') isTaken = false;
    else if (stored) {
      if (stored.commitId === commit.commitId) return { outcome: 'landed' };
      const barrier = barriers.get(stored.commitId);
      return barrier ? { outcome: 'never-lands', barrier } : { outcome: 'other-writer', writer: stored.writer };
    }
    await backoff.pause();
  }
  return { outcome: 'cancelled' };
}

/** The commit at the disputed revision; `free` when there is none, undefined when nobody answers. */
async function readBack({ journal, expected, logger }: UnprovedAppend): Promise<Commit | 'free' | undefined> {
  try {
    const stored = await journal.read((expected + 1) as Revision);
    if (stored) return stored;
    const head = await journal.head();
    if (head < expected)
      throw new JournalMismatchError(
        journal.name,
        `it ends at revision ${head}, but ${expected} was acknowledged before: commits are missing`,
      );
    return head === expected ? 'free' : undefined;
  } catch (error) {
    if (error instanceof JournalMismatchError) throw error;
    logger.warn({ journal: journal.name, expected }, `reading back failed, trying again: ${messageOf(error)}`);
    return undefined;
  }
}
