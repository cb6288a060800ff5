import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock, Logger, Random } from '#lib/platform';
import type { Decider, StateStore } from './decider.js';
import { Fold } from './fold.js';
import { openJetStreamJournal } from './jetstream-journal.js';
import type { LeaseStore } from './lease.js';
import { NatsLeaseStore } from './nats-lease-store.js';
import type { Journal, JournalName, Revision } from './port.js';

export interface OpenFoldOptions<S> {
  readonly connection: NatsConnection;
  readonly name: JournalName;
  readonly store: StateStore<S>;
  readonly decider: Decider<S>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Start from a snapshot at or before this revision (a state of the past); default the newest one. */
  readonly upTo?: Revision;
}

export interface OpenedFold<S> {
  readonly journal: Journal;
  readonly fold: Fold<S>;
  readonly leases: LeaseStore;
  /** Resolves true when the fold has what was in the journal at the moment of the call. */
  caughtUp(timeoutMs: number): Promise<boolean>;
  /** For the app's status: ready once the journal's head of the start was folded. */
  position(): { ready: boolean; reason?: string; revision: number; foldLag: number };
}

/** A journal on JetStream with a fold on it that stands where the newest good snapshot ends; whoever opened it lets it follow. */
export async function openFold<S>(options: OpenFoldOptions<S>): Promise<OpenedFold<S>> {
  const { connection, name, store, decider, clock, random, logger } = options;
  const journal = await openJetStreamJournal(connection, name, { clock, random, logger });
  const fold = new Fold<S>({ name, journalId: journal.journalId, store, decider, clock });
  const headAtStart = await journal.head();
  return {
    journal,
    fold,
    leases: new NatsLeaseStore(connection),
    caughtUp: async (timeoutMs) => fold.waitFor(await journal.head(), timeoutMs),
    position: () => {
      const ready = fold.revision >= headAtStart;
      const reason = ready ? undefined : `folding the ${name} journal: revision ${fold.revision} of ${headAtStart}`;
      return { ready, ...(reason ? { reason } : {}), revision: fold.revision, foldLag: fold.lag };
    },
  };
}

/** Lets a fold follow its journal until it is stopped. `fail` gets what cannot heal: the process has to end. */
export function followJournal<S>(fold: Fold<S>, journal: Journal, fail: (error: unknown) => void): { stop(): void } {
  const controller = new AbortController();
  fold.follow(journal, controller.signal).catch((error: unknown) => {
    if (!controller.signal.aborted) fail(error);
  });
  return { stop: () => controller.abort(new Error('following ends')) };
}
