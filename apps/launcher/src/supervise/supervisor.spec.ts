import { beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { UNANSWERED_QUESTIONS, type SignOfLife } from './domain/liveness.js';
import type { ProcessSpec } from './domain/process-diff.js';
import type { ProcessIdentity } from '../host/process-identity.js';
import type { Processes, RunningProcess } from './processes.js';
import { Supervisor } from './supervisor.js';

class FakeProcess implements RunningProcess {
  readonly identity: ProcessIdentity;
  readonly ended: Promise<string>;
  readonly signals: NodeJS.Signals[] = [];
  end!: (how: string) => void;

  constructor(
    readonly spec: ProcessSpec,
    pid: number,
    private readonly heeds: (name: NodeJS.Signals) => boolean,
  ) {
    this.identity = { pid, startTime: 'boot:1' };
    this.ended = new Promise((resolve) => (this.end = resolve));
  }

  signal(name: NodeJS.Signals): void {
    this.signals.push(name);
    if (this.heeds(name)) this.end(name);
  }
}

/** Processes that end when the test says so. */
class FakeProcesses implements Processes {
  readonly started: FakeProcess[] = [];
  heeds = (_name: NodeJS.Signals): boolean => true;

  start(spec: ProcessSpec): FakeProcess {
    return this.adopt(spec, { pid: 100 + this.started.length, startTime: 'boot:1' });
  }

  adopt(spec: ProcessSpec, { pid }: ProcessIdentity): FakeProcess {
    const process = new FakeProcess(spec, pid, (name) => this.heeds(name));
    this.started.push(process);
    return process;
  }

  of(name: string): FakeProcess[] {
    return this.started.filter(({ spec }) => spec.name === name);
  }
}

describe('Supervisor', () => {
  let clock: VirtualClock;
  let processes: FakeProcesses;
  let said: string[];
  let supervisor: Supervisor;
  let signs: Map<string, SignOfLife>;
  let revise: (spec: ProcessSpec) => Promise<ProcessSpec>;
  let boundAll: () => string[];

  const app = (name: string, env: Record<string, string> = {}): ProcessSpec => ({
    name,
    app: name,
    replica: 1,
    command: '/bin/app',
    args: [],
    env,
  });
  const record = (name: string) => supervisor.records().find((candidate) => candidate.name === name)!;

  beforeEach(() => {
    clock = new VirtualClock();
    processes = new FakeProcesses();
    said = [];
    signs = new Map();
    revise = (spec) => Promise.resolve(spec);
    boundAll = () => [];
    supervisor = new Supervisor({
      processes,
      logs: { pathOf: (name) => `/logs/${name}.log`, boundAll: () => boundAll() },
      clock,
      say: (text) => said.push(text),
      changed: () => undefined,
      askLife: ({ name }) => Promise.resolve(signs.get(name) ?? 'alive'),
      revise: (spec) => revise(spec),
    });
  });
  afterEach(() => supervisor.close());

  it('starts a killed app again and says so', async () => {
    await supervisor.apply([app('a')]);
    processes.of('a')[0]!.end('SIGKILL');
    await clock.advance(250);
    expect(processes.of('a')).toHaveLength(2);
    expect(said).toEqual(['a exited (SIGKILL); starting it again']);
    expect(record('a')).toMatchObject({ crashes: 1, lastExit: 'SIGKILL', process: { pid: 101 } });
  });

  it('waits longer with every crash in a row', async () => {
    await supervisor.apply([app('a')]);
    for (const [crashes, delayMs] of [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000].entries()) {
      processes.of('a')[crashes]!.end('exit code 3: no port');
      await clock.advance(delayMs - 1);
      expect(processes.of('a')).toHaveLength(crashes + 1);
      await clock.advance(1);
      expect(processes.of('a')).toHaveLength(crashes + 2);
    }
    expect(said.at(-1)).toBe('a exited (exit code 3: no port); starting it again in 10 s (its log: /logs/a.log)');
  });

  it('ends an app that gives no sign of life, by force, and starts it again', async () => {
    processes.heeds = (name) => name === 'SIGKILL';
    await supervisor.apply([app('frozen'), app('well')]);
    signs.set('frozen', 'silent');
    await clock.advance(2_000 * (UNANSWERED_QUESTIONS - 1));
    expect(processes.of('frozen')[0]!.signals).toEqual([]);
    await clock.advance(2_000);
    signs.delete('frozen');
    await clock.advance(250);
    expect(processes.of('frozen')[0]!.signals).toEqual(['SIGKILL']);
    expect(processes.of('frozen')).toHaveLength(2);
    expect(said).toEqual(['frozen was ended (it gives no sign of life); starting it again']);
    expect(record('frozen')).toMatchObject({ crashes: 1, lastExit: 'it gives no sign of life' });
    await clock.advance(60_000);
    expect(processes.started).toHaveLength(3);
  });

  it('gives an app that was started again the whole time to answer', async () => {
    await supervisor.apply([app('a')]);
    signs.set('a', 'silent');
    await clock.advance(2_000 * (UNANSWERED_QUESTIONS - 1));
    processes.of('a')[0]!.end('SIGKILL');
    await clock.advance(2_000 * (UNANSWERED_QUESTIONS - 1));
    expect(processes.of('a').map(({ signals }) => signals)).toEqual([[], []]);
  });

  it('goes on with what an earlier supervisor has started, and starts that again, too', async () => {
    supervisor.adopt(app('a'), { pid: 7, startTime: 'boot:1' });
    await supervisor.apply([app('a')]);
    expect(supervisor.records().map(({ process }) => process?.pid)).toEqual([7]);
    processes.of('a')[0]!.end('it ended');
    await clock.advance(250);
    expect(processes.of('a')).toHaveLength(2);
  });

  it('starts an ended app again with what it needs by now, and takes that for what is wanted', async () => {
    const after = app('a', { PORT: '2' });
    await supervisor.apply([app('a', { PORT: '1' })]);
    revise = () => Promise.resolve(after);
    processes.of('a')[0]!.end('SIGKILL');
    await clock.advance(250);
    await supervisor.apply([after]);
    expect(processes.of('a').map(({ spec }) => spec.env.PORT)).toEqual(['1', '2']);
  });

  it('survives whatever fails of its own, and says it', async () => {
    await supervisor.apply([app('a')]);
    revise = () => Promise.reject(new Error('no port'));
    boundAll = () => {
      throw new Error('ENOSPC');
    };
    processes.of('a')[0]!.end('SIGKILL');
    await clock.advance(2_000);
    expect(processes.of('a')).toHaveLength(2);
    expect(said).toEqual([
      'a exited (SIGKILL); starting it again',
      'a is started as before: no port',
      'The logs could not be bounded: ENOSPC',
    ]);
  });

  it('leaves alone what is wanted unchanged, replaces what changed, ends what is not wanted', async () => {
    await supervisor.apply([app('kept'), app('changed'), app('gone')]);
    await supervisor.apply([app('kept'), app('changed', { GREETING: 'again' }), app('new')]);
    expect(
      supervisor
        .specs()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['changed', 'kept', 'new']);
    expect(processes.of('kept').map(({ signals }) => signals)).toEqual([[]]);
    expect(processes.of('changed').map(({ signals }) => signals)).toEqual([['SIGTERM'], []]);
    expect(processes.of('gone').map(({ signals }) => signals)).toEqual([['SIGTERM']]);
    expect(said).toEqual([]);
  });

  it('ends by force what does not heed its grace', async () => {
    processes.heeds = (name) => name === 'SIGKILL';
    await supervisor.apply([app('a')]);
    const ended = supervisor.end(['a']);
    await clock.advance(9_999);
    expect(processes.of('a')[0]!.signals).toEqual(['SIGTERM']);
    await clock.advance(1);
    await ended;
    expect(processes.of('a')[0]!.signals).toEqual(['SIGTERM', 'SIGKILL']);
  });

  it('ends for good: nothing is started again, also not what waits for its restart', async () => {
    await supervisor.apply([app('a'), app('crashing')]);
    processes.of('crashing')[0]!.end('exit code 1');
    await clock.advance(0);
    await supervisor.end(['a', 'crashing']);
    await clock.advance(60_000);
    expect(supervisor.records()).toEqual([]);
    expect(processes.started).toHaveLength(2);
  });

  it('starts nothing once it is closed, whoever still wants it', async () => {
    await supervisor.apply([app('gateway')]);
    const replacing = supervisor.apply([app('gateway', { LEVEL: 'debug' }), app('agent')]);
    supervisor.close();
    await replacing;
    await supervisor.apply([app('scheduler')]);
    supervisor.adopt(app('state-store'), { pid: 7, startTime: 'boot:1' });
    expect(processes.started.map(({ spec }) => spec.name)).toEqual(['gateway']);
    expect(supervisor.specs()).toEqual([]);
  });
});
