import { AssignmentReader, type FoundAssignment, readAssignmentText, writeAssignment } from '#lib/ecs/model';
import {
  type AppendOutcome,
  type BrokerJournal,
  type BrokerStreams,
  type Commit,
  type Journal,
  JournalMismatchError,
  type JournalSource,
  type LeaseStore,
  MemoryJournal,
  MemoryJournalServer,
  MemoryLeaseServer,
  MemoryLeaseStore,
  MemorySnapshotStore,
  type RecordedCommit,
  type Revision,
  type SnapshotStore,
} from '#lib/journal';
import type { JournalName } from '#lib/names';
import type { Clock } from '#lib/platform';
import type { AssignmentSource } from '../../apps/agent/src/ports.js';
import type { AssignmentBucket, StoredAssignment } from '../../apps/state-store/src/assignments/assignment-bucket.js';
import type { Chaos } from './faults.js';
import type { SimulatedNetwork } from './simulated-network.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { VirtualTime } from './virtual-time.js';

const RECONNECT_POLL_MS = 100;
/** Commits from one point to die at to the next while a replica catches up. */
const CRASH_EVERY = 50;

/** The broker's disk. Everything that lands is shown to `onCommit` in the same moment. */
class WatchedJournalServer extends MemoryJournalServer {
  /** Every replica gets the same objects, frozen: folding again after a restart costs no parsing, and nobody can change a commit. */
  private readonly parsed: Commit[] = [];

  constructor(
    journalId: string,
    private readonly onCommit: (commit: Commit, revision: Revision) => void,
    name: JournalName,
  ) {
    super(name, journalId);
  }

  override store(json: string, expected: Revision): AppendOutcome {
    const outcome = super.store(json, expected);
    if (outcome.outcome !== 'committed') return outcome;
    const commit = frozen(JSON.parse(json) as Commit);
    this.parsed[outcome.revision] = commit;
    this.onCommit(commit, outcome.revision);
    return outcome;
  }

  override at(revision: Revision): Commit | undefined {
    return this.parsed[revision];
  }
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}

interface StoredEntry {
  /** JSON: no reader can change what another sees. */
  readonly json: string;
  readonly revision: number;
}

/** What the broker keeps for the apps: the journal on its disk; leases and assignments in its memory. */
export class SimulatedStorage {
  readonly journal: MemoryJournalServer;
  /** Where the world keeps its journal elsewhere: the broker's stream, of which nothing may ever differ from the journal. */
  readonly relay: MemoryJournalServer;
  private relaysUpTo: Revision | undefined;
  private readonly leases = new MemoryLeaseServer();
  private readonly snapshots = new MemorySnapshotStore();
  private readonly assignments = new Map<string, StoredEntry>();
  private assignmentRevision = 0;
  private readonly watchers = new Map<string, Set<() => void>>();
  private readonly resets = new Set<() => void>();

  constructor(
    private readonly time: VirtualTime,
    private readonly clock: Clock,
    private readonly chaos: Chaos,
    private readonly network: SimulatedNetwork,
    journalId: string,
    onCommit: (commit: Commit, revision: Revision) => void,
    journal: JournalName = 'ecs',
  ) {
    this.journal = new WatchedJournalServer(journalId, onCommit, journal);
    const onRelayed = ({ commitId }: Commit, revision: Revision) => {
      const original = this.journal.at(revision)?.commitId;
      if (original !== commitId) throw new Error(`the relay has ${commitId} at ${revision}, where the journal has ${original}`);
    };
    this.relay = new WatchedJournalServer(journalId, onRelayed, journal);
  }

  /** A restart of the broker: memory is lost, and bucket revisions are counted anew. */
  forgetMemory(): void {
    this.leases.forget();
    this.assignments.clear();
    this.assignmentRevision = 0;
  }

  /** After the broker is back: whoever is connected notices that it was away. */
  reconnected(): void {
    for (const reset of this.resets) reset();
    for (const watchers of this.watchers.values()) for (const changed of watchers) changed();
  }

  /** The journal and the broker's relay of it, as an owner opens them. */
  placesFor(process: SimulatedProcess): { readonly source: JournalSource; readonly streams: BrokerStreams } {
    const journal = this.journalFor(process);
    const stream = (): BrokerJournal =>
      new Proxy(this.journalFor(process, this.relay), {
        get: (target, key) => (key === 'relaysUpTo' ? this.relaysUpTo : (Reflect.get(target, key, target) as unknown)),
      }) as BrokerJournal;
    const reached = <T>(answer: () => T): Promise<T> => this.reached(process, answer);
    return {
      source: { shown: 'the event store', find: () => reached(() => journal), create: () => reached(() => journal) },
      streams: {
        find: () => reached(() => (this.relaysUpTo === undefined ? undefined : stream())),
        create: (_name, _journalId, relaysUpTo) =>
          reached(() => {
            this.relaysUpTo ??= relaysUpTo;
            return stream();
          }),
        relabel: (_stream, relaysUpTo) => reached(() => void (this.relaysUpTo = relaysUpTo)),
        remove: ({ name }) => Promise.reject(new JournalMismatchError(name, 'nothing is ever removed here')),
      },
    };
  }

  /** A blob more or less, and each may be the last thing that a process does. */
  snapshotsFor(process: SimulatedProcess): SnapshotStore {
    const { snapshots, chaos } = this;
    const asked = async <T>(answer: () => Promise<T>): Promise<T> => {
      if (chaos.strikes('snapshotsUnreachable')) throw new Error('the store of snapshots does not answer');
      return this.reached(process, answer);
    };
    return process.guard<SnapshotStore>({
      put: (name, bytes) => asked(() => snapshots.put(name, bytes)),
      get: (name) =>
        asked(async () => {
          const bytes = await snapshots.get(name);
          return chaos.strikes('snapshotDamaged') ? bytes?.subarray(1) : bytes;
        }),
      names: () => asked(() => snapshots.names()),
      delete: (name) => asked(() => snapshots.delete(name)),
    });
  }

  private async reached<T>(process: SimulatedProcess, answer: () => T): Promise<Awaited<T>> {
    await process.clock.sleep(this.chaos.delayMs());
    if (!this.network.reaches(process)) throw new Error('nobody answers');
    return await answer();
  }

  journalFor(process: SimulatedProcess, server: MemoryJournalServer = this.journal): Journal {
    const { chaos, network } = this;
    const journal = new MemoryJournal(server, {
      clock: this.clock,
      faults: {
        appendFate: () => {
          if (!network.reaches(process)) return 'lost';
          if (chaos.strikes('appendLost')) return 'lost';
          if (chaos.strikes('appendLandedUnanswered')) return 'landed-unanswered';
          return chaos.strikes('appendLandsLate') ? 'lands-late' : 'ok';
        },
        failsToRead: () => !network.reaches(process) || chaos.strikes('journalReadFailed'),
        delayMs: (way) => (way === 'delivery' ? 0 : chaos.delayMs()),
      },
    });
    const guarded = process.guard<Journal>(journal);
    return new Proxy(guarded, {
      get: (target, key) =>
        key === 'follow'
          ? (after: Revision, signal: AbortSignal) => this.follow(process, journal, after, signal)
          : (Reflect.get(target, key, target) as unknown),
    });
  }

  /** A replica that is behind catches up at once; one that is current hears of each commit a little later. */
  private async *follow(
    process: SimulatedProcess,
    journal: Journal,
    after: Revision,
    signal: AbortSignal,
  ): AsyncIterable<RecordedCommit> {
    for await (const recorded of journal.follow(after, AbortSignal.any([signal, process.died]))) {
      if (recorded.pending === 0) await process.clock.sleep(this.chaos.delayMs());
      while (!this.network.reaches(process)) await process.clock.sleep(RECONNECT_POLL_MS);
      // Not at every commit of a long journal, or hardly a start would survive its catching up.
      const isCrashPoint = recorded.pending === 0 || recorded.revision % CRASH_EVERY === 0;
      if (isCrashPoint && process.crashesHere()) return;
      yield recorded;
    }
  }

  leasesFor(process: SimulatedProcess, server: MemoryLeaseServer = this.leases): LeaseStore {
    const { chaos, network } = this;
    return process.guard(
      new MemoryLeaseStore(server, this.clock, {
        fate: () => {
          if (!network.reaches(process) || chaos.strikes('leaseUnreachable')) return 'unreachable';
          return chaos.strikes('leaseUnanswered') ? 'unanswered' : 'ok';
        },
        delayMs: () => chaos.delayMs(),
      }),
    );
  }

  bucketFor(process: SimulatedProcess): AssignmentBucket {
    const bucket: AssignmentBucket = {
      get: (instanceId, expected) => this.request(process, () => this.stored(instanceId, expected)),
      put: async (instanceId, assignment, previous) => {
        const revision = await this.request(process, () => this.put(instanceId, writeAssignment(assignment), previous));
        if (this.chaos.strikes('assignmentPutUnanswered')) throw new Error('the bucket did not answer');
        return revision;
      },
      ids: () => this.request(process, () => [...this.assignments.keys()]),
      remove: (instanceId, bucketRevision) =>
        this.request(process, () => {
          if ((this.assignments.get(instanceId)?.revision ?? Infinity) <= bucketRevision) this.assignments.delete(instanceId);
        }),
      onReset: (listener) => {
        this.resets.add(listener);
        process.died.addEventListener('abort', () => this.resets.delete(listener));
      },
    };
    return process.guard(bucket);
  }

  private async request<T>(process: SimulatedProcess, serve: () => T): Promise<T> {
    await this.time.sleep(this.chaos.delayMs());
    if (!this.network.reaches(process) || this.chaos.strikes('assignmentsUnreachable'))
      throw new Error('the bucket is out of reach');
    const result = serve();
    await this.time.sleep(this.chaos.delayMs());
    if (!this.network.reaches(process)) throw new Error('the bucket did not answer');
    return result;
  }

  private stored(instanceId: string, expected?: FoundAssignment): StoredAssignment | undefined {
    const entry = this.assignments.get(instanceId);
    return entry && { assignment: readAssignmentText(Buffer.from(entry.json), expected), bucketRevision: entry.revision };
  }

  private put(instanceId: string, json: string, previous: number): number | undefined {
    if ((this.assignments.get(instanceId)?.revision ?? 0) !== previous) return undefined;
    const revision = ++this.assignmentRevision;
    this.assignments.set(instanceId, { json, revision });
    for (const changed of this.watchers.get(instanceId) ?? []) changed();
    return revision;
  }

  /** The agent's side: the current value and every later one, though not one that was overtaken on the way. */
  sourceFor(process: SimulatedProcess, instanceId: string): AssignmentSource {
    const source: AssignmentSource = {
      watch: (listener) => {
        const reader = new AssignmentReader();
        const deliver = () => {
          if (!process.isAlive || !watchers.has(changed)) return;
          if (!this.network.reaches(process)) return void this.time.after(RECONNECT_POLL_MS, deliver);
          const stored = this.assignments.get(instanceId);
          const assignment = stored && reader.read(Buffer.from(stored.json));
          if (assignment && assignment !== 'same') listener(assignment);
        };
        const changed = () => void this.time.after(this.chaos.delayMs(), deliver);
        const watchers = this.watchers.get(instanceId) ?? new Set();
        this.watchers.set(instanceId, watchers.add(changed));
        process.died.addEventListener('abort', () => watchers.delete(changed));
        changed();
        return () => void watchers.delete(changed);
      },
    };
    return process.guard(source);
  }
}
