import { Counter } from 'prom-client';
import type { Commit } from './port.js';

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
  let value: Partial<Commit> | null | undefined;
  try {
    value = JSON.parse(new TextDecoder().decode(data)) as typeof value;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const isCommit =
    typeof value?.journalId === 'string' && typeof value.commitId === 'string' && Array.isArray(value.transactions);
  return isCommit ? (value as Commit) : undefined;
}

/**
 * What everybody who reads the journal takes a foreign message for: a commit of nothing, so that revisions stay sequence numbers of the
 * stream. It has the time of the commit before it, because the journal's time only rises and every reader has to find the same.
 */
export const standIn = (journalId: string, sequence: number, atBefore: string | undefined): Commit => ({
  v: 1,
  journalId,
  commitId: `foreign-${sequence}`,
  at: atBefore ?? BEFORE_ALL_TIME,
  writer: 'nobody',
  transactions: [],
});

export const countForeign = (journal: string): void => passedOver.inc({ journal });
