import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '#lib/platform';
import { append, everything, logStoreContract, scanOf } from '../../../../test/support/log-store-suite.js';
import { DirectoryHold } from './directory-hold.js';
import { SqliteLogStore } from './sqlite/sqlite-log-store.js';

const dist = join(import.meta.dirname, '../../../../dist');
const script = new URL(`file://${dist}/apps/log-aggregator/src/store/sqlite/store-thread.js`);

function open(directory: string): SqliteLogStore {
  const fail = (what: unknown) => {
    throw what;
  };
  return new SqliteLogStore({ directory, script, nowMs: Date.now, onDamaged: fail, onTrouble: fail, onFatal: fail });
}

describe('the store in SQLite, in threads', () =>
  logStoreContract(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'longshore-lines-'));
    let store = open(directory);
    return {
      store,
      async reopen() {
        await store.close();
        return (store = open(directory));
      },
      async close() {
        await store.close();
        rmSync(directory, { recursive: true });
      },
    };
  }));

it('a directory of lines is free again when the process that has it is killed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'longshore-lines-'));
  const module = `file://${dist}/apps/log-aggregator/src/store/directory-hold.js`;
  const program = `const { DirectoryHold } = await import('${module}');
    globalThis.hold = DirectoryHold.tryTake('${directory}'); console.log('held'); setInterval(() => undefined, 1_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  expect(DirectoryHold.tryTake(directory)).toBeUndefined();
  child.kill('SIGKILL');
  await once(child, 'exit');
  DirectoryHold.tryTake(directory)!.release();
  rmSync(directory, { recursive: true });
});

describe('a store that is killed while it seals', () => {
  const directory = mkdtempSync(join(tmpdir(), 'longshore-lines-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const random = seededRandom(1);

  /** Lives for some commits; the answer: what it acknowledged. */
  async function live(from: number): Promise<number> {
    const child = spawn(process.execPath, [join(dist, 'test/support/log-store-child.js'), directory, String(from)], {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const commits = 1 + Math.floor(random.next() * 60);
    let [acknowledged, heard, text] = [from, 0, ''];
    for await (const chunk of child.stdout) {
      text += String(chunk);
      const whole = text.split('\n');
      text = whole.pop()!;
      for (const line of whole) acknowledged = Math.max(acknowledged, Number(line));
      heard += whole.length;
      if (heard >= commits) break;
    }
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return acknowledged;
  }

  it('has every acknowledged line once and in order, after fifty kills', async () => {
    let next = 0;
    for (let round = 0; round < 50; round++) {
      const acknowledged = await live(next);
      const store = open(directory);
      // A range far beyond takes nothing, and is told where to go on.
      const beyond = { container: 'c', from: 1e12, to: 1e12, skips: false };
      ({ next = -1 } = await store.append(append([], { group: { id: 'g', partition: 0 }, stream: 's', source: beyond })));
      await store.close();
      expect(next).toBeGreaterThanOrEqual(acknowledged);
    }
    const store = open(directory);
    const kept = await everything(store, scanOf({ group: { id: 'g', partition: 0 } }));
    expect(kept.length).toBe(next);
    kept.forEach(({ timestamp, message }, n) => {
      if (timestamp !== n || !message.startsWith(`{"n":${n},`)) throw new Error(`line ${n} is ${timestamp}: ${message}`);
    });
    await store.close();
  }, 300_000);
});
