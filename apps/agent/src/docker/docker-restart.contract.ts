import { afterAll, beforeAll, describe, it, expect } from '@jest/globals';
import { seededRandom, silentLogger, systemClock } from '#lib/platform';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeTestImage, startDockerd, TEST_IMAGE, type TestEngine } from '../../../../test/support/docker.js';
import {
  container,
  definitionOf,
  entryOf,
  FakeControlPlane,
  INSTANCE_ID,
  taskArnOf,
} from '../../../../test/support/simulated-host.js';
import { Agent } from '../agent.js';
import { MemoryAgentDisk } from '../memory-agent-disk.js';
import { DockerImagePuller } from './docker-image-puller.js';
import { NO_LIMITS } from '../host-limits.js';
import { DockerRuntime } from './docker-runtime.js';

let engine: TestEngine;
const controlPlane = new FakeControlPlane();

beforeAll(async () => {
  engine = await startDockerd();
  await makeTestImage(engine.docker);
}, 90_000);
// Its containers end with it and its data goes: nothing has to be removed one by one.
afterAll(async () => engine?.stop(), 60_000);

async function reported(id: string, status: string): Promise<unknown> {
  for (let tries = 0; tries < 3_000; tries++) {
    const report = controlPlane.reports.get(taskArnOf(id));
    if (report?.status === status) return report;
    await sleep(10);
  }
  throw new Error(`${id} is not ${status}: ${JSON.stringify(controlPlane.reports.get(taskArnOf(id)))}`);
}

async function engineIsAway(): Promise<void> {
  const answers = () =>
    engine.docker.ping().then(
      () => true,
      () => false,
    );
  while (await answers()) await sleep(5);
}

describe('a restart of dockerd', () => {
  it('is noticed: what it killed is reported, what was assigned meanwhile runs after it', async () => {
    const agent = new Agent(
      {
        name: { accountId: '111122223333', region: 'eu-central-1', instanceId: INSTANCE_ID },
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
        runtime: new DockerRuntime(engine.docker, systemClock, silentLogger),
        hostLimits: NO_LIMITS,
        puller: new DockerImagePuller(engine.docker, () => 'prefer-cached', systemClock),
        clock: systemClock,
        random: seededRandom(1),
        logger: silentLogger,
      },
    );
    await agent.start();
    const script = "trap 'exit 0' TERM; while true; do sleep 0.1; done";
    const definition = definitionOf([
      container({ name: 'main', image: TEST_IMAGE, command: ['sh', '-c', script], stopTimeout: 1 }),
    ]);
    controlPlane.definitions.set(definition.taskDefinitionArn, definition);
    controlPlane.assign([entryOf(taskArnOf('before'), definition)]);
    await reported('before', 'RUNNING');
    const restarted = engine.restart();
    await engineIsAway();
    controlPlane.assign([entryOf(taskArnOf('before'), definition), entryOf(taskArnOf('during'), definition)]);
    await restarted;
    expect(await reported('before', 'STOPPED')).toMatchObject({ stopCode: 'EssentialContainerExited' });
    await reported('during', 'RUNNING');
    const containers = await engine.docker.listContainers({ all: true });
    expect(containers).toHaveLength(2);
    agent.stop();
  }, 90_000);
});
