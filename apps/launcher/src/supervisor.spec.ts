import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#lib/platform';
import { HOME_VARIABLE } from './domain/process-specs.js';
import type { ProcessSpec } from './domain/process-diff.js';
import { endLeftovers, findLeftovers } from './leftovers.js';
import { isAlive } from './process-identity.js';
import { Supervisor } from './supervisor.js';
import { until } from './wait.js';

const RUNS = 'echo started $GREETING; exec sleep 1000';

/** Small shell scripts stand in for the apps. */
describe('Supervisor', () => {
  let directory: string;
  let said: string[];
  let supervisor: Supervisor;
  let revised: Map<string, ProcessSpec>;

  const app = (name: string, script: string, env: Record<string, string> = {}): ProcessSpec => ({
    name,
    app: name,
    replica: 1,
    command: '/bin/sh',
    args: ['-c', script],
    env: { [HOME_VARIABLE]: directory, ...env },
  });
  const record = (name: string) => supervisor.records().find((candidate) => candidate.name === name)!;
  const log = (name: string) => readFileSync(join(directory, `${name}.log`), 'utf8');
  const starts = (name: string) => log(name).split('started').length - 1;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'longshore-supervisor-'));
    said = [];
    revised = new Map();
    supervisor = new Supervisor({
      logs: directory,
      clock: systemClock,
      say: (text) => said.push(text),
      changed: () => undefined,
      environment: process.env,
      revise: (spec) => Promise.resolve(revised.get(spec.name) ?? spec),
    });
  });
  afterEach(async () => {
    await supervisor.end(supervisor.specs().map((spec) => spec.name));
    await endLeftovers(directory);
    rmSync(directory, { recursive: true, force: true });
  });

  it('runs what is wanted, its output in its own log', async () => {
    await supervisor.apply([app('a', RUNS, { GREETING: 'hello' }), app('b', RUNS)]);
    expect(await until(() => log('a').includes('started hello') && starts('b') === 1, 5_000)).toBe(true);
    expect(isAlive(record('a').process!)).toBe(true);
  });

  it('starts an ended app again with what it needs by now, and takes that for what is wanted', async () => {
    const [before, after] = [app('a', RUNS, { GREETING: 'port-1' }), app('a', RUNS, { GREETING: 'port-2' })];
    await supervisor.apply([before]);
    revised.set('a', after);
    process.kill(record('a').process!.pid, 'SIGKILL');
    expect(await until(() => log('a').includes('started port-2'), 5_000)).toBe(true);
    const { pid } = record('a').process!;
    await supervisor.apply([after]);
    expect(record('a').process!.pid).toBe(pid);
  });

  it('starts a killed app again and says so', async () => {
    await supervisor.apply([app('a', RUNS)]);
    const first = record('a').process!;
    process.kill(first.pid, 'SIGKILL');
    expect(await until(() => record('a').process !== undefined && record('a').process!.pid !== first.pid, 5_000)).toBe(true);
    expect(said).toEqual(['a exited (SIGKILL); starting it again']);
    expect(record('a')).toMatchObject({ crashes: 1, lastExit: 'SIGKILL' });
  });

  it('waits longer with every crash in a row', async () => {
    await supervisor.apply([app('a', 'echo started; exit 3')]);
    expect(await until(() => starts('a') === 3, 10_000)).toBe(true);
    expect(said[0]).toBe('a exited (exit code 3); starting it again');
    const before = performance.now();
    expect(await until(() => starts('a') === 4, 10_000)).toBe(true);
    expect(performance.now() - before).toBeGreaterThan(700);
  });

  it('goes on trying a program that cannot be started', async () => {
    await supervisor.apply([{ ...app('a', ''), command: join(directory, 'missing') }]);
    expect(await until(() => said.length >= 2, 5_000)).toBe(true);
    expect(said[0]).toContain('ENOENT');
  });

  it('leaves alone what is wanted unchanged, replaces what changed, ends what is not wanted', async () => {
    await supervisor.apply([app('kept', RUNS), app('changed', RUNS), app('gone', RUNS)]);
    const [kept, changed, gone] = ['kept', 'changed', 'gone'].map((name) => record(name).process!) as [never, never, never];
    await supervisor.apply([app('kept', RUNS), app('changed', RUNS, { GREETING: 'again' }), app('new', RUNS)]);
    expect(isAlive(kept)).toBe(true);
    expect(isAlive(changed)).toBe(false);
    expect(isAlive(gone)).toBe(false);
    expect(
      supervisor
        .specs()
        .map((spec) => spec.name)
        .sort(),
    ).toEqual(['changed', 'kept', 'new']);
    expect(await until(() => log('changed').includes('again'), 5_000)).toBe(true);
    expect(said).toEqual([]);
  });

  it('ends for good: nothing is started again, also not what waits for its restart', async () => {
    await supervisor.apply([app('a', RUNS), app('crashing', 'echo started; exit 1')]);
    expect(await until(() => record('crashing').crashes > 0, 5_000)).toBe(true);
    const running = record('a').process!;
    await supervisor.end(['a', 'crashing']);
    expect(isAlive(running)).toBe(false);
    expect(supervisor.records()).toEqual([]);
    expect(findLeftovers(directory)).toEqual([]);
  });

  it('leaves processes that a later start finds by their environment, and only those', async () => {
    await supervisor.apply([app('a', RUNS), { ...app('other', RUNS), env: { [HOME_VARIABLE]: `${directory}-other` } }]);
    const [own, other] = [record('a').process!, record('other').process!];
    expect(await until(() => findLeftovers(directory).some((identity) => identity.pid === own.pid), 5_000)).toBe(true);
    expect(findLeftovers(directory)).toEqual([own]);
    expect(isAlive(other)).toBe(true);
  });
});
