import { isDeepStrictEqual } from 'node:util';
import type { Domain } from '#lib/kernel';

import type { Clock } from '#lib/platform';
import { digestOf } from '../digest.js';
import { JournalMismatchError } from '../errors.js';
import { Fold } from '../fold.js';
import { BEFORE_ALL, type Journal, type RecordedCommit, type Revision } from '../port.js';
import { upcastingJournal } from '../upcasting-journal.js';
import { Transfer } from './transfer.js';

/** Appends that do not wait for each other. */
const AT_ONCE = 64;

export interface CopyOptions {
  readonly clock: Clock;
  /** Told now and then; `done` of `of` commits. */
  readonly progress?: (what: 'compared' | 'copied', done: number, of: number) => void;
}

/**
 * Brings the target to what the source has: from nothing, or from where an earlier copy ended. Nothing is appended to a target that has
 * anything else than the source's beginning. Nobody else may write to either meanwhile. Returns how many were appended.
 */
export async function copyJournal(source: Journal, target: Journal, { clock, progress }: CopyOptions): Promise<number> {
  const refuse = (why: string) => new JournalMismatchError(target.name, `it cannot be copied: ${why}`);
  if (source.journalId !== target.journalId)
    throw refuse(`the source is journal ${source.journalId}, and the target holds ${target.journalId}`);
  const [length, there] = [await source.head(), await target.head()];
  if (there > length) throw refuse(`the target has ${there} commits, and the source only ${length}`);
  const inTarget = upTo(target, there);
  try {
    for await (const { revision, commit } of upTo(source, there)) {
      const copied = (await inTarget.next()).value as RecordedCommit | undefined;
      if (!isDeepStrictEqual(commit, copied?.commit)) throw refuse(`the two have different commits at revision ${revision}`);
      progress?.('compared', revision, there);
    }
  } finally {
    await inTarget.return(undefined);
  }
  const transfer = new Transfer(target, clock, AT_ONCE, (revision) => progress?.('copied', revision, length));
  for await (const { revision, commit } of upTo(source, length, there)) await transfer.put(commit, revision);
  await transfer.flush();
  return length - there;
}

export interface JournalDigest {
  readonly commits: Revision;
  /** Of the state that all of them make. */
  readonly digest: string;
}

/** Folds the whole journal, from its first commit. */
export async function digestOfJournal<S>(
  journal: Journal,
  domain: Pick<Domain<S>, 'newTables' | 'decider'>,
  clock: Clock,
): Promise<JournalDigest> {
  const { name, journalId } = journal;
  const store = domain.newTables();
  const fold = new Fold<S>({ name, journalId, store, decider: domain.decider, clock });
  const commits = await journal.head();
  for await (const { revision, commit } of upTo(upcastingJournal(journal, domain.decider), commits)) fold.apply(commit, revision);
  return { commits, digest: digestOf(store) };
}

/** What follows `after`, until `last` and no further. */
async function* upTo(journal: Journal, last: Revision, after: Revision = BEFORE_ALL): AsyncGenerator<RecordedCommit, undefined> {
  if (after >= last) return undefined;
  const enough = new AbortController();
  try {
    for await (const recorded of journal.follow(after, enough.signal)) {
      yield recorded;
      if (recorded.revision >= last) return undefined;
    }
  } finally {
    enough.abort(new Error('enough'));
  }
  return undefined;
}
