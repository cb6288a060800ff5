import { describe, it, expect } from '@jest/globals';
import { container, definitionOf, entryOf, SimulatedHost, taskArnOf } from '../../../test/support/simulated-host.js';

const web = definitionOf([container({ name: 'web', portMappings: [{ containerPort: 80 }] })]);

describe('an agent', () => {
  it('runs what it is assigned and reports bindings and times', async () => {
    const host = await new SimulatedHost().boot();
    host.assign(web, ['a']);
    await host.clock.advance(10);
    const report = host.report('a')!;
    expect(report).toMatchObject({ status: 'RUNNING', containers: [{ name: 'web', lastStatus: 'RUNNING' }] });
    expect(report.containers[0]!.networkBindings).toEqual([
      { bindIP: '127.0.0.1', containerPort: 80, hostPort: expect.any(Number), protocol: 'tcp' },
    ]);
    expect([report.pullStartedAt, report.pullStoppedAt, report.startedAt]).toEqual(Array(3).fill(expect.any(String)));
  });

  it('says once of a quick start that the task runs, and of a slow one within a second how far it is', async () => {
    const host = await new SimulatedHost(1, { latencyMs: { least: 50, most: 50 } }).boot();
    await host.clock.advance(1_000);
    host.assign(web, ['a']);
    await host.clock.advance(3_000);
    expect(host.controlPlane.history.map(({ status }) => status)).toEqual(['RUNNING']);
    const slow = await new SimulatedHost(1, { latencyMs: { least: 3_000, most: 3_000 } }).boot();
    await slow.clock.advance(10_000);
    slow.assign(web, ['a']);
    await slow.clock.advance(1_100);
    expect(slow.report('a')!.pullStartedAt).toBeDefined();
  });

  it('stops on an entry that says so, with exit code and times, and cleans up when the entry is gone', async () => {
    const host = await new SimulatedHost().boot();
    host.assign(web, ['a']);
    await host.clock.advance(10);
    host.assign(web, ['a'], { desiredStatus: 'STOPPED' });
    await host.clock.advance(10);
    expect(host.report('a')).toMatchObject({ status: 'STOPPED', containers: [{ exitCode: 143 }] });
    expect(host.report('a')!.stopCode).toBeUndefined();
    expect(await host.runtime.list({})).toHaveLength(1);
    host.assign(web, []);
    await host.clock.advance(20_000);
    expect(await host.runtime.list({})).toHaveLength(0);
    expect(await host.store.loadTasks()).toHaveLength(0);
  });

  it('kills nothing because an entry, the key or the control plane is absent', async () => {
    const host = await new SimulatedHost().boot();
    host.assign(web, ['a']);
    await host.clock.advance(10);
    host.assign(web, []);
    host.controlPlane.reachable = false;
    await host.clock.advance(600_000);
    await host.reboot();
    await host.clock.advance(600_000);
    expect(host.runtime.running()).toHaveLength(1);
  });

  it('asks about tasks the assignment does not know, and stops one only when told', async () => {
    const host = await new SimulatedHost().boot();
    host.assign(web, ['a', 'b']);
    await host.clock.advance(10);
    host.controlPlane.strays = [taskArnOf('b')];
    host.assign(web, []);
    await host.clock.advance(60_000);
    expect(host.controlPlane.asked.at(0)).toEqual([taskArnOf('a'), taskArnOf('b')]);
    expect(host.runtime.running().map(({ labels }) => labels['com.amazonaws.ecs.task-arn'])).toEqual([taskArnOf('a')]);
  });

  it('that comes back after it was given up asks at once about what it still runs, until it is answered', async () => {
    const host = await new SimulatedHost().boot();
    host.assign(web, ['a']);
    await host.clock.advance(10);
    host.controlPlane.strays = [taskArnOf('a')];
    host.controlPlane.reachable = false;
    host.assign(web, []);
    await host.clock.advance(2_500);
    expect(host.runtime.running()).toHaveLength(1);
    host.controlPlane.reachable = true;
    await host.clock.advance(1_100);
    expect(host.runtime.running()).toHaveLength(0);
    expect(host.controlPlane.asked).toEqual([[taskArnOf('a')]]);
  });

  it('asks once, not with every change of its assignment, about a task that nobody tells it to stop', async () => {
    const host = await new SimulatedHost().boot();
    host.assign(web, ['a']);
    await host.clock.advance(10);
    for (let change = 0; change < 20; change++) {
      host.assign(web, []);
      await host.clock.advance(100);
    }
    expect(host.controlPlane.asked).toEqual([[taskArnOf('a')]]);
  });

  it('answers a stop of a task it never saw with STOPPED', async () => {
    const host = await new SimulatedHost().boot();
    host.assign(web, ['a'], { desiredStatus: 'STOPPED' });
    await host.clock.advance(10);
    expect(host.report('a')).toMatchObject({ status: 'STOPPED' });
    expect(host.runtime.starts).toHaveLength(0);
  });

  it.each([
    ['is reported', { desiredStatus: 'STOPPED' } as const, []],
    ['is forgotten when it is told to stop', {}, [taskArnOf('a')]],
  ])('whose definition nobody gives out any more, a task of an earlier life %s', async (_name, entry, strays) => {
    const host = await new SimulatedHost().boot();
    host.assign(web, ['a'], entry);
    host.controlPlane.definitions.clear();
    host.controlPlane.acknowledging = false;
    await host.clock.advance(10);
    await host.reboot();
    host.controlPlane.acknowledging = true;
    host.controlPlane.strays = strays;
    host.assign(web, []);
    host.controlPlane.definitions.clear();
    await host.clock.advance(120_000);
    expect(await host.store.loadTasks()).toHaveLength(0);
  });

  it('finds its containers again after SIGKILL', async () => {
    const host = await new SimulatedHost().boot();
    host.assign(web, ['a']);
    await host.clock.advance(10);
    const before = host.report('a')!.sequence;
    await host.reboot();
    await host.clock.advance(1000);
    expect(host.runtime.starts).toHaveLength(1);
    expect(host.report('a')!.sequence).toBe(before);
    host.runtime.crash(host.runtime.running()[0]!.runtimeId, 7);
    await host.clock.advance(1000);
    expect(host.report('a')).toMatchObject({
      status: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ exitCode: 7 }],
    });
  });

  it('reports an exit that happened while it was dead', async () => {
    const host = await new SimulatedHost().boot();
    host.assign(web, ['a']);
    await host.clock.advance(10);
    host.agent.stop();
    host.runtime.crash(host.runtime.running()[0]!.runtimeId, 9);
    await host.reboot();
    await host.clock.advance(1000);
    expect(host.report('a')).toMatchObject({ status: 'STOPPED', containers: [{ exitCode: 9 }] });
    expect(host.runtime.starts).toHaveLength(1);
  });

  it('rebuilds a lost disk from labels and the assignment, with reports that count as newer', async () => {
    const host = await new SimulatedHost().boot();
    host.assign(web, ['a']);
    await host.clock.advance(10);
    const before = host.report('a')!.sequence;
    host.store.wipe();
    await host.reboot();
    await host.clock.advance(1000);
    expect(host.runtime.starts).toHaveLength(1);
    expect(host.report('a')!.sequence).toBeGreaterThan(before);
    expect(host.report('a')).toMatchObject({ status: 'RUNNING' });
  });

  it('reports what counts as newer also when it dies before a task is on the new disk', async () => {
    const host = await new SimulatedHost().boot();
    host.assign(web, ['a']);
    await host.clock.advance(10);
    const before = host.report('a')!.sequence;
    await host.runtime.remove(host.runtime.running()[0]!.runtimeId);
    host.store.wipe();
    const saveTask = host.store.saveTask.bind(host.store);
    host.store.saveTask = () => new Promise(() => undefined);
    await host.reboot();
    expect([await host.store.loadIdentity(), await host.store.loadTasks()]).toEqual([expect.anything(), []]);
    host.store.saveTask = saveTask;
    await host.runtime.list({}).then((left) => Promise.all(left.map(({ runtimeId }) => host.runtime.remove(runtimeId))));
    await host.reboot();
    await host.clock.advance(1000);
    expect(host.report('a')!.sequence).toBeGreaterThan(before);
    expect(host.report('a')).toMatchObject({ status: 'RUNNING' });
  });

  it('keeps reports until they are acknowledged, also over its own death', async () => {
    const host = await new SimulatedHost().boot();
    host.assign(web, ['a']);
    host.controlPlane.acknowledging = false;
    await host.clock.advance(10_000);
    expect(host.report('a')).toBeUndefined();
    await host.reboot();
    host.controlPlane.acknowledging = true;
    await host.clock.advance(15_000);
    expect(host.report('a')).toMatchObject({ status: 'RUNNING' });
    expect(host.agent.status().unacknowledgedReports).toBe(0);
  });

  it('says again, above what the control plane has heard, what its disk remembers less of', async () => {
    const host = await new SimulatedHost().boot();
    host.assign(web, ['a']);
    await host.clock.advance(10);
    const sequence = host.report('a')!.sequence + 50;
    host.controlPlane.reports.set(taskArnOf('a'), { ...host.report('a')!, sequence });
    host.runtime.goAway();
    await host.clock.advance(1_000);
    host.runtime.comeBack();
    await host.clock.advance(15_000);
    expect(host.report('a')).toMatchObject({ status: 'STOPPED', sequence: sequence + 1 });
    expect(host.agent.status().unacknowledgedReports).toBe(0);
  });

  it('is not ready while its engine is away, and says why', async () => {
    const host = await new SimulatedHost().boot();
    await host.clock.advance(10);
    expect(host.agent.status()).toMatchObject({ ready: true, engineAway: undefined });
    host.runtime.goAway();
    expect(host.agent.status()).toMatchObject({ ready: false, registered: true, engineAway: 'the simulated engine is away' });
    await host.clock.advance(1_000);
    expect(host.controlPlane.heartbeats.at(-1)).toMatchObject({ engineAway: true });
    host.runtime.comeBack();
    expect(host.agent.status()).toMatchObject({ ready: true, engineAway: undefined });
    await host.clock.advance(1_000);
    expect(host.controlPlane.heartbeats.at(-1)).not.toMatchObject({ engineAway: true });
  });

  it('survives a restart of the engine: what it killed is reported, the next task runs', async () => {
    const host = await new SimulatedHost().boot();
    host.assign(web, ['a']);
    await host.clock.advance(10);
    host.runtime.goAway();
    host.assign(web, ['a', 'b']);
    await host.clock.advance(5_000);
    host.runtime.comeBack();
    await host.clock.advance(5_000);
    expect(host.report('a')).toMatchObject({ status: 'STOPPED', containers: [{ exitCode: 137 }] });
    expect(host.report('b')).toMatchObject({ status: 'RUNNING' });
  });

  it('ignores an older generation, and refuses another journal loudly', async () => {
    const host = await new SimulatedHost().boot();
    host.assign(web, ['a']);
    await host.clock.advance(10);
    host.controlPlane.assign([entryOf(taskArnOf('a'), web, { desiredStatus: 'STOPPED' })], { revision: 0 });
    await host.clock.advance(10);
    expect(host.runtime.running()).toHaveLength(1);
    host.controlPlane.assign([entryOf(taskArnOf('a'), web, { desiredStatus: 'STOPPED' })], { journalId: 'another' });
    await host.clock.advance(10);
    expect(host.runtime.running()).toHaveLength(1);
    expect(host.agent.status().refused).toContain('another journal');
  });

  it('refuses a control plane of another journal than its disk knows', async () => {
    const host = await new SimulatedHost().boot();
    host.assign(web, ['a']);
    await host.clock.advance(10);
    host.controlPlane.journalId = 'another';
    await host.reboot();
    await host.clock.advance(10_000);
    expect(host.agent.status()).toMatchObject({ registered: false, ready: false, refused: expect.stringContaining('another') });
    expect(host.runtime.running()).toHaveLength(1);
  });

  it('beats every second', async () => {
    const host = await new SimulatedHost().boot();
    await host.clock.advance(10_500);
    expect(host.controlPlane.heartbeats).toHaveLength(11);
  });

  it('beats as often as it is told, says so first, and every second again when nobody tells it any more', async () => {
    const host = await new SimulatedHost().boot();
    const { controlPlane, clock } = host;
    const during = async (ms: number) => {
      controlPlane.heartbeats.length = 0;
      await clock.advance(ms);
      return controlPlane.heartbeats.map(({ everyMs = 1_000 }) => everyMs);
    };
    controlPlane.heartbeatEveryMs = 5_000;
    expect(new Set(await during(29_500))).toEqual(new Set([1_000]));
    expect(await during(6_000)).toEqual([1_000, 5_000, 5_000, 5_000, 5_000, 5_000]);
    expect(await during(60_000)).toEqual(Array(12).fill(5_000));
    controlPlane.heartbeatEveryMs = 2_000;
    await clock.advance(35_000);
    expect(await during(20_000)).toEqual(Array(10).fill(2_000));
    controlPlane.heartbeatEveryMs = 86_400_000;
    await clock.advance(160_000);
    expect(await during(10_000)).toEqual(Array(10).fill(1_000));
  });

  it('takes other dynamic ports when the first are in use, and gives up after 20 attempts', async () => {
    const host = await new SimulatedHost().boot();
    const first = 49_153 + (0x012345 % 16_383);
    for (let port = first; port < first + 5; port++) host.runtime.occupyPort('127.0.0.1', port);
    host.assign(web, ['a']);
    await host.clock.advance(100);
    expect(host.report('a')!.containers[0]!.networkBindings[0]!.hostPort).toBe(first + 5);
    for (let port = first; port < first + 50; port++) host.runtime.occupyPort('127.0.0.1', port);
    host.assign(web, ['a', 'b']);
    await host.clock.advance(100);
    expect(host.report('b')).toMatchObject({ status: 'STOPPED', stopCode: 'TaskFailedToStart' });
    expect(host.report('b')!.containers[0]!.reason).toMatch(/^CannotStartContainerError: .*port is already allocated/);
  });
});
