import type { Clock } from '#lib/platform';
import { LostCommitsError } from './errors.js';
import { BEFORE_ALL, type Journal, type Revision } from './port.js';
import type { JournalName } from '#lib/names';

/** A commit that was acknowledged, remembered outside the journal's own stream. */
export interface HighWaterMark {
  readonly journalId: string;
  readonly revision: Revision;
  /** Empty at revision 0. */
  readonly commitId: string;
  /** A loss was accepted: revisions up to this one may have been given out before, and are filled with barriers. */
  readonly fillTo?: Revision;
}

export interface StoredMark {
  readonly mark: HighWaterMark;
  /** Of the record, for the next `write`; 0: there is none. */
  readonly version: number;
}

/** Where marks are kept: not in the journal's files. Both throw when nobody answers. */
export interface MarkStore {
  read(journal: JournalName): Promise<StoredMark | undefined>;
  /** Undefined when the record is not the one that the writer names. */
  write(journal: JournalName, mark: HighWaterMark, version: number): Promise<number | undefined>;
}

export class MemoryMarkStore implements MarkStore {
  readonly marks = new Map<JournalName, StoredMark>();

  read(journal: JournalName): Promise<StoredMark | undefined> {
    return Promise.resolve(this.marks.get(journal));
  }

  write(journal: JournalName, mark: HighWaterMark, version: number): Promise<number | undefined> {
    if ((this.marks.get(journal)?.version ?? 0) !== version) return Promise.resolve(undefined);
    this.marks.set(journal, { mark, version: version + 1 });
    return Promise.resolve(version + 1);
  }
}

const READS = 5;
const PAUSE_MS = 200;

/**
 * What the journal has lost of what it had acknowledged, as far as the mark can tell. A broker that finds its newest file damaged
 * after an unclean stop cuts it off there without a word; the revisions would be given to other commits.
 */
export async function lossSince(journal: Journal, mark: HighWaterMark, clock: Clock): Promise<LostCommitsError | undefined> {
  const head = await journal.head();
  const lost = (since: number, why: string) => new LostCommitsError(journal.name, since as Revision, mark.revision, why);
  if (mark.journalId !== journal.journalId)
    return lost(1, `this is the new journal ${journal.journalId}, and not ${mark.journalId} that was written before`);
  if (head < mark.revision) return lost(head + 1, `the journal ends at ${head}`);
  if (mark.revision === BEFORE_ALL) return undefined;
  let commit = await journal.read(mark.revision);
  // A copy on another server may be a moment behind the one that told the head.
  for (let left = READS; !commit && left > 0; left--) {
    await clock.sleep(PAUSE_MS);
    commit = await journal.read(mark.revision);
  }
  if (!commit) return lost(mark.revision, 'it cannot be read');
  return commit.commitId === mark.commitId ? undefined : lost(mark.revision, `another commit stands there`);
}
