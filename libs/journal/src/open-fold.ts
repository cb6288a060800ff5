import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock, Logger, Random } from '#lib/platform';
import type { Decider, StateTables } from '#lib/kernel';
import { Fold } from './fold.js';
import { openJetStreamJournal } from './jetstream-journal.js';
import { streamInfo } from './jetstream-stream.js';
import type { LeaseStore } from './lease.js';
import { NatsLeaseStore } from './nats-lease-store.js';
import { type JournalName, streams } from '#lib/names';
import { NatsSnapshotStore } from './nats-snapshot-store.js';
import type { Journal, Revision } from './port.js';
import { inTime, withDeadlines } from './snapshot-deadlines.js';
import { Snapshots } from './snapshots.js';
import { upcastingJournal } from './upcasting-journal.js';

export interface OpenFoldOptions<S> {
  readonly connection: NatsConnection;
  readonly name: JournalName;
  /** The owner makes the stream and the snapshots' bucket when they are missing; the others wait for it. */
  readonly role: 'owner' | 'reader';
  readonly store: StateTables<S>;
  readonly decider: Decider<S>;
  /** Of the state: see `SnapshotsOptions`. */
  readonly schemaVersion: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Start from a snapshot at or before this revision (a state of the past); default the newest one. */
  readonly upTo?: Revision;
  /** Told what the opening waits for, in words, each time that changes. */
  readonly waitsFor?: (what: string) => void;
}

export interface OpenedFold<S> {
  readonly journal: Journal;
  readonly fold: Fold<S>;
  readonly snapshots: Snapshots;
  readonly leases: LeaseStore;
  /** Resolves true when the fold has what was in the journal at the moment of the call. */
  readonly caughtUp: (timeoutMs: number) => Promise<boolean>;
  /** For the app's status: ready once the journal's head of the start was folded. */
  readonly position: () => { ready: boolean; reason?: string; revision: number; foldLag: number; timeAheadMs?: number };
}

const WAIT_FOR_OWNER_MS = 100;

/** A journal on JetStream with a fold on it that stands where the newest good snapshot ends; whoever opened it lets it follow. */
export async function openFold<S>(options: OpenFoldOptions<S>): Promise<OpenedFold<S>> {
  const { connection, name, store, decider, clock, random, logger, waitsFor = () => undefined } = options;
  waitsFor(`waiting for the ${name} journal`);
  if (options.role === 'reader') await journalExists(connection, name, clock);
  const journal = upcastingJournal(await openJetStreamJournal(connection, name, { clock, random, logger }), decider);
  const fold = new Fold<S>({ name, journalId: journal.journalId, store, decider, clock });
  const snapshots = await openSnapshots(options);
  const headAtStart = await journal.head();
  waitsFor(`loading a snapshot of the ${name} journal`);
  // One of a later revision tells of commits that the journal has lost.
  await snapshots.restore(fold, Math.min(options.upTo ?? headAtStart, headAtStart));
  fold.startedAt(headAtStart);
  return {
    journal,
    fold,
    snapshots,
    leases: new NatsLeaseStore(connection),
    caughtUp: async (timeoutMs) => fold.waitFor(await journal.head(), timeoutMs),
    position: () => {
      const timeAheadMs = Math.round(fold.time.aheadMs(fold.atMs));
      const ready = fold.revision >= headAtStart;
      const reason = ready ? undefined : `folding the ${name} journal: revision ${fold.revision} of ${headAtStart}`;
      return {
        ready,
        ...(reason ? { reason } : {}),
        journal: name,
        revision: fold.revision,
        foldLag: fold.lag,
        ...(timeAheadMs >= 1_000 ? { timeAheadMs } : {}),
      };
    },
  };
}

async function journalExists(connection: NatsConnection, name: JournalName, clock: Clock): Promise<void> {
  const manager = await jetstreamManager(connection);
  while (!(await streamInfo(manager, streams.journal(name)))) await clock.sleep(WAIT_FOR_OWNER_MS);
}

async function openSnapshots<S>({ connection, role, schemaVersion, clock, logger }: OpenFoldOptions<S>): Promise<Snapshots> {
  const opening = role === 'owner' ? NatsSnapshotStore.create(connection) : NatsSnapshotStore.open(connection);
  const store = withDeadlines(await inTime(clock, 'opening the store of snapshots', opening), clock);
  return new Snapshots({ store, schemaVersion, clock, logger });
}

/** Lets a fold follow its journal until it is stopped. `fail` gets what cannot heal: the process has to end. */
export function followJournal<S>(fold: Fold<S>, journal: Journal, fail: (error: unknown) => void): { stop(): void } {
  const controller = new AbortController();
  fold.follow(journal, controller.signal).catch((error: unknown) => {
    if (!controller.signal.aborted) fail(error);
  });
  return { stop: () => controller.abort(new Error('following ends')) };
}
