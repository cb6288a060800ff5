import type { EventRecord, Transaction } from '#lib/kernel';
import type { JournalName } from '#lib/names';

/**
 * The journal port. A journal is an append-only sequence of commits with one writer at a time; the expected revision of an
 * append is the fence that keeps a paused old writer from changing history.
 */

/** A commit's sequence number in its journal, from 1; 0 means "before the first commit". Rises by exactly 1. */
export type Revision = number & { readonly __brand: 'Revision' };
export const BEFORE_ALL = 0 as Revision;

/** Per journal, how far a state has been folded (or has to be, before a read is answered). */
export type RevisionVector = Partial<Record<JournalName, Revision>>;

/** One journal message: the transactions decided together. The envelope is for ever. */
export interface Commit {
  readonly v: 1;
  /** Names this journal's incarnation; a state directory or container of another journal is never touched. */
  readonly journalId: string;
  readonly commitId: string;
  /** ISO-8601 with milliseconds; only rises from commit to commit, so time orders revisions. */
  readonly at: string;
  readonly writer: string;
  /** Empty for a barrier (see `AppendOutcome`). */
  readonly transactions: readonly Transaction[];
}

/**
 * - `committed`: on disk, at `revision`.
 * - `conflict`: somebody else appended first; nothing was stored. `head` is what the server says, when it says it.
 * - `unknown`: no answer. The commit may be stored, or may still land. The caller must stop deciding and prove the outcome
 *   with a barrier at the same expected revision (`Committer` does); a blind retry proves nothing, servers differ.
 */
export type AppendOutcome =
  | { readonly outcome: 'committed'; readonly revision: Revision }
  | { readonly outcome: 'conflict'; readonly head?: Revision }
  | { readonly outcome: 'unknown'; readonly error: unknown };

export interface RecordedCommit {
  readonly revision: Revision;
  readonly commit: Commit;
  /** How many commits were behind this one when it was delivered, where the adapter knows. */
  readonly pending?: number;
}

/** Which events a follower has no use for (`Decider.ignores`). */
export type Ignores = (event: Pick<EventRecord, 'type' | 'v'>) => boolean;

export interface Journal {
  readonly name: JournalName;
  readonly journalId: string;
  /**
   * What cannot be told is `unknown`; throws (`JournalMismatchError`) only what no repetition changes. `json`: the commit as it is stored,
   * where the caller has made it already.
   */
  append(commit: Commit, expected: Revision, json?: string): Promise<AppendOutcome>;
  /** The commit at `revision`, or undefined when there is none (yet). */
  read(revision: Revision): Promise<Commit | undefined>;
  /** The revision of the last commit; `BEFORE_ALL` for an empty journal. Throws when nobody answers, as `read` does. */
  head(): Promise<Revision>;
  /**
   * Every commit after `after`, in order, without gap or overlap, also across reconnects and server restarts; waits for more
   * until the signal aborts (then it returns). Outages are waited out; throws (`JournalMismatchError`) only when what is stored
   * is no longer the journal that was opened. A commit whose events are all ignored may come without its transactions: an adapter that
   * knows it unread need not read it.
   */
  follow(after: Revision, signal: AbortSignal, ignores?: Ignores): AsyncIterable<RecordedCommit>;
}

/** The largest commit, in bytes of JSON. The committer closes a batch before it; a single transaction past it is refused. */
export const MAX_COMMIT_BYTES = 256 * 1024;
