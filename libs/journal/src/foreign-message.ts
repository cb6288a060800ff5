import { Counter } from 'prom-client';
import type { JournalName } from '#lib/names';
import type { Logger } from '#lib/platform';
import type { Commit, Revision } from './port.js';

/** Of a message that stands before every commit. */
const BEFORE_ALL_TIME = new Date(0).toISOString();

const passedOver = new Counter({
  name: 'longshore_journal_foreign_messages_total',
  help: 'Messages in a journal’s stream that are no commits and were passed over',
  labelNames: ['journal'],
});

/**
 * The commit that a message of a journal's stream holds; undefined when it is none at all. Only a stranger's message is passed over: a
 * commit of another journal, or one whose events are unknown, is for the fold to refuse.
 */
export function commitIn(data: Uint8Array): Commit | undefined {
  try {
    return asCommit(JSON.parse(new TextDecoder().decode(data)));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The same of JSON that is parsed already. */
export function asCommit(json: unknown): Commit | undefined {
  const value = json as Partial<Commit> | null | undefined;
  const isCommit =
    typeof value?.journalId === 'string' && typeof value.commitId === 'string' && Array.isArray(value.transactions);
  return isCommit ? (value as Commit) : undefined;
}

/**
 * What everybody who reads the journal takes a foreign message for: a commit of nothing, so that revisions stay sequence numbers of the
 * stream. It has the time of the commit before it, because the journal's time only rises and every reader has to find the same.
 */
const standIn = (journalId: string, sequence: number, atBefore: string | undefined): Commit => ({
  v: 1,
  journalId,
  commitId: `foreign-${sequence}`,
  at: atBefore ?? BEFORE_ALL_TIME,
  writer: 'nobody',
  transactions: [],
});

/** The foreign messages that one handle of a journal came across. */
export class ForeignMessages {
  private readonly seen = new Set<number>();

  constructor(
    private readonly journal: JournalName,
    private readonly journalId: string,
    /** Undefined for a foreign message; throws when nothing can be read there. */
    private readonly commitAt: (revision: Revision) => Promise<Commit | undefined>,
    private readonly logger: Logger,
  ) {}

  /** Says and counts it once a revision: reading it again tells nothing new. `atBefore`: of the commit before it, where that is known. */
  async passOver(revision: Revision, atBefore?: string): Promise<Commit> {
    const at = atBefore ?? (await this.timeBefore(revision));
    if (!this.seen.has(revision)) {
      this.seen.add(revision);
      passedOver.inc({ journal: this.journal });
      this.logger.error(
        { journal: this.journal, revision },
        `the message ${this.journal}:${revision} is no commit, and nobody of Longshore has written it: it is passed over (longshore journal foreign)`,
      );
    }
    return standIn(this.journalId, revision, at);
  }

  /** Undefined when only foreign messages stand before it. */
  private async timeBefore(revision: Revision): Promise<string | undefined> {
    for (let before = revision - 1; before > 0; before--) {
      const commit = await this.commitAt(before as Revision);
      if (commit) return commit.at;
    }
    return undefined;
  }
}
