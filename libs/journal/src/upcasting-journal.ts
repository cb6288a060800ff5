import type { Decider } from '#lib/kernel';
import type { Commit, Journal, Revision } from './port.js';

/** A commit with every event in the version that the domain knows; itself when none is older. */
export function upcastCommit(commit: Commit, { upcast }: Pick<Decider<never>, 'upcast'>): Commit {
  if (!upcast) return commit;
  // Nearly all are current: nothing is made for those.
  const isCurrent = commit.transactions.every(({ events }) => events.every((event) => upcast(event) === event));
  if (isCurrent) return commit;
  const transactions = commit.transactions.map((transaction) => ({ ...transaction, events: transaction.events.map(upcast) }));
  return { ...commit, transactions };
}

/**
 * The edge at which old versions end: whatever is read through it (folds, reads of the past, `explain`) has current events only. What
 * is stored is never rewritten.
 */
export function upcastingJournal(journal: Journal, decider: Pick<Decider<never>, 'upcast'>): Journal {
  if (!decider.upcast) return journal;
  return {
    name: journal.name,
    journalId: journal.journalId,
    append: (...args) => journal.append(...args),
    head: () => journal.head(),
    read: async (revision: Revision) => {
      const commit = await journal.read(revision);
      return commit && upcastCommit(commit, decider);
    },
    async *follow(after, signal, ignores) {
      for await (const recorded of journal.follow(after, signal, ignores))
        yield { ...recorded, commit: upcastCommit(recorded.commit, decider) };
    },
  };
}
