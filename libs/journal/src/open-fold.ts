import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock, Logger, Random } from '#lib/platform';
import type { Decider, StateTables } from '#lib/kernel';
import { Fold } from './fold.js';
import { JournalMismatchError } from './errors.js';
import { JetStreamStreams } from './jetstream-journal.js';
import type { LeaseStore } from './lease.js';
import { NatsLeaseStore } from './nats-lease-store.js';
import type { JournalName } from '#lib/names';
import { NatsSnapshotStore } from './nats-snapshot-store.js';
import { BEFORE_ALL, type Journal, type Revision } from './port.js';
import { openRelayed } from './relay/open-relayed.js';
import type { JournalSource } from './relay/places.js';
import type { Relay } from './relay/relay.js';
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
  /** Where the owner keeps the journal, when that is not the broker: its stream is a relay then, which the readers follow. */
  readonly source?: RelayedSource;
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

export interface RelayedSource {
  readonly place: JournalSource;
  /** The operator lets a relay go that differs from its source. */
  readonly mayReplaceRelay: boolean;
}

export interface OpenedFold<S> {
  readonly journal: Journal;
  /** The owner's, where the journal is kept elsewhere: runs while it writes. */
  readonly relay?: Relay;
  readonly fold: Fold<S>;
  readonly snapshots: Snapshots;
  readonly leases: LeaseStore;
  /** Resolves true when the fold has what was in the journal at the moment of the call. */
  readonly caughtUp: (timeoutMs: number) => Promise<boolean>;
  /** For the app's status: ready once the journal's head of the start was folded. */
  readonly position: () => {
    ready: boolean;
    reason?: string;
    revision: number;
    foldLag: number;
    relayLag?: number;
    timeAheadMs?: number;
  };
}

const WAIT_FOR_OWNER_MS = 100;

/** A journal on JetStream with a fold on it that stands where the newest good snapshot ends; whoever opened it lets it follow. */
export async function openFold<S>(options: OpenFoldOptions<S>): Promise<OpenedFold<S>> {
  const { connection, name, store, decider, clock, waitsFor = () => undefined } = options;
  waitsFor(`waiting for the ${name} journal`);
  const { journal: stored, relay, relaysUpTo } = await openJournal(options, waitsFor);
  const journal = upcastingJournal(stored, decider);
  const fold = new Fold<S>({ name, journalId: journal.journalId, store, decider, clock });
  const snapshots = await openSnapshots(options);
  const headAtStart = await journal.head();
  waitsFor(`loading a snapshot of the ${name} journal`);
  // One of a later revision tells of commits that the journal has lost.
  await snapshots.restore(fold, Math.min(options.upTo ?? headAtStart, headAtStart));
  // A relay that is being filled tells how far it has to come.
  const wantedAtStart = Math.max(headAtStart, relaysUpTo ?? BEFORE_ALL) as Revision;
  fold.startedAt(wantedAtStart);
  return {
    journal,
    ...(relay ? { relay } : {}),
    fold,
    snapshots,
    leases: new NatsLeaseStore(connection),
    caughtUp: async (timeoutMs) => fold.waitFor(await journal.head(), timeoutMs),
    position: () => {
      const timeAheadMs = Math.round(fold.time.aheadMs(fold.atMs));
      const ready = fold.revision >= wantedAtStart;
      const reason = ready ? undefined : `folding the ${name} journal: revision ${fold.revision} of ${wantedAtStart}`;
      return {
        ready,
        ...(reason ? { reason } : {}),
        journal: name,
        revision: fold.revision,
        foldLag: fold.lag,
        ...(relay?.isRunning ? { relayLag: relay.lag } : {}),
        ...(timeAheadMs >= 1_000 ? { timeAheadMs } : {}),
      };
    },
  };
}

interface OpenedJournal {
  readonly journal: Journal;
  readonly relay?: Relay;
  readonly relaysUpTo?: Revision;
}

async function openJournal<S>(options: OpenFoldOptions<S>, waitsFor: (what: string) => void): Promise<OpenedJournal> {
  const { connection, name, role, source, clock, random, logger } = options;
  const streams = await JetStreamStreams.open(connection, { clock, random, logger });
  if (role === 'reader') {
    for (;;) {
      const found = await streams.find(name);
      if (found) return { journal: found, relaysUpTo: found.relaysUpTo };
      await clock.sleep(WAIT_FOR_OWNER_MS);
    }
  }
  if (source) {
    const { place, mayReplaceRelay: mayReplace } = source;
    return openRelayed({ name, source: place, streams, mayReplace, clock, random, logger, waitsFor });
  }
  const journal = (await streams.find(name)) ?? (await streams.create(name, random.hex(16)));
  if (journal.relaysUpTo !== undefined)
    throw new JournalMismatchError(
      name,
      'what NATS has is only a relay of the journal in KurrentDB: set LONGSHORE_JOURNAL to go on with that, or make NATS its place again ' +
        '(docs/operations.md, "KurrentDB"): ./longshore journal copy --from kurrentdb --to nats',
    );
  return { journal };
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
