import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { InlineLogStore } from '../../../../test/support/inline-log-store.js';
import { append, GROUP } from '../../../../test/support/log-store-suite.js';
import { DAY_MS } from './log-store.js';

const NOON = Date.UTC(2026, 10, 23, 12);
const LIMITS = { runBytes: 4_096, blockBytes: 8_192, tailBytes: 0, openDays: 20 };
const RANGE = { group: GROUP, from: NOON - DAY_MS, to: NOON + DAY_MS, binMs: DAY_MS };

describe('lines of sealed blocks that have a word', () => {
  let directory: string;
  let store: InlineLogStore;
  const open = () => (store = new InlineLogStore(directory, LIMITS));
  const dayFile = () => readdirSync(directory).find((name) => /^p.*\.sqlite$/.test(name))!;
  const write = async (from: number, count: number) => {
    for (let at = from; at < from + count; at += 100) {
      const line = (n: number) => ({
        timestamp: NOON + n,
        message: `${n} ${n % 4 ? 'ok' : 'Timeout'} of the ${n % 3 ? 'first' : 'other'} kind`,
      });
      await store.append(append(Array.from({ length: 100 }, (_, i) => line(at + i))));
    }
    while (store.writer.seal()) continue;
  };
  const inSqlite = (work: (database: DatabaseSync) => void) => {
    const database = new DatabaseSync(join(directory, dayFile()));
    work(database);
    database.close();
  };
  const counted = async (asked: { pattern: string } | { query: string }, budgetBytes = 1e9) => {
    const { bins, countedFrom } = await store.count({ ...RANGE, ...asked, budgetBytes });
    return { lines: Object.values(bins).reduce((sum, count) => sum + count, 0), isAll: countedFrom === undefined };
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'longshore-lines-'));
    open();
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });

  it('are counted without their text', async () => {
    await write(0, 2_000);
    // What is sealed is in the tail until something else is committed.
    await store.append(append([{ timestamp: NOON - 1, message: 'and then' }]));
    inSqlite((database) => database.exec("UPDATE bdata SET data = x'00'"));
    expect(await counted({ pattern: 'Timeout' })).toEqual({ lines: 500, isAll: true });
    expect(await counted({ pattern: 'timeout' })).toEqual({ lines: 0, isAll: true });
    expect(await counted({ query: '"TIMEOUT of"' })).toEqual({ lines: 500, isAll: true });
    expect(store.damaged()).toEqual([]);
  });

  it('are counted once while some of them are in the tail as well', async () => {
    await write(0, 2_000);
    expect(await counted({ pattern: 'Timeout' })).toEqual({ lines: 500, isAll: true });
    // One block has what is in the tail; the others are not looked at.
    inSqlite((database) => database.exec(`UPDATE bdata SET data = x'00' WHERE id < (SELECT max(id) - 8 FROM bdata)`));
    expect(await counted({ pattern: 'Timeout' })).toEqual({ lines: 500, isAll: true });
    expect(store.damaged()).toEqual([]);
  });

  it('are counted in a file of before blocks said so, too, and in what is written on there', async () => {
    await write(0, 1_000);
    await store.close();
    inSqlite((database) => database.exec('DROP TABLE bcount; PRAGMA user_version = 1;'));
    open();
    expect(await counted({ pattern: 'Timeout' })).toEqual({ lines: 250, isAll: true });
    await write(1_000, 1_000);
    expect(await counted({ pattern: 'Timeout' })).toEqual({ lines: 500, isAll: true });
    expect(store.damaged()).toEqual([]);
  });

  it('take of the budget what a look at a block costs', async () => {
    await write(0, 2_000);
    const { lines, isAll } = await counted({ pattern: 'Timeout' }, 20_000);
    expect(isAll).toBe(false);
    expect(lines).toBeGreaterThan(0);
    expect(lines).toBeLessThan(500);
  });
});
