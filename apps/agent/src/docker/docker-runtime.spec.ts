import { describe, it, expect } from '@jest/globals';
import type Docker from 'dockerode';
import { PassThrough } from 'node:stream';
import { silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { EngineUnavailableError, type RuntimeEvent } from '../ports.js';
import { DockerRuntime } from './docker-runtime.js';

const EXITED = {
  Id: 'c1',
  Config: { Labels: {} },
  State: { Status: 'exited', ExitCode: 7, OOMKilled: false, StartedAt: '', FinishedAt: '' },
  HostConfig: {},
};
const layerLost = () => Object.assign(new Error('(HTTP code 500) server error - layer does not exist'), { statusCode: 500 });

/** An engine that has one container, and whose answers to the first inspections are errors. */
function world(failures: number) {
  const clock = new VirtualClock();
  const events = new PassThrough();
  let inspections = 0;
  const engine = {
    getEvents: async () => events,
    getContainer: () => ({
      start: async () => undefined,
      inspect: async () => {
        if (++inspections <= failures) throw layerLost();
        return EXITED;
      },
    }),
  };
  return { clock, events, runtime: new DockerRuntime(engine as unknown as Docker, clock, silentLogger) };
}

describe('DockerRuntime', () => {
  it('tells of an exit also when the first look at it fails', async () => {
    const { clock, events, runtime } = world(2);
    const heard: RuntimeEvent[] = [];
    const cancel = runtime.watch({}, (event) => heard.push(event));
    events.write(`${JSON.stringify({ Action: 'die', Actor: { ID: 'c1' } })}\n`);
    await clock.advanceUntil(() => heard.length === 2);
    expect(heard).toMatchObject([{ kind: 'resync' }, { kind: 'container', snapshot: { state: 'exited', exitCode: 7 } }]);
    cancel();
  });

  it('says that the engine has gone, and why, until it is back', async () => {
    const clock = new VirtualClock();
    const streams = [new PassThrough(), undefined, new PassThrough()];
    const engine = {
      getEvents: async () => {
        const next = streams.shift();
        if (!next) throw new Error('connect ECONNREFUSED /var/run/docker.sock');
        return next;
      },
    };
    const [first] = streams;
    const heard: RuntimeEvent[] = [];
    const runtime = new DockerRuntime(engine as unknown as Docker, clock, silentLogger);
    const cancel = runtime.watch({}, (event) => heard.push(event));
    await clock.advanceUntil(() => heard.length === 1);
    first!.end();
    await clock.advanceUntil(() => heard.length === 4);
    expect(heard).toEqual([
      { kind: 'resync' },
      { kind: 'away', reason: 'it closed its event stream' },
      { kind: 'away', reason: 'connect ECONNREFUSED /var/run/docker.sock' },
      { kind: 'resync' },
    ]);
    cancel();
  });

  it('knows nothing of a container that it started and cannot look at; it has not failed', async () => {
    await expect(world(1).runtime.start('c1')).rejects.toThrow(EngineUnavailableError);
  });
});
