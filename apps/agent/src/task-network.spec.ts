import { describe, expect, it } from '@jest/globals';
import type { TaskDefinitionPayload, TaskNetworkReply } from '#lib/ecs/model';
import { container, definitionOf, SimulatedHost, TASK_NETWORK, TASK_NETWORKS } from '../../../test/support/simulated-host.js';
import { labels } from './domain/container-spec.js';
import type { AgentDeps } from './agent.js';
import { PAUSE } from './domain/pause-spec.js';
import type { ContainerRuntime, NetworkProvider } from './ports.js';
import type { PacketFilterLoop } from './packet-filter/packet-filter-loop.js';

const ownNetwork = (names: readonly string[], fields: Partial<TaskDefinitionPayload> = {}) =>
  definitionOf(
    names.map((name) => container({ name })),
    { networkMode: 'awsvpc', ...fields },
  );

async function hostWith(network: TaskNetworkReply | undefined = TASK_NETWORK) {
  const host = new SimulatedHost(1, {}, { cleanupWaitMs: 60_000 });
  host.controlPlane.network = network;
  return host.boot();
}
const runningOn = (host: SimulatedHost) => host.runtime.running().map((one) => one.labels[labels.containerName]);
/** An engine that does this otherwise. */
const replaced = (runtime: ContainerRuntime, own: Partial<ContainerRuntime>): ContainerRuntime =>
  new Proxy(runtime, {
    get: (target, key: keyof ContainerRuntime) => own[key] ?? (Reflect.get(target, key) as () => void).bind(target),
  });
const pauseOf = (host: SimulatedHost) => host.runtime.running().find((one) => one.labels[labels.containerName] === PAUSE)!;

describe('a task in awsvpc mode', () => {
  it('has a pause container before its own, and runs without one of its ports open on the host', async () => {
    const host = await hostWith();
    host.assign(ownNetwork(['web', 'side']), ['t']);
    await host.clock.advance(2_000);
    expect(host.report('t')).toMatchObject({ status: 'RUNNING', containers: [{ networkBindings: [] }, { networkBindings: [] }] });
    expect(runningOn(host)).toEqual([PAUSE, 'web', 'side']);
    expect(host.runtime.starts[0]).toMatch(/^ecs-story-1-pause-/);
  });

  it('waits for its address as long as nobody gives one', async () => {
    const host = await hostWith();
    host.controlPlane.network = undefined;
    host.assign(ownNetwork(['web']), ['t']);
    await host.clock.advance(20_000);
    expect(runningOn(host)).toEqual([]);
    host.controlPlane.network = TASK_NETWORK;
    await host.clock.advance(30_000);
    expect(host.report('t')).toMatchObject({ status: 'RUNNING' });
  });

  it('fails to start in ECS’s words when it can have none', async () => {
    const host = await hostWith({ failure: 'The specified subnet does not have enough free addresses' });
    host.assign(ownNetwork(['web']), ['t']);
    await host.clock.advance(10_000);
    expect(host.report('t')).toMatchObject({
      status: 'STOPPED',
      stopCode: 'TaskFailedToStart',
      stoppedReason: expect.stringMatching(/^ResourceInitializationError: .* does not have enough free addresses$/),
    });
  });

  it('has its pause container made again by a host that had no network for it yet', async () => {
    let isThere = false;
    const networks = { ...TASK_NETWORKS, prepare: async () => void (isThere = true) };
    const create: ContainerRuntime['create'] = async (spec) =>
      isThere ? host.runtime.create(spec) : { outcome: 'failed', reason: 'No such image: pause' };
    const wrap = (deps: AgentDeps): AgentDeps => ({ ...deps, networks, runtime: replaced(deps.runtime, { create }) });
    const host = new SimulatedHost(1, {}, { wrap });
    host.controlPlane.network = TASK_NETWORK;
    await host.boot();
    host.assign(ownNetwork(['web']), ['t']);
    await host.clock.advance(2_000);
    expect(runningOn(host)).toEqual([PAUSE, 'web']);
  });

  it('is STOPPED when its pause container is gone, so that nobody is given an address that is still in use', async () => {
    const host = await hostWith();
    host.assign(ownNetwork(['web']), ['t']);
    await host.clock.advance(2_000);
    host.assign(ownNetwork(['web']), ['t'], { desiredStatus: 'STOPPED' });
    await host.clock.advance(2_000);
    expect(host.report('t')).toMatchObject({ status: 'STOPPED' });
    expect(host.runtime.known().map((one) => one.labels[labels.containerName])).toEqual(['web']);
  });

  it('is DEPROVISIONING from when its containers have ended until its pause container is gone', async () => {
    let removed: () => void = () => undefined;
    const wrap = (deps: AgentDeps): AgentDeps => {
      const remove = async (runtimeId: string) => {
        await new Promise<void>((resolve) => (removed = resolve));
        return deps.runtime.remove(runtimeId);
      };
      return { ...deps, runtime: replaced(deps.runtime, { remove }) };
    };
    const host = new SimulatedHost(1, {}, { wrap });
    host.controlPlane.network = TASK_NETWORK;
    await host.boot();
    host.assign(ownNetwork(['web']), ['t']);
    await host.clock.advance(2_000);
    host.assign(ownNetwork(['web']), ['t'], { desiredStatus: 'STOPPED' });
    await host.clock.advance(2_000);
    expect(host.report('t')).toMatchObject({ status: 'DEPROVISIONING', containers: [{ lastStatus: 'STOPPED' }] });
    removed();
    await host.clock.advance(2_000);
    expect(host.report('t')).toMatchObject({ status: 'STOPPED' });
  });

  it('is stopped while it still waits for its network', async () => {
    const host = await hostWith();
    host.controlPlane.network = undefined;
    host.assign(ownNetwork(['web']), ['t']);
    await host.clock.advance(2_000);
    host.assign(ownNetwork(['web']), ['t'], { desiredStatus: 'STOPPED' });
    await host.clock.advance(10_000);
    expect(host.report('t')).toMatchObject({ status: 'STOPPED' });
    expect(host.runtime.known()).toEqual([]);
  });

  it('is connected before its own containers start, once, also when its agent was killed before that was done', async () => {
    const connected: string[] = [];
    let isKilled = true;
    const connect: NetworkProvider['connect'] = async ({ runtimeId }) => {
      if (isKilled) return new Promise(() => undefined);
      connected.push(runtimeId);
      return undefined;
    };
    const host = new SimulatedHost(1, {}, { wrap: (deps) => ({ ...deps, networks: { ...TASK_NETWORKS, connect } }) });
    host.controlPlane.network = TASK_NETWORK;
    await host.boot();
    host.assign(ownNetwork(['web', 'side']), ['t']);
    await host.clock.advance(2_000);
    expect(runningOn(host)).toEqual([PAUSE]);
    isKilled = false;
    await host.reboot();
    await host.clock.advance(10_000);
    expect(runningOn(host)).toEqual([PAUSE, 'web', 'side']);
    expect(connected).toEqual([pauseOf(host).runtimeId]);
  });

  it('fails to start when it cannot be connected', async () => {
    const networks = { ...TASK_NETWORKS, connect: async () => 'ip: Operation not permitted' };
    const host = new SimulatedHost(1, {}, { wrap: (deps) => ({ ...deps, networks }) });
    host.controlPlane.network = TASK_NETWORK;
    await host.boot();
    host.assign(ownNetwork(['web']), ['t']);
    await host.clock.advance(5_000);
    const stoppedReason = expect.stringMatching(/^ResourceInitializationError: .*Operation not permitted$/);
    expect(host.report('t')).toMatchObject({ status: 'STOPPED', stoppedReason });
  });

  it('ends with its pause container', async () => {
    const host = await hostWith();
    host.assign(ownNetwork(['web', 'side']), ['t']);
    await host.clock.advance(2_000);
    host.runtime.crash(pauseOf(host).runtimeId, 137);
    await host.clock.advance(2_000);
    expect(host.report('t')).toMatchObject({
      status: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: expect.stringContaining(PAUSE),
    });
    expect(runningOn(host)).toEqual([]);
  });

  it.each(['runs', 'has ended'])('of an agent that was killed goes on or ends as its pause container %s', async (pause) => {
    const host = await hostWith();
    host.assign(ownNetwork(['web']), ['t']);
    await host.clock.advance(2_000);
    host.agent.stop();
    if (pause === 'has ended') host.runtime.crash(pauseOf(host).runtimeId, 137);
    await host.reboot();
    await host.clock.advance(10_000);
    expect(host.report('t')!.status).toBe(pause === 'runs' ? 'RUNNING' : 'STOPPED');
    expect(runningOn(host)).toEqual(pause === 'runs' ? [PAUSE, 'web'] : []);
    expect(host.runtime.starts).toHaveLength(2);
  });

  it.each([
    [undefined, 'RUNNING'],
    ['its security groups are not in force on this host', 'STOPPED'],
  ])(
    'runs nothing of its own before packets are filtered at its address, and nothing at all when they are not: %s',
    async (problem, status) => {
      let say: (problem: string | undefined) => void = () => undefined;
      const covers = () => new Promise<string | undefined>((resolve) => (say = resolve));
      const packetFilter = { start: async () => undefined, stop: () => undefined, covers } as unknown as PacketFilterLoop;
      const host = new SimulatedHost(1, {}, { wrap: (deps) => ({ ...deps, packetFilter }) });
      host.controlPlane.network = TASK_NETWORK;
      await host.boot();
      host.assign(ownNetwork(['web']), ['t']);
      await host.clock.advance(5_000);
      expect(runningOn(host)).toEqual([PAUSE]);
      expect(host.runtime.starts).toHaveLength(1);
      say(problem);
      await host.clock.advance(5_000);
      expect(host.report('t')).toMatchObject({ status });
      expect(runningOn(host)).toEqual(problem ? [] : [PAUSE, 'web']);
    },
  );
});
