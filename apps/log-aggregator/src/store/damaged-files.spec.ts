import {
  copyFileSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InlineLogStore } from '../../../../test/support/inline-log-store.js';
import { append, everything } from '../../../../test/support/log-store-suite.js';
import { DAY_MS } from './log-store.js';

const NOON = Date.UTC(2026, 10, 23, 12);
const LIMITS = { runBytes: 4_096, blockBytes: 8_192, tailBytes: 0, openDays: 20 };
const DAYS = [0, 1, 2];
const OF_A_DAY = 2_000;

describe('a store with a damaged file', () => {
  let directory: string;
  let store: InlineLogStore;
  const days = () =>
    readdirSync(directory)
      .filter((name) => /^p.*\.sqlite$/.test(name))
      .sort();
  const countsByDay = async () => {
    const events = await everything(store);
    return DAYS.map((day) => events.filter(({ timestamp }) => Math.floor((timestamp - NOON) / DAY_MS) === day).length);
  };
  const open = () => (store = new InlineLogStore(directory, LIMITS));

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'longshore-lines-'));
    open();
    for (const day of DAYS) {
      const events = Array.from({ length: OF_A_DAY }, (_, n) => ({
        timestamp: NOON + day * DAY_MS + n,
        message: `line ${n} of day ${day}, ${(n * 7_919).toString(36)}`,
      }));
      for (let at = 0; at < OF_A_DAY; at += 100) await store.append(append(events.slice(at, at + 100)));
    }
    // Sealed, and in the files themselves.
    while (store.writer.seal()) continue;
    await store.close();
    expect(days()).toHaveLength(DAYS.length);
    open();
    expect(await countsByDay()).toEqual([OF_A_DAY, OF_A_DAY, OF_A_DAY]);
    await store.close();
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });

  it('that is torn names it, and the other days are whole', async () => {
    const torn = days()[1]!;
    truncateSync(join(directory, torn), 8_192 * 3);
    open();
    const [first, second, third] = await countsByDay();
    expect([first, third]).toEqual([OF_A_DAY, OF_A_DAY]);
    expect(second).toBeLessThan(OF_A_DAY);
    expect(new Set(store.damaged().map(({ file }) => file))).toEqual(new Set([torn]));
  });

  it('that has a flipped bit, wherever it is, shows no line that was never written', async () => {
    const flipped = days()[1]!;
    const path = join(directory, flipped);
    const whole = readFileSync(path);
    copyFileSync(path, `${path}.whole`);
    for (let at = 4_321; at < whole.length; at += Math.floor(whole.length / 8) + 977) {
      writeFileSync(path, whole);
      const file = openSync(path, 'r+');
      writeSync(file, Buffer.from([whole[at]! ^ 16]), 0, 1, at);
      closeSync(file);
      open();
      const events = await everything(store);
      const of = (day: number) => events.filter(({ message }) => message.includes(`of day ${day},`)).length;
      expect([of(0), of(2)]).toEqual([OF_A_DAY, OF_A_DAY]);
      for (const { timestamp, message } of events) {
        const n = (timestamp - NOON) % DAY_MS;
        expect(message).toBe(`line ${n} of day ${Math.floor((timestamp - NOON) / DAY_MS)}, ${(n * 7_919).toString(36)}`);
      }
      // A bit of a page that is not in use changes nothing.
      if (of(1) < OF_A_DAY) expect(store.damaged().map(({ file }) => file)).toContain(flipped);
      await store.close();
    }
    open();
  });

  it('that has its tail damaged keeps what is sealed, puts the file aside, and takes new lines', async () => {
    const tail = join(directory, 'tail.sqlite');
    writeFileSync(tail, 'no database');
    rmSync(`${tail}-wal`, { force: true });
    open();
    expect(store.damaged()).toMatchObject([{ file: expect.stringContaining('tail.sqlite.damaged-') }]);
    expect(await countsByDay()).toEqual([OF_A_DAY, OF_A_DAY, OF_A_DAY]);
    await store.append(append([{ timestamp: NOON, message: 'after' }]));
    expect(await countsByDay()).toEqual([OF_A_DAY + 1, OF_A_DAY, OF_A_DAY]);
  });
});
