import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Random, seededRandom, silentLogger } from '#lib/platform';
import { newToyStore, toyCommand, toyDecider, type ToyState } from '../../../test/support/toy-domain.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { digestOf } from './digest.js';
import { Fold } from './fold.js';
import { type AppendFate, MemoryJournal, MemoryJournalServer } from './memory-journal.js';
import { MemoryLeaseServer, MemoryLeaseStore } from './memory-lease-store.js';
import type { Revision } from './port.js';
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
