import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '#lib/platform';
import { container, definitionOf, SimulatedHost } from '../../../test/support/simulated-host.js';
import { ENGINE_LIMITS_MS } from './bounded-runtime.js';
import { engineInfo } from './create-agents.js';

const web = definitionOf([container({ name: 'web' })]);

describe('an engine that takes calls and never answers', () => {
  it('holds a start up until its bound, and not for ever', async () => {
    const host = await new SimulatedHost(1, { latencyMs: { least: 20, most: 20 } }).boot();
    host.assign(web, ['a']);
    await host.clock.advance(70);
    host.runtime.hang();
    await host.clock.advance(100);
    host.runtime.recover();
    expect(host.runtime.running()).toHaveLength(0);
    await host.clock.advance(ENGINE_LIMITS_MS.create + 5_000);
    expect(host.report('a')).toMatchObject({ status: 'RUNNING' });
    expect(host.runtime.starts).toHaveLength(1);
  });

  it('cannot keep a task from being stopped', async () => {
    const host = await new SimulatedHost().boot();
    host.assign(web, ['a']);
    await host.clock.advance(2_000);
    host.runtime.hang();
    host.assign(web, ['a'], { desiredStatus: 'STOPPED' });
    await host.clock.advance(1_000);
    host.runtime.recover();
    await host.clock.advance(30_000 + ENGINE_LIMITS_MS.stop + 5_000);
    expect(host.report('a')).toMatchObject({ status: 'STOPPED' });
  });

  it('does not keep a host that was registered before from saying that it lives', async () => {
    const host = new SimulatedHost();
    let heartbeats = 0;
    let answer: (() => void) | undefined;
    const info = () => new Promise<never>((_, reject) => (answer = () => reject(new Error('answered'))));
    const waiting = engineInfo(
      { info },
      { clock: host.clock, logger: silentLogger },
      { heartbeat: () => void heartbeats++, askingHeartbeat: async () => void heartbeats++ as undefined },
    );
    const outcome = waiting.catch((error: unknown) => (error as Error).message);
    await host.clock.advance(10_000);
    expect(heartbeats).toBeGreaterThanOrEqual(10);
    answer!();
    expect(await host.clock.resolve(outcome)).toBe('answered');
    const { length } = { length: heartbeats };
    await host.clock.advance(5_000);
    expect(heartbeats).toBe(length);
  });
});

describe('a container of a task that is over', () => {
  const stoppedTask = async () => {
    const host = await new SimulatedHost(1, {}, { cleanupWaitMs: 3_600_000 }).boot();
    host.assign(web, ['a']);
    await host.clock.advance(2_000);
    host.assign(web, ['a'], { desiredStatus: 'STOPPED' });
    await host.clock.advance(2_000);
    host.assign(web, []);
    const [left] = await host.clock.resolve(host.runtime.list({}));
    const { runtimeId } = left!;
    return { host, runtimeId };
  };

  it('is stopped again when somebody starts it, as often as that happens', async () => {
    const { host, runtimeId } = await stoppedTask();
    const reports = host.controlPlane.history.length;
    for (const times of [2, 3]) {
      host.runtime.startByHand(runtimeId);
      await host.clock.advance(1_000);
      expect(host.runtime.running()).toHaveLength(0);
      expect(host.runtime.stops).toHaveLength(times);
    }
    expect(host.controlPlane.history).toHaveLength(reports);
  });

  it('is stopped at the agent’s start when it was started meanwhile', async () => {
    const { host, runtimeId } = await stoppedTask();
    host.agent.stop();
    host.runtime.startByHand(runtimeId);
    await host.reboot();
    await host.clock.advance(1_000);
    expect(host.runtime.running()).toHaveLength(0);
  });
});

describe('a task definition on the host’s disk', () => {
  it('goes when no task needs it any more', async () => {
    const host = await new SimulatedHost().boot();
    host.assign(web, ['a']);
    await host.clock.advance(2_000);
    const cached = () => host.store.loadDefinition(web.taskDefinitionArn, web.digest);
    expect(await cached()).toBeDefined();
    host.assign(web, ['a'], { desiredStatus: 'STOPPED' });
    await host.clock.advance(2_000);
    host.assign(web, []);
    await host.clock.advance(20_000);
    expect(await cached()).toBeUndefined();
  });

  it('is not asked for when the task is over, and a stray is stopped without it', async () => {
    const host = await new SimulatedHost(1, {}, { cleanupWaitMs: 3_600_000 }).boot();
    host.assign(web, ['a']);
    await host.clock.advance(2_000);
    host.agent.stop();
    await host.store.keepDefinitions([]);
    host.controlPlane.definitions.clear();
    host.controlPlane.strays = [host.report('a')!.taskArn];
    host.controlPlane.assign([]);
    await host.reboot();
    await host.clock.advance(60_000);
    expect(host.runtime.running()).toHaveLength(0);
  });
});
