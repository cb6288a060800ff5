import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './host/command.js';
import { findLeftovers } from './supervise/leftovers.js';
import { freePortFrom, isFree } from './host/ports.js';
import { until } from './host/wait.js';

const root = join(import.meta.dirname, '../../..');

interface Status {
  running: boolean;
  leftovers?: number;
  supervisor?: number;
  phase?: string;
  processes?: {
    name: string;
    ready: boolean;
    crashes: number;
    lastExit?: string;
    startedAt: string;
    process?: { pid: number };
  }[];
}

/** The built launcher with simulated instances, in a data directory of its own, beside whatever runs on this machine. */
describe('longshore up and down', () => {
  const data = mkdtempSync(join(tmpdir(), 'longshore-e2e-'));
  let port: number;

  const main = join(root, 'dist/apps/launcher/src/main.js');
  const environment = { ...process.env, LONGSHORE_DATA: data, NODE_OPTIONS: '' };
  const longshore = (...args: string[]) => run(process.execPath, [main, ...args], { env: environment });
  const up = (...args: string[]) => longshore('up', '-d', '--port', String(port), '--simulate', '3', ...args);
  const status = async () => {
    const { code, stdout, output } = await longshore('status', '--json');
    if (stdout === '') throw new Error(`status ended with ${code}: ${output}`);
    return JSON.parse(stdout) as Status;
  };
  const pidOf = (current: Status, name: string) => current.processes!.find((process) => process.name === name)!.process!.pid;
  const allReady = async () => {
    const current = await status();
    return current.running && current.processes!.every((process) => process.ready);
  };

  beforeAll(async () => {
    port = await freePortFrom(14_566);
    const started = await up();
    expect(started).toMatchObject({ code: 0, output: expect.stringContaining(`http://127.0.0.1:${port}`) });
  }, 120_000);
  afterAll(async () => {
    await longshore('down', '--purge', '--yes');
    rmSync(data, { recursive: true, force: true });
  }, 60_000);

  it('has everything ready when up says so, and recognises itself', async () => {
    expect(await allReady()).toBe(true);
    const again = await up();
    expect(again).toMatchObject({ code: 0, output: expect.stringContaining('already running') });
    expect(again.output).not.toContain('differ');
    const env = { ...environment, LONGSHORE_METRICS_RETENTION: '30d' };
    const changed = await run(process.execPath, [main, 'up', '-d', '--log-level', 'debug'], { env });
    expect(changed.output).toContain(
      'It goes on with the settings of its start, which differ in --log-level, LONGSHORE_METRICS_RETENTION: ./longshore down, then up applies yours.',
    );
  }, 30_000);

  it('starts first what the API needs, and the others when it answers', async () => {
    const { processes } = await status();
    const startedAt = (...names: string[]) =>
      processes!.filter(({ name }) => names.includes(name)).map((process) => Date.parse(process.startedAt));
    expect(Math.max(...startedAt('state-store', 'gateway'))).toBeLessThan(
      Math.min(...startedAt('scheduler', 'autoscaler')) - 100,
    );
  }, 30_000);

  it('starts every killed process again, the broker too', async () => {
    const before = await status();
    for (const { name, process: identity } of before.processes!) {
      process.kill(identity!.pid, 'SIGKILL');
      const back = async () => {
        const current = (await status()).processes!.find((candidate) => candidate.name === name)!;
        return current.crashes === 1 && current.ready && current.process!.pid !== identity!.pid;
      };
      expect({ name, back: await until(back, 20_000, 100) }).toEqual({ name, back: true });
    }
    expect(await until(allReady, 20_000, 100)).toBe(true);
  }, 120_000);

  it('takes replicas in and gives them up while it runs', async () => {
    expect((await longshore('up', '--scale', 'scheduler=2')).code).toBe(0);
    const scaled = await status();
    expect(scaled.processes!.map(({ name }) => name)).toContain('scheduler-2');
    const kept = pidOf(scaled, 'scheduler');
    expect((await longshore('up', '--scale', 'scheduler=1')).code).toBe(0);
    const back = await status();
    expect(back.processes!.map(({ name }) => name)).not.toContain('scheduler-2');
    expect(pidOf(back, 'scheduler')).toBe(kept);
  }, 60_000);

  it('replaces an app and a broker that are frozen, and says why', async () => {
    for (const name of ['health-monitor', 'nats-server']) {
      const frozen = pidOf(await status(), name);
      process.kill(frozen, 'SIGSTOP');
      const replaced = async () => {
        const { processes } = await status();
        const current = processes!.find((candidate) => candidate.name === name)!;
        return current.ready && current.process!.pid !== frozen && current.lastExit === 'it gives no sign of life';
      };
      expect({ name, replaced: await until(replaced, 45_000, 200) }).toEqual({ name, replaced: true });
    }
    expect(await until(allReady, 30_000, 100)).toBe(true);
    expect((await longshore('status')).output).toContain('it gives no sign of life');
  }, 150_000);

  it('works without its supervisor, and the next up goes on with what runs', async () => {
    const before = await status();
    process.kill(before.supervisor!, 'SIGKILL');
    expect(await until(async () => !(await status()).running, 5_000, 50)).toBe(true);
    expect((await status()).leftovers).toBe(before.processes!.length);
    expect((await longshore('env')).output).toContain(`http://127.0.0.1:${port}`);
    expect(await longshore('journal', 'inspect', '1')).toEqual(expect.objectContaining({ code: 0 }));

    process.kill(pidOf(before, 'scheduler'), 'SIGKILL');
    // What it simulates is remembered.
    const again = await longshore('up', '-d', '--port', String(port));
    expect(again).toMatchObject({ code: 0, output: expect.stringContaining('The last supervisor was killed') });
    const after = await status();
    for (const { name, process: identity } of after.processes!.filter((current) => current.name !== 'scheduler'))
      expect({ name, pid: identity!.pid }).toEqual({ name, pid: pidOf(before, name) });
    const running = new Set(findLeftovers(data).map(({ pid }) => pid));
    expect(running).toEqual(new Set(after.processes!.map((record) => record.process!.pid)));

    process.kill(pidOf(after, 'gateway'), 'SIGKILL');
    const back = async () => {
      const gateway = (await status()).processes!.find(({ name }) => name === 'gateway')!;
      return gateway.ready && gateway.process!.pid !== pidOf(after, 'gateway');
    };
    expect(await until(back, 20_000, 100)).toBe(true);
  }, 90_000);

  it("replaces the first account's key; the old one stays deleted, also over a restart of its maker", async () => {
    const keyOf = (output: string) => /AWS_ACCESS_KEY_ID='(\w+)'/.exec(output)![1]!;
    const old = keyOf((await longshore('env')).output);
    const kept = readFileSync(join(data, 'secrets/credentials.json'), 'utf8');
    expect(await longshore('credentials', 'replace')).toMatchObject({ code: 0 });
    expect(keyOf((await longshore('env')).output)).not.toBe(old);
    expect((await longshore('explain', 'task', '123456')).output).not.toContain('security token');

    const replaced = readFileSync(join(data, 'secrets/credentials.json'), 'utf8');
    writeFileSync(join(data, 'secrets/credentials.json'), kept);
    const maker = pidOf(await status(), 'state-store');
    process.kill(maker, 'SIGKILL');
    const back = async () => {
      const store = (await status()).processes!.find(({ name }) => name === 'state-store')!;
      return store.ready && store.process!.pid !== maker;
    };
    expect(await until(back, 20_000, 100)).toBe(true);
    // The gateway trusts what it knows of a key for ten seconds.
    const refused = async () => (await longshore('explain', 'task', '123456')).output.includes('security token');
    expect(await until(refused, 20_000, 500)).toBe(true);
    writeFileSync(join(data, 'secrets/credentials.json'), replaced);
  }, 120_000);

  it('stops everything with down, and says so when there is nothing', async () => {
    expect((await longshore('down')).code).toBe(0);
    expect(findLeftovers(data)).toEqual([]);
    expect(await isFree(port)).toBe(true);
    expect((await longshore('down')).output).toContain('not running');
    expect((await longshore('status')).code).toBe(3);
  }, 60_000);

  /** What a Ctrl-C does that comes right after this sentence. */
  async function interruptedAt(sentence: string, ...args: string[]): Promise<{ code: number | null; said: string }> {
    const child = spawn(process.execPath, [main, 'up', '--port', String(port), '--simulate', '3', ...args], { env: environment });
    const ended = once(child, 'exit') as Promise<[number | null]>;
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        if (!said.includes(sentence) && (said + text).includes(sentence)) child.kill('SIGINT');
        said += text;
      });
    // Apps and broker have 10 s each to end; a start that goes on would take longer, or for ever.
    const giveUp = setTimeout(() => child.kill('SIGKILL'), 45_000);
    const [code] = await ended;
    clearTimeout(giveUp);
    return { code, said };
  }

  it.each(['Starting the journal', 'Ready in'])(
    'ends in order when it is interrupted at "%s …"',
    async (sentence) => {
      expect(await interruptedAt(sentence)).toEqual({ code: 0, said: expect.stringContaining(sentence) });
      expect(findLeftovers(data)).toEqual([]);
      expect((await longshore('status')).code).toBe(3);
    },
    60_000,
  );

  it('goes on in the background when only the command that waits for it is interrupted, and says so', async () => {
    const { code, said } = await interruptedAt('Starting the journal', '--detach');
    expect({ code, said }).toEqual({ code: 130, said: expect.stringContaining('./longshore down stops it') });
    expect(await until(async () => (await status()).phase === 'ready', 30_000, 200)).toBe(true);
    expect((await longshore('down')).code).toBe(0);
    expect(findLeftovers(data)).toEqual([]);
  }, 60_000);

  it('says in one sentence that its port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    const refused = await longshore('up', '--port', String(port), '--simulate', '3');
    other.close();
    expect(refused.code).toBe(1);
    expect(refused.output.trim().split('\n')).toEqual([expect.stringContaining(`Port ${port} is in use`)]);
    expect(findLeftovers(data)).toEqual([]);
  }, 30_000);

  it('deletes its data only when that is confirmed', async () => {
    const asked = await longshore('down', '--purge');
    expect(asked).toMatchObject({ code: 1, output: expect.stringContaining('--yes') });
    expect(readdirSync(data)).toContain('jetstream');
    expect((await longshore('down', '--purge', '--yes')).code).toBe(0);
    expect(readdirSync(data)).toEqual(['bin']);
  }, 30_000);
});
