import { describe, expect, it } from '@jest/globals';
import { container, definitionOf, SimulatedHost, taskArnOf } from '../../../test/support/simulated-host.js';

const definition = definitionOf(
  [
    container({
      name: 'web',
      mountPoints: ['own', 'nameless', 'kept'].map((sourceVolume) => ({ sourceVolume, containerPath: `/${sourceVolume}` })),
    }),
  ],
  {
    volumes: [
      { name: 'own', dockerVolumeConfiguration: { scope: 'task' } },
      { name: 'nameless' },
      { name: 'kept', dockerVolumeConfiguration: { scope: 'shared', autoprovision: true } },
    ],
  },
);

async function hostWithTask(): Promise<SimulatedHost> {
  const host = await new SimulatedHost(1, {}, { cleanupWaitMs: 5_000 }).boot();
  host.assign(definition, ['t']);
  await host.clock.advance(2_000);
  expect(host.runtime.volumeNames()).toHaveLength(3);
  return host;
}

/** The task is over, and nobody knows its definition any more: neither the control plane nor the disk. */
async function end(host: SimulatedHost): Promise<void> {
  host.assign(definition, ['t'], { desiredStatus: 'STOPPED' });
  await host.clock.advance(2_000);
  expect(host.report('t')).toMatchObject({ status: 'STOPPED' });
  host.controlPlane.definitions.clear();
  await host.store.keepDefinitions([]);
}

describe('the volumes of a task', () => {
  it('go with what is left of it, and those that are shared stay', async () => {
    const host = await hostWithTask();
    await end(host);
    host.controlPlane.assign([]);
    await host.clock.advance(20_000);
    expect(host.runtime.volumeNames()).toEqual(['kept']);
  });

  it('go also when the agent is killed before it has cleaned up', async () => {
    const host = await hostWithTask();
    await end(host);
    host.controlPlane.assign([]);
    await host.reboot();
    await host.clock.advance(40_000);
    expect(host.runtime.known()).toEqual([]);
    expect(host.runtime.volumeNames()).toEqual(['kept']);
  });

  it('go when the task is nobody’s: its disk was lost, and the control plane does not know it', async () => {
    const host = await hostWithTask();
    host.store.wipe();
    host.controlPlane.assign([]);
    host.controlPlane.strays = [taskArnOf('t')];
    await host.reboot();
    await host.clock.advance(60_000);
    expect(host.runtime.known()).toEqual([]);
    expect(host.runtime.volumeNames()).toEqual(['kept']);
  });
});
