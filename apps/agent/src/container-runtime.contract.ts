import { afterAll, beforeAll, describe, it, expect } from '@jest/globals';
import { hashId } from '#lib/kernel';
import { seededRandom, silentLogger, systemClock } from '#lib/platform';
import { findOrStartDockerd, makeTestImage, TEST_IMAGE, type TestEngine } from '../../../test/support/docker.js';
import { container, definitionOf } from '../../../test/support/simulated-host.js';
import { DockerImagePuller } from './docker/docker-image-puller.js';
import { DockerRuntime } from './docker/docker-runtime.js';
import { containerSpec, ownLabels, type ContainerSpec } from './domain/container-spec.js';
import type { ContainerRuntime, ContainerSnapshot, ImagePuller, RuntimeEvent } from './ports.js';
import { SimulatedRuntime } from './simulated/simulated-runtime.js';

interface Subject {
  readonly runtime: ContainerRuntime;
  readonly puller: ImagePuller;
}

const JOURNAL = `contract-${process.pid}-${Date.now()}`;
const OWN = ownLabels(JOURNAL, 'instance');
let specs = 0;

/** Fields for both engines: a command for the real one, variables for the simulated one. */
const spec = (fields: Parameters<typeof container>[0] & { simulated?: Record<string, string> }, port = 0): ContainerSpec => {
  const { simulated = {}, ...rest } = fields;
  const taskArn = `arn:aws:ecs:r:1:task/default/${++specs}`;
  const environment = Object.entries(simulated).map(([name, value]) => ({ name, value }));
  return containerSpec(container({ image: TEST_IMAGE, environment, ...rest }), definitionOf([]), {
    taskArn,
    clusterName: 'default',
    journalId: JOURNAL,
    instanceId: 'instance',
    hex: (part) => hashId(JOURNAL, taskArn, part).slice(0, 20),
    addresses: ['127.0.0.1'],
    fixedAddresses: ['127.0.0.1'],
    dynamicPorts: [port],
  });
};

const sleeper = (port?: number) =>
  spec({ name: 'sleeper', command: ['sleep', '1000'], portMappings: port ? [{ containerPort: 80 }] : [] }, port);
const exits = (code: number) =>
  spec({ name: 'exits', command: ['sh', '-c', `exit ${code}`], simulated: { SIM_RUN_MS: '1', SIM_EXIT_CODE: String(code) } });

function contract(name: string, prepare: () => Promise<{ subject: Subject; end: () => Promise<void> }>) {
  describe(`${name} as a ContainerRuntime`, () => {
    let subject: Subject;
    let end: () => Promise<void> = () => Promise.resolve();

    beforeAll(async () => ({ subject, end } = await prepare()), 90_000);
    afterAll(async () => {
      for (const { runtimeId } of (await subject?.runtime.list(OWN)) ?? []) await subject.runtime.remove(runtimeId);
      await end();
    }, 60_000);

    const created = async (wanted: ContainerSpec): Promise<ContainerSnapshot> => {
      const outcome = await subject.runtime.create(wanted);
      if (outcome.outcome === 'failed') throw new Error(outcome.reason);
      return outcome.snapshot;
    };
    const started = async (wanted: ContainerSpec): Promise<ContainerSnapshot> => {
      const outcome = await subject.runtime.start((await created(wanted)).runtimeId);
      if (outcome.outcome !== 'started') throw new Error(outcome.reason);
      return outcome.snapshot;
    };

    it('creates, starts, stops and removes', async () => {
      const snapshot = await created(sleeper());
      expect(snapshot).toMatchObject({ state: 'created', startedAt: undefined, labels: OWN });
      expect(await subject.runtime.start(snapshot.runtimeId)).toMatchObject({
        outcome: 'started',
        snapshot: { state: 'running' },
      });
      await subject.runtime.stop(snapshot.runtimeId, 1000);
      const stopped = await subject.runtime.inspect(snapshot.runtimeId);
      expect(stopped).toMatchObject({ state: 'exited', exitCode: expect.any(Number), finishedAt: expect.any(String) });
      await subject.runtime.remove(snapshot.runtimeId);
      expect(await subject.runtime.inspect(snapshot.runtimeId)).toBeUndefined();
    });

    it('says of a container just created what a look at it says', async () => {
      const snapshot = await created(sleeper(61_124));
      expect(await subject.runtime.inspect(snapshot.runtimeId)).toEqual(snapshot);
    });

    it('finds the container of an earlier create of the same name', async () => {
      const wanted = sleeper();
      const first = await created(wanted);
      expect((await created(wanted)).runtimeId).toBe(first.runtimeId);
    });

    it('takes a second start, and stops and removals of what is not there, as done', async () => {
      const { runtimeId } = await started(sleeper());
      expect(await subject.runtime.start(runtimeId)).toMatchObject({ outcome: 'started' });
      await subject.runtime.stop(runtimeId, 0);
      await subject.runtime.stop(runtimeId, 0);
      await subject.runtime.remove(runtimeId);
      await subject.runtime.stop(runtimeId, 0);
      await subject.runtime.remove(runtimeId);
      await subject.runtime.removeVolumes({ ...OWN, 'no-such': 'label' });
    });

    it('tells of an exit, with its code', async () => {
      const listeners = new Set<(event: RuntimeEvent) => void>();
      const heard = (wanted: (event: RuntimeEvent) => boolean) =>
        new Promise<RuntimeEvent>((resolve) => listeners.add((event) => wanted(event) && resolve(event)));
      const connected = heard(({ kind }) => kind === 'resync');
      const ended = heard((event) => event.kind === 'container' && event.snapshot.exitCode === 3);
      const cancel = subject.runtime.watch(OWN, (event) => listeners.forEach((listener) => listener(event)));
      // The simulated engine is connected from the start; the real one says when.
      if (subject.runtime instanceof DockerRuntime) await connected;
      const { runtimeId } = await started(exits(3));
      expect(await ended).toMatchObject({ snapshot: { runtimeId, state: 'exited' } });
      cancel();
    });

    it('binds a port and says when one is in use', async () => {
      const first = await started(sleeper(61_123));
      expect(first.networkBindings).toEqual([{ bindIP: '127.0.0.1', containerPort: 80, hostPort: 61_123, protocol: 'tcp' }]);
      const second = await created(sleeper(61_123));
      expect(await subject.runtime.start(second.runtimeId)).toMatchObject({ outcome: 'port-in-use' });
      await subject.runtime.remove(second.runtimeId);
      await subject.runtime.stop(first.runtimeId, 0);
    });

    it('refuses a volume that has to exist and does not', async () => {
      const wanted = sleeper();
      const volumes = [{ name: 'no-such-volume', driver: 'local', driverOptions: {}, labels: {}, autoprovision: false }];
      expect(await subject.runtime.create({ ...wanted, volumes })).toMatchObject({
        outcome: 'failed',
        reason: expect.stringContaining('no such volume'),
      });
    });

    it('lists by labels, in every state', async () => {
      const { runtimeId } = await started(exits(0));
      const never = await created(sleeper());
      const ids = (await subject.runtime.list(OWN)).map((snapshot) => snapshot.runtimeId);
      expect(ids).toEqual(expect.arrayContaining([runtimeId, never.runtimeId]));
      expect(await subject.runtime.list(ownLabels('another', 'instance'))).toEqual([]);
    });

    it('describes its machine', async () => {
      expect(await subject.runtime.info()).toMatchObject({
        cpuUnits: expect.any(Number),
        memoryMiB: expect.any(Number),
        cpuArchitecture: expect.any(String),
      });
    });

    it('says in words why an image cannot be had', async () => {
      const signal = new AbortController().signal;
      expect(await subject.puller.pull(TEST_IMAGE, signal)).toMatchObject({ outcome: 'ready' });
      const missing = await subject.puller.pull('127.0.0.1:9/missing:latest', signal);
      expect(missing).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(/^Error response from daemon: /) });
    }, 30_000);
  });
}

contract('SimulatedRuntime', async () => {
  const runtime = new SimulatedRuntime({ clock: systemClock, random: seededRandom(1) });
  return { subject: { runtime, puller: runtime }, end: () => Promise.resolve() };
});

contract('DockerRuntime', async () => {
  const engine: TestEngine = await findOrStartDockerd();
  await makeTestImage(engine.docker);
  const runtime = new DockerRuntime(engine.docker, systemClock, silentLogger);
  return {
    subject: { runtime, puller: new DockerImagePuller(engine.docker, () => 'prefer-cached', systemClock) },
    end: () => engine.stop(),
  };
});
