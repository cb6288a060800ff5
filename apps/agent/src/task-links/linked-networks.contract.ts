import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { NetworkInterface } from '#lib/ecs/model';
import { silentLogger, systemClock } from '#lib/platform';
import {
  findOrStartDockerd,
  makeTestImage,
  removeContainers,
  TEST_IMAGE,
  type TestEngine,
} from '../../../../test/support/docker.js';
import { eventually } from '../../../../test/support/longshore.js';
import { container, definitionOf } from '../../../../test/support/simulated-host.js';
import { DockerNetworkProvider } from '../docker/docker-network-provider.js';
import { DockerRuntime } from '../docker/docker-runtime.js';
import { containerSpec } from '../domain/container-spec.js';
import { pauseSpec } from '../domain/pause-spec.js';
import { vpcNetwork } from '../domain/vpc-network.js';
import type { ContainerRuntime, ContainerSnapshot } from '../ports.js';
import { linkOf } from './domain/link-commands.js';
import { LinkedNetworks } from './linked-networks.js';
import { TaskLinkLoop } from './task-link-loop.js';
import { hasMembers, TaskLinks } from './task-links.js';

const execute = promisify(execFile);
const RUN = randomBytes(8).toString('hex');
const OWNER = `longshore-${RUN}`;
const network = vpcNetwork({ vpcId: `vpc-0${RUN}`, vpcCidrBlock: '10.213.0.0/16' });
const definition = definitionOf(
  [
    container({
      name: 'web',
      image: TEST_IMAGE,
      command: [
        'sh',
        '-c',
        'hostname > /index.html; cp /etc/hosts /hosts; cp /etc/resolv.conf /resolv.conf; httpd -f -p 80 -h /',
      ],
      portMappings: [{ containerPort: 80 }],
    }),
  ],
  { networkMode: 'awsvpc', family: 'own' },
);
const interfaceOf = (n: number): NetworkInterface => ({
  networkInterfaceId: 'eni-1',
  subnetId: 'subnet-1',
  macAddress: `02:42:0a:d5:01:${n.toString(16).padStart(2, '0')}`,
  privateIpv4Address: `10.213.1.${n}`,
  privateDnsName: `ip-10-213-1-${n}.ec2.internal`,
});
const links = new TaskLinks(OWNER);
let engine: TestEngine;
let runtime: ContainerRuntime;
let containers: string;

beforeAll(async () => {
  engine = await findOrStartDockerd();
  runtime = new DockerRuntime(engine.docker, systemClock, silentLogger);
  containers = join((await runtime.info()).directory!, 'containers');
  await makeTestImage(engine.docker);
}, 90_000);
afterAll(async () => {
  await removeContainers(engine.docker, { label: [`longshore.journal-id=${RUN}`] });
  await engine.docker.getNetwork(network.name).remove();
  await engine?.stop();
}, 60_000);

const bridges = () =>
  new DockerNetworkProvider({
    docker: engine.docker,
    architecture: 'x86_64',
    engine: { version: '20.10.24' },
    isUsed: hasMembers,
    clock: systemClock,
    logger: silentLogger,
  });
const provider = () =>
  new LinkedNetworks({ bridges: bridges(), links, containers, resolvConf: 'nameserver 198.18.0.0\nsearch corp.example\n' });

/** A task with this last byte of its address: its pause container, with the one of its definition in its network. */
async function run(n: number): Promise<ContainerSnapshot> {
  const networks = provider();
  expect(await networks.prepare(network)).toBeUndefined();
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
  const pauseId = await created(pauseSpec(definition, { networkInterface: interfaceOf(n), pause: networks.pause }, context));
  await networks.writeNameFiles(pauseId, interfaceOf(n));
  const nameFiles = networks.nameFilesOf(pauseId);
  const web = await created(containerSpec(definition.containerDefinitions[0]!, definition, { ...context, pauseId, nameFiles }));
  const pause = await started(pauseId);
  expect(await networks.connect(pause, network, interfaceOf(n))).toBeUndefined();
  await started(web);
  return pause;
}

async function created(spec: Parameters<ContainerRuntime['create']>[0]): Promise<string> {
  const outcome = await runtime.create(spec);
  if (outcome.outcome === 'failed') throw new Error(outcome.reason);
  return outcome.snapshot.runtimeId;
}

async function started(runtimeId: string): Promise<ContainerSnapshot> {
  const outcome = await runtime.start(runtimeId);
  if (outcome.outcome !== 'started') throw new Error(outcome.reason);
  return outcome.snapshot;
}

/** As soon as it is served. */
const pageOf = (n: number, page = '') =>
  eventually('a page', async () => {
    const answer = await fetch(`http://10.213.1.${n}/${page}`, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined);
    // On a host that has no such network, whatever is on its way out may answer.
    return answer?.ok ? (await answer.text()).trim() || undefined : undefined;
  });
const linksOf = async ({ runtimeId }: ContainerSnapshot) =>
  (await links.all()).filter(({ link }) => link === linkOf(runtimeId)).map(({ isJoined }) => isJoined);

describe('networks of tasks', () => {
  it('are made once, however many agents and tasks need one at the same time', async () => {
    const made = await Promise.all(
      [provider(), provider(), provider()].flatMap((one) => [one.prepare(network), one.prepare(network)]),
    );
    expect(new Set(made)).toEqual(new Set([undefined]));
    expect(await engine.docker.listNetworks({ filters: { name: [network.name] } })).toHaveLength(1);
  }, 60_000);

  it('give each task the address that it was given, its names, and all of its ports', async () => {
    await run(4);
    const pause = await run(5);
    expect(await pageOf(4)).toBe('ip-10-213-1-4.ec2.internal');
    expect(await pageOf(5)).toBe('ip-10-213-1-5.ec2.internal');
    expect(await pageOf(5, 'hosts')).toContain('10.213.1.5\tip-10-213-1-5.ec2.internal ip-10-213-1-5');
    expect(await pageOf(5, 'resolv.conf')).toBe('nameserver 198.18.0.0\nsearch corp.example');
    // What goes to another host is 50 bytes larger there.
    expect(readFileSync(`/sys/class/net/${network.bridge}/mtu`, 'utf8').trim()).toBe('1450');
    const inside = await execute('nsenter', [`--net=/proc/${pause.pid}/ns/net`, 'ip', '-json', 'address', 'show', 'dev', 'eth0']);
    expect(JSON.parse(inside.stdout)).toMatchObject([
      { address: '02:42:0a:d5:01:05', mtu: 1450, addr_info: [{ family: 'inet', local: '10.213.1.5', prefixlen: 16 }] },
    ]);
    expect(JSON.parse(inside.stdout)[0].addr_info).toHaveLength(1);
  }, 60_000);

  it('are there when a task is connected again, as after the end of an agent that had not said so', async () => {
    const pause = await run(6);
    expect(await provider().connect(pause, network, interfaceOf(6))).toBeUndefined();
    expect(await pageOf(6)).toBe('ip-10-213-1-6.ec2.internal');
    expect(await linksOf(pause)).toEqual([true]);
  }, 60_000);

  it('have nobody at an address whose task is over', async () => {
    const pause = await run(7);
    await provider().disconnect(pause.runtimeId);
    expect(await linksOf(pause)).toEqual([]);
    await provider().disconnect(pause.runtimeId);
  }, 60_000);

  it('touch no process but the pause container’s', async () => {
    const pause = await run(8);
    const other = { ...pause, pid: process.pid };
    expect(await provider().connect(other, network, interfaceOf(8))).toBe(
      `the process ${process.pid} is not its pause container`,
    );
  }, 60_000);

  it('have their tasks on them again when the engine took one for unused and removed it', async () => {
    const pause = await run(9);
    await engine.docker.getNetwork(network.name).remove();
    expect(await linksOf(pause)).toEqual([false]);
    const loop = new TaskLinkLoop({ links, networks: provider(), clock: systemClock, logger: silentLogger });
    loop.start();
    expect(await pageOf(9)).toBe('ip-10-213-1-9.ec2.internal');
    loop.stop();
    expect(await linksOf(pause)).toEqual([true]);
  }, 60_000);

  it('go when nobody is on one and another VPC has its range, as after a VPC that was deleted and made again', async () => {
    const [before, after] = ['2', '3'].map((n) => vpcNetwork({ vpcId: `vpc-${n}${RUN}`, vpcCidrBlock: `10.214.0.0/2${n}` }));
    const known = async () => (await engine.docker.listNetworks({ filters: { name: [RUN] } })).map(({ Name }) => Name);
    expect(await provider().prepare(before!)).toBeUndefined();
    expect(await provider().prepare(after!)).toBeUndefined();
    expect(await known()).toEqual(expect.not.arrayContaining([before!.name]));
    expect(await known()).toEqual(expect.arrayContaining([after!.name, network.name]));
    await engine.docker.getNetwork(after!.name).remove();
  }, 60_000);

  it('say why a host can have none', async () => {
    const overlapping = vpcNetwork({ vpcId: `vpc-1${RUN}`, vpcCidrBlock: '10.213.0.0/17' });
    expect(await provider().prepare(overlapping)).toMatch(/10\.213|overlaps/);
  }, 60_000);
});
