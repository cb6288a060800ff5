import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { silentLogger, systemClock } from '#lib/platform';
import {
  findOrStartDockerd,
  makeTestImage,
  removeContainers,
  TEST_IMAGE,
  type TestEngine,
} from '../../../../test/support/docker.js';
import { container, definitionOf } from '../../../../test/support/simulated-host.js';
import { containerSpec } from '../domain/container-spec.js';
import { pauseSpec } from '../domain/pause-spec.js';
import { vpcNetwork } from '../domain/vpc-network.js';
import type { ContainerRuntime } from '../ports.js';
import { DockerNetworkProvider } from './docker-network-provider.js';
import { DockerRuntime } from './docker-runtime.js';

const RUN = randomBytes(8).toString('hex');
const network = vpcNetwork({ vpcId: `vpc-0${RUN}`, vpcCidrBlock: '10.213.0.0/16' });
const definition = definitionOf(
  [
    container({
      name: 'web',
      image: TEST_IMAGE,
      command: ['sh', '-c', 'hostname > /index.html; httpd -f -p 80 -h /'],
      portMappings: [{ containerPort: 80 }],
    }),
  ],
  { networkMode: 'awsvpc', family: 'own' },
);
let engine: TestEngine;
let runtime: ContainerRuntime;

beforeAll(async () => {
  engine = await findOrStartDockerd();
  runtime = new DockerRuntime(engine.docker, systemClock, silentLogger);
  await makeTestImage(engine.docker);
}, 90_000);
afterAll(async () => {
  await removeContainers(engine.docker, { label: [`longshore.journal-id=${RUN}`] });
  await engine.docker.getNetwork(network.name).remove();
  await engine?.stop();
}, 60_000);

const provider = () => new DockerNetworkProvider(engine.docker, 'x86_64', systemClock);

/** A task with this last byte of its address: its pause container, and the one of its definition. */
async function run(n: number): Promise<string> {
  const networks = provider();
  expect(await networks.prepare(network)).toBeUndefined();
  const address = `10.213.1.${n}`;
  const context = {
    taskArn: `arn:aws:ecs:us-east-1:000000000000:task/default/${n}`,
    clusterName: 'default',
    journalId: RUN,
    instanceId: '1'.repeat(32),
    hex: (part: string) => Buffer.from(`${RUN}${n}${part}`).toString('hex').slice(0, 60),
    addresses: [],
    fixedAddresses: [],
    dynamicPorts: [],
  };
  const networkInterface = {
    networkInterfaceId: 'eni-1',
    subnetId: 'subnet-1',
    macAddress: `02:42:0a:d5:01:${n.toString(16).padStart(2, '0')}`,
    privateIpv4Address: address,
    privateDnsName: `ip-10-213-1-${n}.ec2.internal`,
  };
  const place = { networkInterface, networkName: network.name, image: networks.pauseImage };
  const pauseId = await started(pauseSpec(definition, place, context));
  await started(containerSpec(definition.containerDefinitions[0]!, definition, { ...context, pauseId }));
  return pauseId;
}

async function started(spec: Parameters<ContainerRuntime['create']>[0]): Promise<string> {
  const created = await runtime.create(spec);
  if (created.outcome === 'failed') throw new Error(created.reason);
  const outcome = await runtime.start(created.snapshot.runtimeId);
  if (outcome.outcome !== 'started') throw new Error(outcome.reason);
  return created.snapshot.runtimeId;
}

/** The page, which is the name of its container; as soon as it is served. */
async function pageOf(address: string): Promise<string> {
  for (;;) {
    try {
      return (await (await fetch(`http://${address}/`)).text()).trim();
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

describe('networks of tasks on Docker', () => {
  it('are made once, however many agents and tasks need one at the same time', async () => {
    const made = await Promise.all(
      [provider(), provider(), provider()].flatMap((one) => [one.prepare(network), one.prepare(network)]),
    );
    expect(new Set(made)).toEqual(new Set([undefined]));
    expect(await engine.docker.listNetworks({ filters: { name: [network.name] } })).toHaveLength(1);
  }, 60_000);

  it('give each task the address that it was given, its name, and all of its ports', async () => {
    await run(4);
    const pauseId = await run(5);
    expect(await pageOf('10.213.1.4')).toBe('ip-10-213-1-4.ec2.internal');
    expect(await pageOf('10.213.1.5')).toBe('ip-10-213-1-5.ec2.internal');
    // What goes to another host is 50 bytes larger there.
    expect(readFileSync(`/sys/class/net/${network.bridge}/mtu`, 'utf8').trim()).toBe('1450');
    const { NetworkSettings } = await engine.docker.getContainer(pauseId).inspect();
    expect(NetworkSettings.Networks[network.name]).toMatchObject({ IPAddress: '10.213.1.5', MacAddress: '02:42:0a:d5:01:05' });
  }, 60_000);

  it('say why a host can have none', async () => {
    const overlapping = vpcNetwork({ vpcId: `vpc-1${RUN}`, vpcCidrBlock: '10.213.0.0/17' });
    expect(await provider().prepare(overlapping)).toMatch(/10\.213|overlaps/);
  }, 60_000);
});
