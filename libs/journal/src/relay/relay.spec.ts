import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { JournalMismatchError } from '../errors.js';
import { type AppendFate, MemoryJournal, type MemoryJournalFaults, MemoryJournalServer } from '../memory-journal.js';
import type { Commit, Revision } from '../port.js';
import { proveOutcome } from '../prove-outcome.js';
import { Relay } from './relay.js';
import { RelayedJournal } from './relayed-journal.js';

const commitOf = (commitId: string): Commit => ({
  v: 1,
  journalId: 'j1',
  commitId,
  at: '2026-11-23T12:00:00.000Z',
  writer: 'w',
  transactions: [],
});

function world(faults: { source?: MemoryJournalFaults; stream?: MemoryJournalFaults } = {}) {
  const clock = new VirtualClock();
  const [sourceServer, streamServer] = [new MemoryJournalServer('ecs', 'j1'), new MemoryJournalServer('ecs', 'j1')];
  const source = new MemoryJournal(sourceServer, { clock, faults: faults.source });
  const stream = new MemoryJournal(streamServer, { clock, faults: faults.stream });
  const relay = new Relay({ source, stream, clock, logger: silentLogger });
  const broken: unknown[] = [];
  relay.onBroken = (error) => void broken.push(error);
  const journal = new RelayedJournal(source, relay);
  const ids = (server: MemoryJournalServer) =>
    Array.from({ length: server.head }, (_, at) => server.at((at + 1) as Revision)!.commitId);
  const storeInSource = (...commitIds: string[]) => {
    for (const id of commitIds) sourceServer.store(JSON.stringify(commitOf(id)), sourceServer.head);
  };
  return { clock, source, sourceServer, streamServer, relay, journal, broken, ids, storeInSource };
}

const seq = (count: number) => Array.from({ length: count }, (_, at) => `c${at + 1}`);

describe('the relay', () => {
  it('carries what is appended, and acknowledges when the source has it', async () => {
    const { clock, journal, relay, streamServer, ids } = world();
    relay.start();
    for (const [at, id] of seq(5).entries())
      expect(await clock.resolve(journal.append(commitOf(id), at as Revision))).toEqual({
        outcome: 'committed',
        revision: at + 1,
      });
    await clock.advanceUntil(() => relay.lag === 0);
    expect(ids(streamServer)).toEqual(seq(5));
  });

  it('does not wait for a broker that does not answer, and brings it everything later', async () => {
    let fate: AppendFate = 'lost';
    const { clock, journal, relay, streamServer, ids } = world({ stream: { appendFate: () => fate } });
    relay.start();
    for (const [at, id] of seq(3).entries())
      expect(await journal.append(commitOf(id), at as Revision)).toMatchObject({ outcome: 'committed' });
    expect(relay.lag).toBe(3);
    fate = 'ok';
    await clock.advanceUntil(() => relay.lag === 0);
    expect(ids(streamServer)).toEqual(seq(3));
  });

  it('fills in what an earlier writer did not come to', async () => {
    const { clock, relay, journal, streamServer, storeInSource, ids } = world();
    storeInSource(...seq(100));
    await clock.resolve(relay.fill());
    expect(ids(streamServer)).toEqual(seq(100));
    storeInSource('c101', 'c102');
    relay.start();
    await journal.append(commitOf('c103'), 102 as Revision);
    await clock.advanceUntil(() => relay.lag === 0);
    expect(ids(streamServer)).toEqual(seq(103));
  });

  it('carries a commit whose acknowledgement was lost, once its outcome is proved', async () => {
    let fate: AppendFate = 'landed-unanswered';
    const { clock, journal, relay, streamServer, ids } = world({ source: { appendFate: () => fate } });
    relay.start();
    const commit = commitOf('c1');
    expect(await clock.resolve(journal.append(commit, 0 as Revision))).toMatchObject({ outcome: 'unknown' });
    fate = 'ok';
    const barrier = () => commitOf('barrier');
    const proof = { journal, clock, logger: silentLogger, commit, expected: 0 as Revision, isConflict: false, barrier };
    expect(await clock.resolve(proveOutcome({ ...proof, isCancelled: () => false }))).toEqual({ outcome: 'landed' });
    await clock.advanceUntil(() => relay.lag === 0 && streamServer.head === 1);
    expect(ids(streamServer)).toEqual(['c1']);
  });

  it('stands beside another one that does the same', async () => {
    const { clock, source, relay, streamServer, storeInSource, ids } = world();
    const second = new Relay({ source, stream: new MemoryJournal(streamServer, { clock }), clock, logger: silentLogger });
    storeInSource(...seq(50));
    await clock.resolve(Promise.all([relay.fill(), second.fill()]));
    expect(ids(streamServer)).toEqual(seq(50));
  });

  it.each<AppendFate>(['lost', 'landed-unanswered', 'lands-late'])(
    'loses and doubles nothing where appends are %s',
    async (fate) => {
      let count = 0;
      const { clock, journal, relay, streamServer, ids } = world({
        stream: { appendFate: () => (++count % 3 === 0 ? fate : 'ok'), failsToRead: () => count % 7 === 0 && count++ > 0 },
      });
      relay.start();
      for (const [at, id] of seq(30).entries()) await clock.resolve(journal.append(commitOf(id), at as Revision));
      await clock.advanceUntil(() => relay.lag === 0, 300_000);
      expect(ids(streamServer)).toEqual(seq(30));
    },
  );

  it('writes nothing more while followers are far behind', async () => {
    let fate: AppendFate = 'lost';
    const { clock, journal, relay, sourceServer, storeInSource } = world({ stream: { appendFate: () => fate } });
    relay.start();
    storeInSource(...seq(1_500));
    await journal.head();
    expect(await clock.resolve(journal.append(commitOf('next'), 1_500 as Revision))).toMatchObject({ outcome: 'unknown' });
    expect(sourceServer.head).toBe(1_500);
    fate = 'ok';
    await clock.advanceUntil(() => relay.lag === 0, 300_000);
    expect(await clock.resolve(journal.append(commitOf('next'), 1_500 as Revision))).toEqual({
      outcome: 'committed',
      revision: 1_501,
    });
  });

  it('ends the process where the stream holds something else', async () => {
    const { clock, journal, relay, streamServer, broken } = world();
    relay.start();
    await journal.append(commitOf('c1'), 0 as Revision);
    await clock.advanceUntil(() => relay.lag === 0);
    streamServer.store(JSON.stringify(commitOf('stranger')), 1 as Revision);
    await journal.append(commitOf('c2'), 1 as Revision);
    await clock.advanceUntil(() => broken.length > 0);
    expect(broken[0]).toBeInstanceOf(JournalMismatchError);
    expect(String(broken[0])).toContain('revision 2 is stranger, and not c2');
  });

  it('relays what it knows of before it stops, and goes on where it was when it starts again', async () => {
    const { clock, journal, relay, streamServer, ids } = world();
    relay.start();
    await journal.append(commitOf('c1'), 0 as Revision);
    await clock.resolve(relay.stop());
    expect(ids(streamServer)).toEqual(['c1']);
    await journal.append(commitOf('c2'), 1 as Revision);
    await clock.advance(5_000);
    expect(ids(streamServer)).toEqual(['c1']);
    relay.start();
    await clock.advanceUntil(() => relay.lag === 0);
    expect(ids(streamServer)).toEqual(['c1', 'c2']);
  });
});
