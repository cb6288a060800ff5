import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { silentLogger, systemClock, systemRandom } from '#lib/platform';
import {
  findOrStartDockerd,
  makeTestImage,
  removeContainers,
  TEST_IMAGE,
  type TestEngine,
} from '../../../../test/support/docker.js';
import { container, definitionOf, entryOf, FakeControlPlane, taskArnOf } from '../../../../test/support/simulated-host.js';
import { Agent } from '../agent.js';
import { hexOf } from '../container-operations.js';
import { DockerImagePuller } from '../docker/docker-image-puller.js';
import { DockerRuntime } from '../docker/docker-runtime.js';
import { NO_LIMITS } from '../host-limits.js';
import { MemoryAgentDisk } from '../memory-agent-disk.js';
import { openTaskGroups } from './open-task-groups.js';
import { CONTROL_GROUP, type TaskGroups } from './task-groups.js';

/** The limits of a whole task on a real engine, in the kernel's own words. */
const instanceId = systemRandom.hex(32);
const controlPlane = new FakeControlPlane();
const taskArn = taskArnOf(instanceId);
let engine: TestEngine;
let groups: TaskGroups;
let agent: Agent;

beforeAll(async () => {
  engine = await findOrStartDockerd();
  await makeTestImage(engine.docker);
  const runtime = new DockerRuntime(engine.docker, systemClock, silentLogger);
  groups = (await openTaskGroups(await runtime.info(), instanceId, silentLogger))!;
  agent = new Agent(
    {
      name: { accountId: '111122223333', region: 'eu-central-1', instanceId },
      registration: {
        cluster: 'default',
        resources: { cpu: 2048, memoryMiB: 4096, gpu: 0, portsTcp: [], portsUdp: [] },
        attributes: [],
        versionInfo: { agentVersion: '1', agentHash: 'x', dockerVersion: 'y' },
        hostId: 'host',
      },
      addresses: ['127.0.0.1'],
      cleanupWaitMs: 3_600_000,
    },
    {
      bus: controlPlane,
      assignments: controlPlane,
      store: new MemoryAgentDisk(),
      runtime,
      groups,
      hostLimits: NO_LIMITS,
      puller: new DockerImagePuller(engine.docker, () => 'prefer-cached', systemClock),
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    },
  );
  await agent.start();
}, 90_000);
afterEach(() => removeContainers(engine.docker, { label: [`longshore.container-instance-id=${instanceId}`] }), 60_000);
afterAll(async () => {
  agent?.stop();
  await groups?.keepOnly(() => new Set());
  await engine?.stop();
}, 60_000);

/** The files of groups that processes of the task are in, above their containers' own. */
function limitsSeenOf(pid: number): { cpu: string; memory: string } {
  const paths = new Map(
    readFileSync(`/proc/${pid}/cgroup`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(':').slice(1) as [string, string])
      .flatMap(([controllers, path]) => controllers.split(',').map((controller) => [controller, path] as const)),
  );
  const parent = (controller: string) => (paths.get(controller) ?? paths.get('')!).replace(/\/[^/]+$/, '');
  const read = (path: string) => readFileSync(`/sys/fs/cgroup${path}`, 'utf8').trim();
  return paths.has('memory')
    ? { cpu: read(`/cpu${parent('cpu')}/cpu.cfs_quota_us`), memory: read(`/memory${parent('memory')}/memory.limit_in_bytes`) }
    : { cpu: read(`${parent('')}/cpu.max`).split(' ')[0]!, memory: read(`${parent('')}/memory.max`) };
}

function foundIn(directory: string, name: string, levels: number): boolean {
  const below = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return below.some((entry) => entry.name === name || (levels > 1 && foundIn(join(directory, entry.name), name, levels - 1)));
}

async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const giveUpAtMs = Date.now() + 20_000; Date.now() < giveUpAtMs; await sleep(10)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`not within 20 s: ${JSON.stringify([...controlPlane.reports.values()])}`);
}

const filling = (name: string) =>
  container({
    name,
    image: TEST_IMAGE,
    memory: undefined,
    stopTimeout: 1,
    command: ['sh', '-c', `${name === 'late' ? 'sleep 2; ' : ''}dd if=/dev/zero of=/dev/shm/x bs=1M count=40 && sleep 60`],
  });

const pidsOf = async () => {
  const listed = await engine.docker.listContainers({ filters: { label: [`longshore.container-instance-id=${instanceId}`] } });
  return Promise.all(listed.map(async ({ Id }) => (await engine.docker.getContainer(Id).inspect()).State.Pid));
};

describe('the limits of a task', () => {
  it('hold for its containers together, and nothing of the group is left when they are gone', async () => {
    const definition = definitionOf([filling('early'), filling('late')], { cpu: '512', memory: '64' });
    controlPlane.definitions.set(definition.taskDefinitionArn, definition);
    controlPlane.assign([entryOf(taskArn, definition)]);
    const pids = await until(async () => ((await pidsOf()).length === 2 ? pidsOf() : undefined));
    for (const pid of pids) expect(limitsSeenOf(pid)).toEqual({ cpu: '50000', memory: String(64 << 20) });

    // Whoever is not sure whose it is may ask: what runs in it keeps it.
    await groups.keepOnly(() => new Set());
    expect(limitsSeenOf(pids[0]!).memory).toBe(String(64 << 20));

    // Each alone is within the 64 MiB.
    const over = await until(() => {
      const report = controlPlane.reports.get(taskArn);
      return report?.status === 'STOPPED' ? report : undefined;
    });
    expect(over).toMatchObject({ stopCode: 'EssentialContainerExited' });
    expect(over.containers.map(({ exitCode }) => exitCode)).toContain(137);

    const id = hexOf({ journalId: controlPlane.journalId, taskArn })(CONTROL_GROUP);
    const isLeft = () => foundIn('/sys/fs/cgroup', basename(groups.parentOf(id)), 4);
    expect(isLeft()).toBe(true);
    await groups.keepOnly(() => new Set());
    expect(isLeft()).toBe(false);
  }, 60_000);
});
