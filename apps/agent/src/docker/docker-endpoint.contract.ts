import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  findOrStartDockerd,
  makeTestImage,
  removeContainers,
  TEST_IMAGE,
  type TestEngine,
} from '../../../../test/support/docker.js';
import { systemClock } from '#lib/platform';
import { ENDPOINT_ADDRESS } from '../task-endpoint/domain/route.js';
import { hasEndpointAddress } from '../task-endpoint/listening.js';
import { DockerEndpointEngine, ENDPOINT_NETWORK, ensureEndpointAddress } from './docker-endpoint.js';

const LABEL = `longshore.test=endpoint-${process.pid}`;
let engine: TestEngine;
let wasThere: boolean;

beforeAll(async () => {
  engine = await findOrStartDockerd();
  wasThere = await hasEndpointAddress();
  await makeTestImage(engine.docker);
}, 90_000);
afterAll(async () => {
  await removeContainers(engine.docker, { label: [LABEL] });
  if (!wasThere) await engine.docker.getNetwork(ENDPOINT_NETWORK).remove();
  await engine?.stop();
}, 60_000);

describe("the address of the tasks' endpoint", () => {
  it("is this host's when it has been seen to, however many agents do that at once", async () => {
    await Promise.all([1, 2, 3].map(() => ensureEndpointAddress(engine.docker, systemClock)));
    expect(await hasEndpointAddress()).toBe(true);
    await ensureEndpointAddress(engine.docker, systemClock);
    const networks = await engine.docker.listNetworks();
    expect(networks.filter(({ IPAM }) => IPAM?.Config?.some(({ Gateway }) => Gateway === ENDPOINT_ADDRESS))).toHaveLength(1);
  });
});

describe('a container', () => {
  it('is described with its addresses and volumes, and its figures are told while it runs', async () => {
    const container = await engine.docker.createContainer({
      Image: TEST_IMAGE,
      Cmd: ['sleep', '1000'],
      Labels: { [LABEL.split('=')[0]!]: LABEL.split('=')[1]! },
      HostConfig: { Binds: ['/tmp:/from-host:ro'] },
    });
    await container.start();
    const own = new DockerEndpointEngine(engine.docker);
    expect(await own.describe(container.id)).toMatchObject({
      runtimeId: container.id,
      image: TEST_IMAGE,
      imageId: expect.stringMatching(/^sha256:/),
      volumes: [{ source: '/tmp', destination: '/from-host' }],
      networks: [{ mode: 'bridge', addresses: [expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/)] }],
    });
    expect(await own.stats(container.id)).toMatchObject({ memory_stats: { usage: expect.any(Number) } });
    await container.remove({ force: true });
    expect(await own.describe(container.id)).toBeUndefined();
  }, 30_000);
});
