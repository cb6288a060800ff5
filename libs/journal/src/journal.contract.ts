import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { silentLogger, systemClock, systemRandom } from '#lib/platform';
import { KurrentDbDouble } from '../../../test/support/kurrentdb/kurrentdb-double.js';
import { type NatsServer, startNatsServer } from '../../../test/support/nats-server.js';
import { TcpProxy } from '../../../test/support/tcp-proxy.js';
import { JournalMismatchError } from './errors.js';
import { openJetStreamJournal } from './jetstream-journal.js';
import { KurrentDb } from './kurrentdb/kurrentdb-journal.js';
import { parseKurrentDbUrl } from './kurrentdb/kurrentdb-url.js';
import { type AppendFate, MemoryJournal, MemoryJournalServer } from './memory-journal.js';
import { streams, subjects } from '#lib/names';
import { type Commit, type Journal, type RecordedCommit, type Revision } from './port.js';
import { proveOutcome } from './prove-outcome.js';

/** An adapter and the mishaps that it has to stand. */
interface World {
  /** A handle of its own, as another process would have. */
  open(): Promise<Journal>;
  /** Runs `append` such that nobody answers; the commit is stored or not, as asked. Everything works again afterwards. */
  unanswered(isStored: boolean, append: (journal: Journal) => Promise<unknown>): Promise<Journal>;
  /** Breaks every connection, or the server. */
  mishaps: Record<string, () => Promise<void>>;
  close(): Promise<void>;
}

const APPEND_TIMEOUT_MS = 300;

function memoryWorld(): Promise<World> {
  const server = new MemoryJournalServer('ecs', 'j1');
  let fate: AppendFate = 'ok';
  const open = () =>
    Promise.resolve(
      new MemoryJournal(server, { clock: systemClock, faults: { appendFate: () => fate }, appendTimeoutMs: APPEND_TIMEOUT_MS }),
    );
  return Promise.resolve({
    open,
    async unanswered(isStored, append) {
      const journal = await open();
      fate = isStored ? 'landed-unanswered' : 'lost';
      await append(journal);
      fate = 'ok';
      return journal;
    },
    mishaps: {},
    close: () => Promise.resolve(),
  });
}

/** The request or its answer is lost on the way, and the connection with it. */
const unansweredThrough =
  (proxy: TcpProxy, open: World['open']): World['unanswered'] =>
  async (isStored, append) => {
    const journal = await open();
    proxy.swallow(isStored ? 'answers' : 'requests');
    await append(journal);
    proxy.cut();
    return journal;
  };

async function jetStreamWorld(): Promise<World> {
  const server = await startNatsServer();
  const proxy = await TcpProxy.to(server.port);
  const connections: NatsConnection[] = [];
  const open = async () => {
    const connection = await connect({ servers: proxy.url, reconnectTimeWait: 20, maxReconnectAttempts: -1 });
    connections.push(connection);
    return openJetStreamJournal(connection, 'ecs', {
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
      appendTimeoutMs: APPEND_TIMEOUT_MS,
    });
  };
  return {
    open,
    unanswered: unansweredThrough(proxy, open),
    mishaps: {
      'a broken connection': () => Promise.resolve(proxy.cut()),
      'a restart of the server': () => server.restart(),
      'a killed server': async () => {
        await server.kill();
        await server.restart();
      },
    },
    async close() {
      for (const connection of connections) await connection.close();
      await proxy.stop();
      await server.stop();
    },
  };
}

/** A server that the environment names, without TLS (the proxy has no certificate of its name), or the double. */
const REAL_KURRENTDB = process.env.LONGSHORE_KURRENTDB_URL;

async function kurrentDbWorld(realUrl?: string): Promise<World> {
  const double = realUrl === undefined ? await KurrentDbDouble.start() : undefined;
  const target = new URL((realUrl ?? double!.url).replace(/^kurrentdb:/, 'http:'));
  const proxy = await TcpProxy.to(Number(target.port || '2113'), target.hostname);
  target.host = `127.0.0.1:${proxy.port}`;
  target.pathname = `/test_${systemRandom.hex(8)}`;
  const address = parseKurrentDbUrl(target.href.replace(/^http:/, 'kurrentdb:'));
  // Each takes half a second to connect: two clients take turns.
  const opened: KurrentDb[] = [];
  const open = async () => {
    const options = { clock: systemClock, logger: silentLogger, appendTimeoutMs: APPEND_TIMEOUT_MS };
    opened.push(opened.length < 2 ? await KurrentDb.connect(address, options) : opened.shift()!);
    return opened.at(-1)!.create('ecs', 'j1');
  };
  return {
    open,
    unanswered: unansweredThrough(proxy, open),
    mishaps: {
      'a broken connection': () => Promise.resolve(proxy.cut()),
      ...(double ? { 'a restart of the server': () => double.restart() } : {}),
    },
    async close() {
      for (const db of opened) await db.close();
      await proxy.stop();
      double?.kill();
    },
  };
}

const AT = '2026-11-23T12:00:00.000Z';
let lastCommit = 0;
const commitOf = (journal: Journal, bytes = 0): Commit => ({
  v: 1,
  journalId: journal.journalId,
  commitId: `commit-${++lastCommit}-${'x'.repeat(bytes)}`,
  at: AT,
  writer: 'w',
  transactions: [],
});

/** Appends until it is stored, as a patient writer would. Returns the commit that was. */
async function appendSurely(journal: Journal, expected: Revision, bytes = 0): Promise<Commit> {
  const commit = commitOf(journal, bytes);
  const result = await journal.append(commit, expected);
  if (result.outcome === 'committed') return commit;
  const proof = await proveOutcome({
    journal,
    clock: systemClock,
    logger: silentLogger,
    commit,
    expected,
    isConflict: result.outcome === 'conflict',
    barrier: () => commitOf(journal),
    isCancelled: () => false,
  });
  if (proof.outcome === 'landed') return commit;
  if (proof.outcome === 'never-lands') return proof.barrier;
  throw new Error(`unexpected ${proof.outcome}`);
}

/** Follows in the background and gathers. */
function gather(journal: Journal, after: number) {
  const aborting = new AbortController();
  const gathered: RecordedCommit[] = [];
  let onArrival: (() => void) | undefined;
  const done = (async () => {
    for await (const recorded of journal.follow(after as Revision, aborting.signal)) {
      gathered.push(recorded);
      onArrival?.();
    }
  })();
  return {
    gathered,
    done,
    revisions: () => gathered.map(({ revision }) => Number(revision)),
    async until(count: number) {
      while (gathered.length < count) await Promise.race([done, new Promise<void>((resolve) => (onArrival = resolve))]);
    },
    async end() {
      aborting.abort();
      await done;
    },
  };
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe.each([
  ['MemoryJournal', memoryWorld],
  ['JetStreamJournal', jetStreamWorld],
  ['KurrentDbJournal', () => kurrentDbWorld()],
  ...(REAL_KURRENTDB ? [['KurrentDbJournal on a real server', () => kurrentDbWorld(REAL_KURRENTDB)] as const] : []),
] as const)('Journal: %s', (_name, start) => {
  let world: World;
  let journal: Journal;

  beforeEach(async () => {
    world = await start();
    journal = await world.open();
  });
  afterEach(() => world.close());

  it('stores commits in order, and reads them back as they were', async () => {
    expect(await journal.head()).toBe(0);
    expect(await journal.read(1 as Revision)).toBeUndefined();
    const first = commitOf(journal);
    expect(await journal.append(first, 0 as Revision)).toEqual({ outcome: 'committed', revision: 1 });
    expect(await journal.append(commitOf(journal), 1 as Revision)).toEqual({ outcome: 'committed', revision: 2 });
    expect(await journal.read(1 as Revision)).toEqual(first);
    expect(await journal.head()).toBe(2);
    expect(await journal.read(3 as Revision)).toBeUndefined();
  });

  it('is one journal for everybody who opens it', async () => {
    const other = await world.open();
    expect(other.journalId).toBe(journal.journalId);
    await journal.append(commitOf(journal), 0 as Revision);
    expect(await other.head()).toBe(1);
  });

  it('refuses an append at another head than the expected one, and stores nothing', async () => {
    const paused = await world.open();
    await journal.append(commitOf(journal), 0 as Revision);
    expect(await paused.append(commitOf(paused), 0 as Revision)).toMatchObject({ outcome: 'conflict' });
    expect(await paused.append(commitOf(paused), 7 as Revision)).toMatchObject({ outcome: 'conflict' });
    expect(await journal.head()).toBe(1);
  });

  it('lets exactly one of many racing writers have a revision', async () => {
    const writers = await Promise.all(range(1, 5).map(() => world.open()));
    const results = await Promise.all(writers.map((writer) => writer.append(commitOf(writer), 0 as Revision)));
    expect(results.map(({ outcome }) => outcome).sort()).toEqual(['committed', ...Array<string>(4).fill('conflict')]);
    expect(await journal.head()).toBe(1);
  });

  it('never stores one commit twice', async () => {
    const commit = commitOf(journal);
    await journal.append(commit, 0 as Revision);
    expect((await journal.append(commit, 0 as Revision)).outcome).not.toBe('unknown');
    expect(await journal.append(commit, 1 as Revision)).toBeDefined();
    expect((await journal.read(1 as Revision))?.commitId).toBe(commit.commitId);
  });

  it.each([true, false])(
    'tells an append without an answer from a failed one; a barrier proves it (stored: %s)',
    async (isStored) => {
      let outcome: unknown;
      let commit!: Commit;
      const writer = await world.unanswered(isStored, async (one) => {
        commit = commitOf(one);
        outcome = await one.append(commit, 0 as Revision);
      });
      expect(outcome).toMatchObject({ outcome: 'unknown' });
      const proof = await proveOutcome({
        journal: writer,
        clock: systemClock,
        logger: silentLogger,
        commit,
        expected: 0 as Revision,
        isConflict: false,
        barrier: () => commitOf(writer),
        isCancelled: () => false,
      });
      // A request that the client had still buffered may be sent after the reconnect: then "not stored" came true later, and the proof says so.
      if (isStored) expect(proof.outcome).toBe('landed');
      else expect(['landed', 'never-lands']).toContain(proof.outcome);
      const kept = proof.outcome === 'never-lands' ? proof.barrier : commit;
      expect((await journal.read(1 as Revision))?.commitId).toBe(kept.commitId);
      expect(await journal.head()).toBe(1);
    },
  );

  it('is followed from anywhere, through what is there into what comes, until the signal aborts', async () => {
    for (const expected of range(0, 4)) await journal.append(commitOf(journal), expected as Revision);
    const reader = await world.open();
    const all = gather(reader, 0);
    const tail = gather(reader, 3);
    const waiting = gather(reader, 5);
    await tail.until(2);
    await journal.append(commitOf(journal), 5 as Revision);
    await Promise.all([all.until(6), tail.until(3), waiting.until(1)]);
    expect(all.revisions()).toEqual(range(1, 6));
    expect(tail.revisions()).toEqual([4, 5, 6]);
    expect(waiting.revisions()).toEqual([6]);
    expect(all.gathered.at(-1)).toMatchObject({ pending: 0, commit: await journal.read(6 as Revision) });
    await Promise.all([all.end(), tail.end(), waiting.end()]);
  });

  it('is followed without gap or overlap through every mishap', async () => {
    const reader = await world.open();
    const following = gather(reader, 0);
    const written: Commit[] = [];
    const write = async (count: number) => {
      for (let i = 0; i < count; i++) written.push(await appendSurely(journal, written.length as Revision));
    };
    await write(5);
    for (const mishap of Object.values(world.mishaps)) {
      const writing = write(20);
      await following.until(written.length + 1);
      await mishap();
      await writing;
      await write(5);
    }
    await following.until(written.length);
    expect(following.revisions()).toEqual(range(1, written.length));
    expect(following.gathered.map(({ commit }) => commit.commitId)).toEqual(written.map(({ commitId }) => commitId));
    await following.end();
  }, 30_000);
});

describe('JetStreamJournal', () => {
  let server: NatsServer;
  let connection: NatsConnection;

  beforeEach(async () => {
    server = await startNatsServer();
    connection = await connect({ servers: server.url, reconnectTimeWait: 20, maxReconnectAttempts: -1 });
  });
  afterEach(async () => {
    await connection.close();
    await server.stop();
  });

  const open = () => openJetStreamJournal(connection, 'ecs', { clock: systemClock, random: systemRandom, logger: silentLogger });

  it('is the same journal for replicas that create it at once', async () => {
    const ids = (await Promise.all(range(1, 8).map(open))).map(({ journalId }) => journalId);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  it('makes a stream of which nothing can be deleted', async () => {
    const journal = await open();
    await journal.append(commitOf(journal), 0 as Revision);
    const manager = await jetstreamManager(connection);
    await expect(manager.streams.purge(streams.journal('ecs'))).rejects.toThrow(/purge/);
    await expect(manager.streams.deleteMessage(streams.journal('ecs'), 1)).rejects.toThrow(/delete/);
  });

  it.each([
    ['max_msgs', { max_msgs: 5 }],
    ['storage', { storage: 'memory' as const }],
    ['deny_purge', { deny_purge: false }],
    ['subjects', { subjects: [subjects.journal('ecs'), 'more'] }],
  ])('refuses a stream that differs in %s, names the field and leaves the stream alone', async (field, difference) => {
    const manager = await jetstreamManager(connection);
    const stream = {
      name: streams.journal('ecs'),
      subjects: [subjects.journal('ecs')],
      discard: 'new' as const,
      deny_delete: true,
      deny_purge: true,
      allow_direct: true,
      ...difference,
    };
    await manager.streams.add({ ...stream }); // (the client writes into what it is given)
    await expect(open()).rejects.toThrow(JournalMismatchError);
    await expect(open()).rejects.toThrow(field);
    expect((await manager.streams.info(stream.name)).config).toMatchObject(stream);
  });

  it('refuses a stream that somebody else made', async () => {
    const journal = await open();
    const manager = await jetstreamManager(connection);
    const { config } = await manager.streams.info(streams.journal('ecs'));
    await manager.streams.delete(streams.journal('ecs'));
    await expect(journal.head()).rejects.toThrow(/has gone/);
    await manager.streams.add({ ...config, metadata: {} });
    await expect(open()).rejects.toThrow(/metadata/);
  });

  it('ends following when the stream is no longer the journal that was opened', async () => {
    const journal = await open();
    await journal.append(commitOf(journal), 0 as Revision);
    const following = gather(journal, 0);
    await following.until(1);
    const manager = await jetstreamManager(connection);
    await manager.streams.delete(streams.journal('ecs'));
    await open();
    // It may look between the two.
    await expect(following.done).rejects.toThrow(/holds journal|has gone/);
  }, 20_000);

  it('replays far more than the 64 MB that the server keeps pending, without a stall', async () => {
    const journal = await open();
    for (let revision = 0; revision < 300; revision++) await appendSurely(journal, revision as Revision, 250 * 1024);
    const following = gather(journal, 0);
    await following.until(300);
    expect(following.revisions()).toEqual(range(1, 300));
    await following.end();
  }, 20_000);
});
