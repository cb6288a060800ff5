import { describe, it, expect } from '@jest/globals';
import type { Clock } from '#lib/platform';
import { container, definitionOf, SimulatedHost } from '../../../test/support/simulated-host.js';
import type { ContainerRuntime, RuntimeEvent } from './ports.js';

const web = definitionOf([container({ name: 'web', portMappings: [{ containerPort: 80 }] })]);
const ANSWER_MS = 100;
const HALFWAY_MS = 50;

type Labels = Readonly<Record<string, string>>;

/** Answers to one kind of call are true when they are given, and arrive `ANSWER_MS` later; events arrive at once. */
class World {
  readonly host: SimulatedHost;
  slowCall: keyof ContainerRuntime | undefined;
  /** To the agent's ear. */
  tell: (event: RuntimeEvent) => void = () => undefined;

  constructor() {
    this.host = new SimulatedHost(1, {}, { wrap: (deps) => ({ ...deps, runtime: this.slowed(deps.runtime, deps.clock) }) });
  }

  private slowed(runtime: ContainerRuntime, clock: Clock): ContainerRuntime {
    return new Proxy(runtime, {
      get: (target, name: keyof ContainerRuntime) => {
        if (name === 'watch') {
          return (labels: Labels, listener: (event: RuntimeEvent) => void) => {
            this.tell = listener;
            return target.watch(labels, listener);
          };
        }
        const call = target[name] as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          const answer = await call.apply(target, args);
          if (this.slowCall === name) await clock.sleep(ANSWER_MS);
          return answer;
        };
      },
    });
  }

  async withOneTask(): Promise<this> {
    const { host } = this;
    await host.boot();
    host.assign(web, ['a']);
    await host.clock.advance(1_000);
    expect(host.report('a')).toMatchObject({ status: 'RUNNING' });
    return this;
  }

  crashOne(): void {
    const { runtime } = this.host;
    runtime.crash(runtime.running()[0]!.runtimeId, 7);
  }

  restartEngine(): void {
    this.host.runtime.goAway();
    this.host.runtime.comeBack();
  }

  async expectExit(exitCode: number): Promise<void> {
    const { host } = this;
    await host.clock.advance(10_000);
    expect(host.report('a')).toMatchObject({
      status: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      containers: [{ exitCode }],
    });
    expect(host.runtime.starts).toHaveLength(1);
  }
}

describe('an agent that starts again hears', () => {
  it('of an exit while the list of its containers, in which that one runs, is on its way', async () => {
    const world = await new World().withOneTask();
    world.slowCall = 'list';
    await world.host.reboot();
    await world.host.clock.advance(HALFWAY_MS);
    world.crashOne();
    await world.expectExit(7);
  });

  it('of a restart of the engine meanwhile', async () => {
    const world = await new World().withOneTask();
    world.slowCall = 'list';
    await world.host.reboot();
    await world.host.clock.advance(HALFWAY_MS);
    world.restartEngine();
    await world.expectExit(137);
  });

  it('of an exit while it waits for the task definition, its disk being lost', async () => {
    const world = await new World().withOneTask();
    const { host } = world;
    host.store.wipe();
    host.controlPlane.definitions.clear();
    await host.reboot();
    await host.clock.advance(1_000);
    world.crashOne();
    await host.clock.advance(1_000);
    host.controlPlane.definitions.set(web.taskDefinitionArn, web);
    await world.expectExit(7);
  });
});

describe('an agent in the middle of an operation hears', () => {
  it('of a restart of the engine while it looks', async () => {
    const world = await new World().withOneTask();
    world.slowCall = 'inspect';
    world.tell({ kind: 'resync' });
    await world.host.clock.advance(HALFWAY_MS);
    world.restartEngine();
    await world.expectExit(137);
  });

  it('of an exit while it starts, also when an older answer arrives after that of the exit', async () => {
    const world = new World();
    await world.host.boot();
    world.slowCall = 'start';
    world.host.assign(web, ['a']);
    await world.host.clock.advance(HALFWAY_MS);
    const [running] = world.host.runtime.running();
    world.crashOne();
    world.tell({ kind: 'container', snapshot: running! });
    await world.expectExit(7);
  });
});
