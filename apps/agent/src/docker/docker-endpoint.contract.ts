import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  findOrStartDockerd,
  makeTestImage,
  removeContainers,
  TEST_IMAGE,
  type TestEngine,
} from '../../../../test/support/docker.js';
import { systemClock } from '#lib/platform';
import { ENDPOINT_ADDRESS, ENDPOINT_PLACE } from '../task-endpoint/domain/route.js';
import { hasAddress } from '../task-endpoint/listening.js';
import { DockerEndpointEngine, ENDPOINT_NETWORK, ensureEndpoint } from './docker-endpoint.js';

const LABEL = `longshore.test=endpoint-${process.pid}`;
let engine: TestEngine;
let wasThere: boolean;

beforeAll(async () => {
  engine = await findOrStartDockerd();
  wasThere = await hasAddress();
  await makeTestImage(engine.docker);
}, 90_000);
afterAll(async () => {
  await removeContainers(engine.docker, { label: [LABEL] });
  if (!wasThere) await engine.docker.getNetwork(ENDPOINT_NETWORK).remove();
  await engine?.stop();
}, 60_000);

describe("the address of the tasks' endpoint", () => {
  it("is this host's when it has been seen to, however many agents do that at once", async () => {
    await Promise.all([1, 2, 3].map(() => ensureEndpoint(engine.docker, systemClock)));
    expect(await hasAddress()).toBe(true);
    await ensureEndpoint(engine.docker, systemClock);
    const networks = await engine.docker.listNetworks();
    expect(networks.filter(({ IPAM }) => IPAM?.Config?.some(({ Gateway }) => Gateway === ENDPOINT_ADDRESS))).toHaveLength(1);
  });
});

describe("the port of the tasks' endpoint", () => {
  const { host, port } = ENDPOINT_PLACE;

  it('is sent on to where the agent listens, so that tasks in the host’s network can have port 80', async () => {
    const agent = createServer((_request, response) => response.end('the agent'));
    await new Promise<void>((resolve) => agent.listen({ host, port }, resolve));
    await ensureEndpoint(engine.docker, systemClock);
    expect(await (await fetch(`http://${host}/v4/x`)).text()).toBe('the agent');
    agent.close();
    agent.closeAllConnections();
  });

  it('is that again when somebody has flushed the rules', async () => {
    const rules = () => execFileSync('iptables', ['-t', 'nat', '-S'], { encoding: 'utf8' });
    const ours = () =>
      rules()
        .split('\n')
        .filter((rule) => rule.includes(`--to-destination ${host}:${port}`));
    for (const rule of ours()) execFileSync('iptables', ['-t', 'nat', ...words(rule.replace('-A', '-D'))]);
    expect(ours()).toEqual([]);
    await ensureEndpoint(engine.docker, systemClock);
    expect(ours().map((rule) => rule.split(' ')[1])).toEqual(['PREROUTING', 'OUTPUT']);
  });
});

const words = (rule: string): string[] => rule.split(' ').map((word) => word.replaceAll('"', ''));

describe('a container', () => {
  it('is described with its addresses, volumes and process', async () => {
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
      pid: (await container.inspect()).State.Pid,
      volumes: [{ source: '/tmp', destination: '/from-host' }],
      networks: [{ mode: 'bridge', addresses: [expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/)] }],
    });
    await container.remove({ force: true });
    expect(await own.describe(container.id)).toBeUndefined();
  }, 30_000);
});
