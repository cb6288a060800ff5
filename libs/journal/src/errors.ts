import type { EventRecord } from '#lib/kernel';
import type { Revision } from './port.js';
import type { JournalName } from '#lib/names';

/** An event that this version does not know. Never skipped: a fold without it would be another state than the writer's. */
export class UnknownEventError extends Error {
  constructor(
    readonly journal: JournalName,
    readonly revision: Revision,
    readonly event: Pick<EventRecord, 'type' | 'v'>,
  ) {
    super(
      `${journal}:${revision} holds the event ${event.type} v${event.v}, which this version does not know. ` +
        'Install the version that wrote it (or a newer one) and start again.',
    );
    this.name = 'UnknownEventError';
  }
}

/** A committed revision could not be folded. The state is half-way between two revisions: the process has to end. */
export class FoldError extends Error {
  constructor(
    readonly journal: JournalName,
    readonly revision: Revision,
    /** `<type>` at `<index>` within the commit; undefined when the commit as a whole was at fault. */
    readonly event: { readonly type: string; readonly index: number } | undefined,
    why: string,
    options?: ErrorOptions,
  ) {
    const where = event ? `${journal}:${revision}.${event.index} (${event.type})` : `${journal}:${revision}`;
    super(`Folding ${where} failed: ${why}. Look at it with \`longshore journal inspect ${journal}:${revision}\`.`, options);
    this.name = 'FoldError';
  }
}

/** What is stored under the journal's name is not the journal that was asked for. Nothing is changed, deleted or recreated. */
export class JournalMismatchError extends Error {
  constructor(
    readonly journal: JournalName,
    why: string,
  ) {
    super(`The journal ${journal} is not usable: ${why}.`);
    this.name = 'JournalMismatchError';
  }
}

/** Acknowledged commits are missing from the journal, or others stand in their place. Nothing is written until somebody decides. */
export class LostCommitsError extends JournalMismatchError {
  constructor(
    journal: JournalName,
    readonly since: Revision,
    readonly until: Revision,
    why: string,
  ) {
    const which = since === until ? `revision ${since}` : `revisions ${since} to ${until}`;
    super(
      journal,
      `${which} (at least) had been acknowledged and cannot be found: ${why}. Nothing is written. Restore the journal from a backup ` +
        `(docs/operations.md, "Restoring the journal"), or give up what is missing: ./longshore up --accept-loss-since ${journal === 'ecs' ? '' : `${journal}.`}r${since}`,
    );
    this.name = 'LostCommitsError';
  }
}

/** The journal's stream says that it has this revision, and cannot show it. */
export class MissingRevisionError extends JournalMismatchError {
  constructor(
    journal: JournalName,
    readonly revision: Revision,
  ) {
    super(
      journal,
      `revision ${revision} is missing or unreadable: restore the journal from a backup (docs/operations.md, "Restoring the journal")`,
    );
    this.name = 'MissingRevisionError';
  }
}

/** What went wrong, in words, whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Errors that no retry heals: the state cannot be trusted any more, or the journal is another one. */
export const isFoldBroken = (error: unknown): boolean =>
  error instanceof FoldError || error instanceof UnknownEventError || error instanceof JournalMismatchError;
