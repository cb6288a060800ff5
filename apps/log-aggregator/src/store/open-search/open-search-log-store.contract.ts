import { seededRandom, systemClock } from '#lib/platform';
import {
  append,
  everything,
  fullStoreContract,
  lines,
  logStoreContract,
  messages,
  type OpenedStore,
} from '../../../../../test/support/log-store-suite.js';
import { SearchServer } from '../../../../../test/support/search-server/search-server.js';
import { DAY_MS, type LogStore, StoreUnavailable } from '../log-store.js';
import { SearchConnection } from './connection.js';
import { OpenSearchLogStore } from './open-search-log-store.js';
import { parseServerUrls } from './settings.js';

const NOON = Date.UTC(2026, 10, 23, 12);
let processes = 0;
let troubles: (string | undefined)[] = [];

/** One more aggregator's. */
async function connected(
  server: SearchServer,
  more: { keptDays?: number; nowMs?: number; password?: string } = {},
): Promise<LogStore> {
  const { nodes } = parseServerUrls(server.url, true);
  const auth = { username: 'longshore', password: more.password ?? 'secret' };
  const connection = await SearchConnection.open({ nodes, auth, isInsecure: true, prefix: 'longshore' }, (trouble) =>
    troubles.push(trouble),
  );
  return new OpenSearchLogStore({
    connection,
    prefix: 'longshore',
    ...(more.keptDays === undefined ? {} : { keptDays: more.keptDays }),
    clock: { now: () => more.nowMs ?? Date.now(), sleep: (ms) => systemClock.sleep(ms / 100) },
    random: seededRandom(++processes),
  });
}

async function opened(kind: SearchServer['kind']): Promise<OpenedStore> {
  const server = await SearchServer.open(kind);
  let store = await connected(server);
  return {
    store,
    async reopen() {
      await store.close();
      return (store = await connected(server));
    },
    fill: (isFull) => (server.isFull = isFull),
    async close() {
      await store.close();
      await server.close();
      // What the double has no word for is a mistake, whatever came of it.
      expect(server.mistakes).toEqual([]);
    },
  };
}

describe('the store on a double', () => logStoreContract(() => opened('opensearch')));

// The two differ in what they are told once, below.
describe.each(['opensearch', 'elasticsearch'] as const)('the store on a double of %s', (kind) =>
  fullStoreContract(() => opened(kind)),
);

describe('the store on a server', () => {
  let server: SearchServer;
  let store: LogStore;
  const range = (of: LogStore, from: number, to: number) =>
    of.append(append(lines(from, to - from + 1), { source: { container: 'c', from, to, skips: false } }));

  beforeEach(async () => {
    server = await SearchServer.open('opensearch');
    store = await connected(server);
  });
  afterEach(async () => {
    await store.close();
    await server.close();
    expect(server.mistakes).toEqual([]);
  });

  it('has a line once when a part of its batch was refused and the batch comes again', async () => {
    // Of ten lines every second one is refused until the store gives up.
    const refused = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? 429 : undefined));
    server.itemStatuses = [...refused, ...Array.from({ length: 10 }, () => 429)];
    await expect(range(store, 0, 9)).rejects.toThrow(StoreUnavailable);
    expect(await messages(store)).toHaveLength(5);
    server.itemStatuses = [];
    expect(await range(store, 0, 9)).toEqual({ taken: 10, next: 10 });
    expect((await everything(store)).map(({ timestamp }) => timestamp - NOON).sort((a, b) => a - b)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
  });

  it('asks again by itself when the server has too much to do for a moment', async () => {
    server.itemStatuses = [429, undefined, 403];
    expect(await range(store, 0, 2)).toEqual({ taken: 3, next: 3 });
    expect(await messages(store)).toHaveLength(3);
  });

  it('takes each line once of a container that two aggregators hear, in its order', async () => {
    // The clock of the second one is behind.
    const other = await connected(server, { nowMs: NOON - 3_600_000 });
    const together = lines(0, 30).map((line) => ({ ...line, timestamp: NOON }));
    const of = (one: LogStore, from: number, to: number) =>
      one.append(append(together.slice(from, to + 1), { source: { container: 'c', from, to, skips: false } }));
    expect(await of(store, 0, 9)).toEqual({ taken: 10, next: 10 });
    expect(await of(other, 0, 9)).toEqual({ taken: 0, next: 10 });
    expect(await of(other, 5, 19)).toEqual({ taken: 10, next: 20 });
    expect(await of(store, 20, 29)).toEqual({ taken: 10, next: 30 });
    const both = await Promise.all([range(store, 30, 39), range(other, 30, 39)]);
    expect(both.map(({ taken }) => taken).sort((a, b) => a - b)).toEqual([0, 10]);
    await other.close();
    await store.close();
    store = await connected(server);
    // The indexes' own refresh, which comes within a second.
    for (const index of server.indexes.values()) index.refresh();
    expect(await messages(store)).toEqual(Array.from({ length: 40 }, (_, n) => `line ${n} of all`));
  });

  it.each<[string, [number, unknown]]>([
    ['away', [503, { error: { type: 'cluster_manager_not_discovered_exception' }, status: 503 }]],
    ['too busy', [429, { error: { type: 'circuit_breaking_exception', reason: 'Data too large' }, status: 429 }]],
    ['closed to us', [401, 'Unauthorized']],
  ])('says that it can be asked later when the server is %s, and goes on when it is not', async (_what, answer) => {
    await range(store, 0, 9);
    server.down = answer;
    troubles = [];
    for (const asked of [range(store, 10, 19), messages(store), store.storedBytes(), store.sweep({ erase: [], expire: [] })])
      await expect(asked).rejects.toThrow(StoreUnavailable);
    server.down = undefined;
    expect(await range(store, 10, 19)).toEqual({ taken: 10, next: 20 });
    expect(await messages(store)).toHaveLength(20);
    expect(Object.keys(await store.storedBytes())).toHaveLength(1);
    // Whoever looks at the log is told once that it went, and once that it came.
    expect(troubles).toEqual([expect.stringContaining(String(answer[0])), undefined]);
  });

  it('says so too when nobody answers or the password is another, without telling it', async () => {
    const stranger = await connected(server, { password: 'hunter2' });
    const told = await messages(stranger).catch((error: unknown) => error as Error);
    expect(told).toBeInstanceOf(StoreUnavailable);
    expect(String(told)).not.toMatch(/hunter2|secret/);
    await stranger.close();
    const { url } = server;
    await server.close();
    await expect(messages(store)).rejects.toThrow(StoreUnavailable);
    expect(url).not.toContain('secret');
    server = await SearchServer.open('opensearch');
  });

  it('deletes the index of a day that nothing is left of, once no line of it can come any more', async () => {
    await store.append(append(lines(0, 5)));
    await store.append(append(lines(0, 5, NOON - 40 * DAY_MS)));
    const later = await connected(server, { nowMs: NOON });
    for (const index of server.indexes.values()) index.refresh();
    await later.sweep({ erase: [{ id: 'group-a', partition: 3 }], expire: [] });
    expect([...server.indexes.keys()]).toEqual(['longshore-lines-2026.11.23']);
    await later.close();
  });

  it('gives up a search that nobody waits for any more', async () => {
    await store.append(append(lines(0, 5)));
    const signal = AbortSignal.abort(new Error('nobody waits'));
    const { from, to } = { from: 0, to: NOON + DAY_MS };
    await expect(
      store.scan(
        { group: { id: 'group-a', partition: 3 }, from, to, backward: false, limit: 5, maxBytes: 1e6, budgetBytes: 1e6 },
        signal,
      ),
    ).rejects.toThrow('nobody waits');
  });
});

describe('what a server is told once', () => {
  it.each(['opensearch', 'elasticsearch'] as const)(
    'of %s is a policy that deletes old indexes, and another one when that changes',
    async (kind) => {
      const server = await SearchServer.open(kind);
      for (const keptDays of [30, 30, 90]) {
        const store = await connected(server, { keptDays });
        await store.append(append(lines(0, 1)));
        await store.close();
        expect(JSON.stringify([...server.policies.values()])).toContain(`"${keptDays}d"`);
      }
      const lifecycle = server.templates.get('longshore-lines')!.template.settings.index.lifecycle;
      expect(lifecycle).toEqual(kind === 'opensearch' ? undefined : { name: 'longshore-lines' });
      expect(server.mistakes).toEqual([]);
      await server.close();
    },
  );
});
