import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#lib/platform';
import { HOME_VARIABLE } from './domain/process-specs.js';
import type { ProcessSpec } from './domain/process-diff.js';
import { endLeftovers, leftoversOf } from './leftovers.js';
import { isAlive } from '../host/process-identity.js';
import { ProcessLogs } from './process-logs.js';
import { LocalProcesses, type RunningProcess } from './processes.js';
import { askLife } from './sign-of-life.js';
import { until } from '../host/wait.js';

const RUNS = 'echo started $GREETING; exec sleep 1000';

/** Small shell scripts stand in for the apps. */
describe('LocalProcesses', () => {
  let directory: string;
  let logs: ProcessLogs;
  let processes: LocalProcesses;

  const app = (name: string, script: string, env: Record<string, string> = {}): ProcessSpec => ({
    name,
    app: name,
    replica: 1,
    command: '/bin/sh',
    args: ['-c', script],
    env: { [HOME_VARIABLE]: directory, ...env },
  });

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'longshore-processes-'));
    logs = new ProcessLogs(directory);
    processes = new LocalProcesses(logs, systemClock, process.env);
  });
  afterEach(async () => {
    await endLeftovers(directory);
    rmSync(directory, { recursive: true, force: true });
  });

  it('run with their environment, their output in their own log', async () => {
    const started = processes.start(app('a', RUNS, { GREETING: 'hello' }));
    expect(await until(() => logs.lastWords('a', 0) === 'started hello', 5_000)).toBe(true);
    expect(isAlive(started.identity!)).toBe(true);
    started.signal('SIGKILL');
    expect(await started.ended).toBe('SIGKILL');
  });

  it('say with their exit what they said last', async () => {
    expect(await processes.start(app('a', 'echo "Error: no port is free" >&2; exit 3')).ended).toBe(
      'exit code 3: Error: no port is free',
    );
  });

  it('have ended when they cannot be started, or cannot be given a log', async () => {
    const missing: RunningProcess = processes.start({ ...app('a', ''), command: join(directory, 'missing') });
    expect(await missing.ended).toContain('ENOENT');
    const nowhere = new LocalProcesses(new ProcessLogs(join(directory, 'nowhere')), systemClock, process.env);
    expect(await nowhere.start(app('a', RUNS)).ended).toContain('ENOENT');
  });

  it('are found by a later supervisor by their environment, and only those, with what they were started from', async () => {
    const [own, other] = [
      processes.start(app('a', RUNS)),
      processes.start(app('b', RUNS, { [HOME_VARIABLE]: `${directory}-b` })),
    ];
    expect(await until(() => leftoversOf(directory).some(({ commandLine }) => commandLine[0] === 'sleep'), 5_000)).toBe(true);
    const [found, ...rest] = leftoversOf(directory);
    expect(rest).toEqual([]);
    expect(found).toMatchObject({ identity: own.identity, commandLine: ['sleep', '1000'] });
    expect(Math.abs(found!.startedAtMs - Date.now())).toBeLessThan(10_000);
    const adopted = processes.adopt(app('a', RUNS), found!.identity);
    adopted.signal('SIGTERM');
    expect(await adopted.ended).toBe('it ended');
    other.signal('SIGKILL');
    await other.ended;
  });
});

describe('the sign of life', () => {
  let server: Server | undefined;
  afterEach(() => void server?.close());
  const spec = (healthPort: number): ProcessSpec => ({
    name: 'a',
    app: 'a',
    replica: 1,
    command: '',
    args: [],
    env: {},
    healthPort,
  });
  const serve = async (answer: boolean): Promise<number> => {
    server = createServer((_request, response) => (answer ? response.end('ok') : undefined));
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };

  it('is an answer', async () => {
    expect(await askLife(spec(await serve(true)), undefined, tmpdir())).toBe('alive');
  });

  it('is missed when a connection is taken and nothing said, as of a frozen process', async () => {
    const port = await serve(false);
    expect(await askLife(spec(port), undefined, tmpdir())).toBe('silent');
    server!.closeAllConnections();
  });

  it('is not expected of a process that does not listen yet', async () => {
    const port = await serve(true);
    await new Promise((resolve) => server!.close(resolve));
    expect(await askLife(spec(port), undefined, tmpdir())).toBe('refused');
  });
});
