import { beforeEach, describe, expect, it } from '@jest/globals';
import { seededRandom, silentLogger } from '#lib/platform';
import { MemoryBrokerStreams, MemorySource } from '../../../../test/support/memory-places.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { JournalMismatchError } from '../errors.js';
import type { MemoryJournalServer } from '../memory-journal.js';
import type { Commit, Revision } from '../port.js';
import { openRelayed } from './open-relayed.js';

const commitOf = (journalId: string, commitId: string): Commit => ({
  v: 1,
  journalId,
  commitId,
  at: '2026-11-23T12:00:00.000Z',
  writer: 'w',
  transactions: [],
});

const ids = (server: MemoryJournalServer) =>
  Array.from({ length: server.head }, (_, at) => server.at((at + 1) as Revision)!.commitId);
const store = (server: MemoryJournalServer, ...commitIds: string[]) => {
  for (const id of commitIds) server.store(JSON.stringify(commitOf(server.journalId, id)), server.head);
};

describe('opening a journal that is kept elsewhere', () => {
  let clock: VirtualClock;
  let source: MemorySource;
  let streams: MemoryBrokerStreams;
  const waits: string[] = [];

  beforeEach(() => {
    clock = new VirtualClock();
    source = new MemorySource({ clock });
    streams = new MemoryBrokerStreams({ clock });
    waits.length = 0;
  });
  const open = (mayReplace = false, seed = 1) =>
    clock.resolve(
      openRelayed({
        name: 'ecs',
        source,
        streams,
        mayReplace,
        clock,
        random: seededRandom(seed),
        logger: silentLogger,
        waitsFor: (what) => void waits.push(what),
      }),
    );
  const sourceServer = () => source.servers.get('ecs')!;
  const stream = () => streams.streams.get('ecs')!;

  it('begins a new journal of one id in both places', async () => {
    const { journal } = await open();
    expect(stream().server.journalId).toBe(journal.journalId);
    expect(sourceServer().journalId).toBe(journal.journalId);
    expect(stream().relaysUpTo).toBe(0);
  });

  it('is the same journal for replicas that begin it at once', async () => {
    const [one, two] = await Promise.all([open(false, 1), open(false, 2)]);
    expect(one.journal.journalId).toBe(two.journal.journalId);
  });

  it('makes a lost relay anew, which says how far it has to come before it is whole', async () => {
    await source.create('ecs', 'j1');
    store(sourceServer(), 'a', 'b', 'c');
    const { journal } = await open();
    expect(journal.journalId).toBe('j1');
    expect(stream().relaysUpTo).toBe(3);
    expect(ids(stream().server)).toEqual(['a', 'b', 'c']);
  });

  it('takes a stream that was the journal until it was copied, and calls it a relay from then on', async () => {
    await source.create('ecs', 'j1');
    await streams.create('ecs', 'j1');
    store(sourceServer(), 'a', 'b');
    store(stream().server, 'a', 'b');
    await open();
    expect(stream().relaysUpTo).toBe(2);
    store(sourceServer(), 'c');
    await open();
    expect(stream().relaysUpTo).toBe(3);
    expect(ids(stream().server)).toEqual(['a', 'b', 'c']);
  });

  it('refuses, and changes nothing, where the two do not belong together', async () => {
    await streams.create('ecs', 'j1');
    store(stream().server, 'a');
    await expect(open()).rejects.toThrow(JournalMismatchError);
    expect(source.servers.size).toBe(0);
    await source.create('ecs', 'j1');
    store(sourceServer(), 'b');
    await expect(open(true)).rejects.toThrow(/different commits at revision 1/);
    expect(ids(stream().server)).toEqual(['a']);
  });

  it('makes a relay anew that has more than its source, where the operator says so', async () => {
    const { journal } = await open();
    store(stream().server, 'a', 'b');
    store(sourceServer(), 'c');
    await expect(open()).rejects.toThrow(/--rebuild-relay/);
    await open(true);
    expect(ids(stream().server)).toEqual(['c']);
    expect(stream().server.journalId).toBe(journal.journalId);
  });

  it('waits for a source that does not answer, and says for what', async () => {
    let left = 3;
    const find = source.find.bind(source);
    source.find = (name) => (left-- > 0 ? Promise.reject(new Error('nobody answers')) : find(name));
    await open();
    expect(waits[0]).toBe('waiting for memory');
  });
});
