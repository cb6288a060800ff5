import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '#lib/platform';
import {
  findOrStartDockerd,
  makeTestImage,
  removeContainers,
  TEST_IMAGE,
  type TestEngine,
} from '../../../../test/support/docker.js';
import { statsDocument } from '../task-endpoint/domain/stats.js';
import { CgroupReader } from './cgroup-reader.js';
import { ContainerMeter } from './container-meter.js';
import { NetworkReader } from './network-reader.js';

const LABEL = `longshore.test=container-meter-${process.pid}`;
const MEMORY_BYTES = 64 * 1024 * 1024;

let engine: TestEngine;
beforeAll(async () => {
  engine = await findOrStartDockerd();
  await makeTestImage(engine.docker);
}, 90_000);
afterAll(async () => {
  await removeContainers(engine.docker, { label: [LABEL] });
  await engine?.stop();
}, 60_000);

async function started(hostConfig: object, more: object = {}) {
  const container = await engine.docker.createContainer({
    Image: TEST_IMAGE,
    Cmd: ['sh', '-c', 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 1000'],
    Labels: { [LABEL.split('=')[0]!]: LABEL.split('=')[1]! },
    HostConfig: { Memory: MEMORY_BYTES, ...hostConfig },
    ...more,
  });
  await container.start();
  return container;
}

async function measured(container: { readonly id: string; inspect(): Promise<{ State: { Pid: number }; Name: string }> }) {
  const meter = new ContainerMeter({ reader: new CgroupReader(), network: new NetworkReader(), clock: systemClock });
  const { State, Name } = await container.inspect();
  const span = await meter.measure(container.id, State.Pid);
  return JSON.parse(JSON.stringify(statsDocument(container.id, Name.slice(1), span!, 3)));
}

/** The names of all members, to the depth at which the kernel's own begin. */
function members(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([name, inner]) => members(inner, `${path}.${name}`));
}
const ofTheKernel = (name: string) => name.startsWith('.memory_stats.stats.');

describe('figures of a container', () => {
  it('have the shape that the engine gives them, and say the same', async () => {
    const container = await started({});
    const own = await measured(container);
    const engines = (await container.stats({ stream: false })) as any;
    // The kernel may count more by now than the engine knows of.
    expect(members(own)).toEqual(expect.arrayContaining(members(engines)));
    expect(members(own).filter((name) => !ofTheKernel(name) && !members(engines).includes(name))).toEqual([]);
    const { cpu_stats: cpu, memory_stats: memory } = engines;
    expect(own).toMatchObject({
      id: engines.id,
      name: engines.name,
      pids_stats: engines.pids_stats,
      cpu_stats: { online_cpus: cpu.online_cpus },
      memory_stats: { limit: MEMORY_BYTES },
      networks: { eth0: { rx_errors: 0 } },
    });
    // It has slept since: what both counted differs by nothing but the moments.
    const near = (a: number, b: number, part: number) => expect(Math.abs(a - b) / b).toBeLessThan(part);
    near(own.cpu_stats.cpu_usage.total_usage, cpu.cpu_usage.total_usage, 0.05);
    near(own.cpu_stats.system_cpu_usage, cpu.system_cpu_usage, 0.01);
    near(own.memory_stats.usage, memory.usage, 0.5);
    expect(own.cpu_stats.system_cpu_usage).toBeGreaterThan(own.precpu_stats.system_cpu_usage);
  }, 60_000);

  it('are told of one in the network of another that the engine has not connected, where the engine tells none', async () => {
    const pause = await started({ NetworkMode: 'none' }, { NetworkDisabled: true });
    const own = await measured(await started({ NetworkMode: `container:${pause.id}` }));
    expect(own).toMatchObject({ cpu_stats: { cpu_usage: { total_usage: expect.any(Number) } }, networks: {} });
    expect(own.cpu_stats.cpu_usage.total_usage).toBeGreaterThan(0);
  }, 60_000);

  it('have no network where it is the host’s', async () => {
    const own = await measured(await started({ NetworkMode: 'host' }));
    expect(own).not.toHaveProperty('networks');
    expect(own.memory_stats.usage).toBeGreaterThan(0);
  }, 60_000);
});
