import { type Clock, type Logger, Backoff } from '#lib/platform';
import { JournalMismatchError, messageOf, MissingRevisionError } from './errors.js';
import type { Journal, RecordedCommit, Revision } from './port.js';

/** The session got nothing for long although there is more: a reason to look for the next revision itself. */
export class StalledError extends Error {}

const PAUSES = { firstMs: 20, longestMs: 1_000 };
/** So long nothing arrives although there is more: then a session is given up, and the missing revision is looked for. */
export const STALL_MS = 3_000;
/** A server that has just started, or a replica that is behind, is given so many chances to show a revision. */
const TRIES_AT_A_REVISION = 3;

export interface Sessions {
  readonly journal: Pick<Journal, 'name' | 'head' | 'read'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What comes after `after`, until anything is not as it should be; then it ends or throws. */
  readonly session: (after: Revision, signal: AbortSignal) => AsyncIterable<RecordedCommit>;
}

/** `Journal.follow` of an adapter whose server may go away: session after session, each from the last revision seen. */
export async function* followInSessions(sessions: Sessions, after: Revision, signal: AbortSignal): AsyncIterable<RecordedCommit> {
  const { journal, clock, logger } = sessions;
  let last = after;
  let triesHere = 0;
  const backoff = new Backoff(clock, PAUSES);
  while (!signal.aborted) {
    try {
      if (triesHere >= TRIES_AT_A_REVISION) await insistOnHaving(journal, (last + 1) as Revision);
      triesHere++;
      for await (const recorded of sessions.session(last, signal)) {
        backoff.reset();
        triesHere = 0;
        last = recorded.revision;
        yield recorded;
        if (signal.aborted) return;
      }
    } catch (error) {
      if (error instanceof JournalMismatchError) throw error;
      if (error instanceof StalledError) triesHere = TRIES_AT_A_REVISION;
      if (signal.aborted) return;
      logger.warn({ journal: journal.name, after: last }, `following is interrupted: ${messageOf(error)}`);
    }
    await backoff.pause({ signal });
  }
}

/**
 * Reads the revision that no session delivers, by itself. A journal that counts it and does not have it has lost it: waiting would be
 * for ever, and going on after it would be another history.
 */
async function insistOnHaving(journal: Sessions['journal'], revision: Revision): Promise<void> {
  if ((await journal.head()) < revision) return;
  if (!(await journal.read(revision))) throw new MissingRevisionError(journal.name, revision);
}
