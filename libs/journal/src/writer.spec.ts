import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Random, seededRandom, silentLogger } from '#lib/platform';
import { newToyStore, toyCommand, toyDecider, type ToyState } from '../../../test/support/toy-domain.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { digestOf } from './digest.js';
import { LostCommitsError } from './errors.js';
import { Fold } from './fold.js';
import { MemoryMarkStore, type MarkStore } from './high-water-mark.js';
import { MarkKeeper } from './mark-keeper.js';
import { type AppendFate, MemoryJournal, MemoryJournalServer } from './memory-journal.js';
import { MemoryLeaseServer, MemoryLeaseStore } from './memory-lease-store.js';
import type { Revision } from './port.js';
import { MemorySnapshotStore } from './snapshot-store.js';
import { Snapshots } from './snapshots.js';
import { Writer } from './writer.js';

class Replica {
  fate: AppendFate = 'ok';
  isLeaseReachable = true;
  faultRate = 0;
  readonly events: string[] = [];
  readonly fold: Fold<ToyState>;
  readonly writer: Writer<ToyState>;

  constructor(
    readonly name: string,
    clock: VirtualClock,
    journals: MemoryJournalServer,
    leases: MemoryLeaseServer,
    random: Random,
  ) {
    const fates: AppendFate[] = ['lost', 'landed-unanswered', 'lands-late'];
    const journal = new MemoryJournal(journals, {
      clock,
      appendTimeoutMs: 300,
      faults: {
        appendFate: () => (random.next() < this.faultRate ? fates[Math.floor(random.next() * 3)]! : this.fate),
        delayMs: () => 1 + random.next() * 5,
        failsToRead: () => random.next() < this.faultRate,
      },
    });
    this.fold = new Fold({ name: 'ecs', journalId: 'j1', store: newToyStore(), decider: toyDecider, clock });
    this.writer = new Writer({
      journal,
      fold: this.fold,
      leases: new MemoryLeaseStore(leases, clock, {
        fate: () => (this.isLeaseReachable ? 'ok' : 'unreachable'),
        delayMs: () => 1,
      }),
      writer: name,
      clock,
      random,
      logger: silentLogger,
      onPromoted: (epoch) => void this.events.push(`promoted ${epoch}`),
      onDemoted: () => void this.events.push('demoted'),
      onFatal: (error) => void this.events.push(`fatal: ${String(error)}`),
    });
  }
}

describe('Writer', () => {
  let clock: VirtualClock;
  let journals: MemoryJournalServer;
  let leases: MemoryLeaseServer;
  let a: Replica;
  let b: Replica;

  beforeEach(async () => {
    clock = new VirtualClock();
    journals = new MemoryJournalServer('ecs', 'j1');
    leases = new MemoryLeaseServer();
    a = new Replica('a', clock, journals, leases, seededRandom(1));
    b = new Replica('b', clock, journals, leases, seededRandom(2));
    a.writer.start();
    await clock.advanceUntil(() => a.writer.epoch !== undefined);
    b.writer.start();
    await clock.advance(1_000);
  });

  afterEach(async () => {
    await clock.resolve(Promise.all([a.writer.stop(), b.writer.stop()]));
    expect([...a.events, ...b.events].filter((event) => event.startsWith('fatal'))).toEqual([]);
  });

  const open = (replica: Replica, name: string) => replica.writer.submit(toyCommand(name, { open: name, owner: replica.name }));

  it('opens its term with a barrier, whose revision is the epoch', async () => {
    expect(a.writer.epoch).toBe(1);
    expect(journals.at(1 as Revision)).toMatchObject({ writer: 'a', transactions: [] });
    expect(await clock.resolve(open(a, 'x'))).toMatchObject({ revision: 2 });
  });

  it('leaves writing to one; the standby folds everything and says that it is not the writer', async () => {
    await clock.resolve(open(a, 'x'));
    expect(await clock.resolve(b.fold.waitFor(2 as Revision, 1_000))).toBe(true);
    expect(b.fold.state.accounts.get('x')).toMatchObject({ balance: 0, owner: 'a' });
    expect(await open(b, 'y')).toHaveProperty('unavailable');
  });

  it('hands over within a poll when it is stopped, having answered what was in hand', async () => {
    const last = open(a, 'x');
    await clock.resolve(a.writer.stop());
    expect(await last).toMatchObject({ output: { balance: 0 } });
    await clock.advanceUntil(() => b.writer.epoch !== undefined, 500);
    expect(b.writer.epoch).toBe(3);
    expect(await clock.resolve(open(b, 'y'))).toMatchObject({ revision: 4 });
  });

  it('answers a command that the last writer committed, without deciding it again', async () => {
    await clock.resolve(open(a, 'x'));
    await clock.resolve(a.writer.stop());
    await clock.advanceUntil(() => b.writer.epoch !== undefined);
    const { head } = journals;
    expect(await clock.resolve(open(b, 'x'))).toEqual({ output: { balance: 0 }, revision: 2 });
    expect(journals.head).toBe(head);
  });

  it('lets no append of the last writer land after it began', async () => {
    a.isLeaseReachable = false;
    await clock.advance(1_500);
    a.fate = 'lands-late';
    const late = open(a, 'late');
    await clock.advanceUntil(() => b.writer.epoch !== undefined, 10_000);
    const epoch = b.writer.epoch!;
    await clock.advance(5_000);
    expect(await late).toHaveProperty('unavailable');
    for (let revision = epoch + 1; revision <= journals.head; revision++)
      expect(journals.at(revision as Revision)!.writer).toBe('b');
  });

  it('goes back to following when the lease is lost, and has what the new writer writes', async () => {
    a.isLeaseReachable = false;
    await clock.advanceUntil(() => b.writer.epoch !== undefined, 10_000);
    expect(a.events).toEqual(['promoted 1', 'demoted']);
    await clock.resolve(open(b, 'y'));
    expect(await clock.resolve(a.fold.waitFor(journals.head, 1_000))).toBe(true);
    expect(digestOf(a.fold.store)).toBe(digestOf(b.fold.store));
  });

  it('commits every command once, whatever gets lost on the way', async () => {
    a.faultRate = b.faultRate = 0.15;
    const random = seededRandom(3);
    let isHealed = false;
    const done = new Map<string, Revision>();
    const client = async (number: number) => {
      for (let i = 0; !isHealed; i++) {
        for (let isDone = false; !isDone;) {
          const replica = b.writer.epoch === undefined ? a : b;
          const answer = await replica.writer.submit(toyCommand(`${number}-${i}`, { open: `${number}-${i}`, owner: 'x' }), {
            timeoutMs: 2_000,
          });
          isDone = 'output' in answer;
          if ('output' in answer) done.set(`${number}-${i}`, answer.revision);
          else expect(answer).toHaveProperty('unavailable');
          await clock.sleep(20);
        }
      }
    };
    const clients = Promise.all([1, 2, 3, 4].map(client));
    for (let i = 0; i < 40; i++) {
      a.isLeaseReachable = random.next() < 0.6;
      b.isLeaseReachable = random.next() < 0.6;
      if (random.next() < 0.2) leases.forget();
      await clock.advance(random.next() * 3_000);
    }
    a.isLeaseReachable = b.isLeaseReachable = isHealed = true;
    a.faultRate = b.faultRate = 0;
    await clock.resolve(clients);

    const stored = new Map<string, Revision>();
    for (let revision = 1; revision <= journals.head; revision++)
      for (const { commandId } of journals.at(revision as Revision)!.transactions) {
        expect(stored.has(commandId)).toBe(false);
        stored.set(commandId, revision as Revision);
      }
    expect(stored).toEqual(done);
    expect(done.size).toBeGreaterThan(100);
    expect(a.events.length + b.events.length).toBeGreaterThan(6);
    for (const { fold } of [a, b]) expect(await clock.resolve(fold.waitFor(journals.head, 10_000))).toBe(true);
    expect(digestOf(a.fold.store)).toBe(digestOf(b.fold.store));
  });
});

describe('a writer whose journal has lost acknowledged commits', () => {
  const clock = new VirtualClock();
  const random = seededRandom(1);

  function replica(
    journals: MemoryJournalServer,
    store: MarkStore,
    snapshots = new MemorySnapshotStore(),
    acceptLossSince?: number,
  ) {
    const journal = new MemoryJournal(journals, { clock });
    const fold = new Fold<ToyState>({
      name: 'ecs',
      journalId: journals.journalId,
      store: newToyStore(),
      decider: toyDecider,
      clock,
    });
    const kept = new Snapshots({ store: snapshots, schemaVersion: 1, clock, logger: silentLogger });
    const parts = { journal, fold, clock, random, logger: silentLogger };
    const fatal: unknown[] = [];
    const mark = new MarkKeeper({ ...parts, store, snapshots: kept, acceptLossSince });
    const leases = new MemoryLeaseStore(new MemoryLeaseServer(), clock);
    const writer = new Writer({ ...parts, mark, leases, writer: 'w', onFatal: (error) => void fatal.push(error) });
    writer.start();
    return { fold, writer, fatal, kept };
  }

  /** A first life in which `count` commands were acknowledged, and what a damaged disk leaves of it. */
  async function afterLife(count: number, left: number, { clean = false } = {}) {
    const [journals, store, blobs] = [new MemoryJournalServer('ecs', 'j1'), new MemoryMarkStore(), new MemorySnapshotStore()];
    const first = replica(journals, store, blobs);
    await clock.advanceUntil(() => first.writer.epoch !== undefined);
    for (let i = 0; i < count; i++) await clock.resolve(first.writer.submit(toyCommand(`c${i}`, { open: `a${i}`, owner: 'o' })));
    await clock.resolve(first.kept.take(first.fold));
    if (clean) await clock.resolve(first.writer.stop());
    else await clock.advance(1_500);
    if (!clean) await clock.resolve(first.writer.stop());
    const damaged = new MemoryJournalServer('ecs', 'j1');
    for (let r = 1; r <= left; r++) damaged.store(JSON.stringify(journals.at(r as Revision)), (r - 1) as Revision);
    return { damaged, store, blobs, before: journals.head };
  }

  it('refuses to write, and says which revisions are missing and what can be done', async () => {
    const { damaged, store, before } = await afterLife(20, 12);
    const { writer, fatal } = replica(damaged, store);
    await clock.advanceUntil(() => fatal.length > 0);
    expect(String(fatal[0])).toMatch(`revisions 13 to ${before} (at least) had been acknowledged and cannot be found`);
    expect(String(fatal[0])).toMatch('up --accept-loss-since r13');
    expect(writer.epoch).toBeUndefined();
    expect(damaged.head).toBe(12);
  });

  it('refuses when another commit stands where the marked one was', async () => {
    const { damaged, store, before } = await afterLife(3, 2);
    for (let r = 3; r <= before + 2; r++)
      damaged.store(JSON.stringify({ ...damaged.at(1 as Revision), commitId: `other${r}` }), (r - 1) as Revision);
    const { fatal } = replica(damaged, store);
    await clock.advanceUntil(() => fatal.length > 0);
    expect(String(fatal[0])).toMatch(
      `revision ${before} (at least) had been acknowledged and cannot be found: another commit stands there`,
    );
  });

  it('refuses a new journal in the place of the one that it wrote', async () => {
    const { store } = await afterLife(3, 0);
    const { fatal } = replica(new MemoryJournalServer('ecs', 'j2'), store);
    await clock.advanceUntil(() => fatal.length > 0);
    expect(String(fatal[0])).toMatch('this is the new journal j2, and not j1 that was written before');
  });

  it('marks its last commit when it stops, however young', async () => {
    const { store, before } = await afterLife(3, 0, { clean: true });
    expect((await store.read('ecs'))?.mark.revision).toBe(before);
  });

  it('goes on when exactly this loss is accepted: no revision is used twice, no snapshot tells of what is lost', async () => {
    const { damaged, store, blobs, before } = await afterLife(20, 12);
    const { writer, fold, fatal, kept } = replica(damaged, store, blobs, 13);
    await clock.advanceUntil(() => writer.epoch !== undefined, 600_000);
    expect(fatal).toEqual([]);
    expect(writer.epoch).toBeGreaterThan(before + 1_000);
    expect(fold.state.accounts.size).toBe(11);
    expect(await kept.list('ecs')).toEqual([]);
    await clock.resolve(writer.stop());
    const next = replica(damaged, store, blobs);
    await clock.advanceUntil(() => next.writer.epoch !== undefined);
    await clock.resolve(next.writer.stop());
  });

  it('does not take an accepted loss for leave to lose something else', async () => {
    const { damaged, store, blobs } = await afterLife(20, 10);
    const { fatal } = replica(damaged, store, blobs, 13);
    await clock.advanceUntil(() => fatal.length > 0);
    expect(fatal[0]).toBeInstanceOf(LostCommitsError);
  });
});
