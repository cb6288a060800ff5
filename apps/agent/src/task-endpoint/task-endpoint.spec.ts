import { beforeEach, describe, expect, it } from '@jest/globals';
import type { TaskReply } from '#lib/ecs/model';
import { silentLogger } from '#lib/platform';
import { container, definitionOf, entryOf, INSTANCE_ID, taskArnOf } from '../../../../test/support/simulated-host.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import type { Reading, Span } from '../metrics/container-meter.js';
import { newContainerRecords, newTaskRecord } from '../domain/task-record.js';
import { EndpointIds } from './domain/endpoint-ids.js';
import type { EngineContainer, KnownTask } from './domain/metadata.js';
import { endpointEnvironment, sdkEnvironment } from './domain/route.js';
import { type EndpointRequest, TaskEndpoint } from './task-endpoint.js';

const TASK = 'a'.repeat(32);
const NEIGHBOUR = 'b'.repeat(32);
const ids = new EndpointIds(new Uint8Array(32).fill(1), INSTANCE_ID);
const definition = definitionOf([container({ name: 'web' }), container({ name: 'side' })], {
  cpu: '256',
  memory: '512',
  taskRoleArn: 'arn:aws:iam::111122223333:role/app',
});

function knownTask(taskId: string, fields: Partial<KnownTask['definition']> = {}): KnownTask {
  const own = { ...definition, ...fields };
  const entry = entryOf(taskArnOf(taskId), own, { containerArns: { web: 'arn-of-web' } });
  const containers = newContainerRecords(own).map((record) => ({
    ...record,
    phase: 'RUNNING' as const,
    runtimeId: `${taskId} ${record.name}`,
    startedAt: '2026-11-28T12:00:00.000Z',
  }));
  return { record: { ...newTaskRecord(entry, 'journal', 'default'), status: 'RUNNING', containers }, definition: own };
}

const engineContainer = (runtimeId: string): EngineContainer => ({
  runtimeId,
  pid: 7,
  name: `ecs-${runtimeId}`,
  image: 'longshore/hello',
  imageId: 'sha256:1',
  labels: { a: 'b' },
  volumes: [],
  networks: [{ mode: 'bridge', addresses: [runtimeId.startsWith(TASK) ? '172.17.0.2' : '172.17.0.3'] }],
});

/** Two seconds, in which it received. */
function spanOf(before: number, now: number): Span {
  const at = (rxBytes: number, second: number): Reading => ({
    at: `2026-11-28T12:00:0${second}.000Z`,
    monotonicMs: second * 1_000,
    cpu: {
      cpu_usage: { total_usage: 1, usage_in_kernelmode: 0, usage_in_usermode: 1 },
      system_cpu_usage: 1,
      online_cpus: 1,
      throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
    },
    memory: { usage: 1, stats: {}, limit: 1 },
    storage: { bytes: [], operations: [] },
    processes: {},
    network: {
      namespace: 'n',
      rxBytes,
      txBytes: 0,
      interfaces: {
        eth0: { rxBytes, rxPackets: 1, rxErrors: 0, rxDropped: 0, txBytes: 0, txPackets: 0, txErrors: 0, txDropped: 0 },
      },
    },
  });
  return { before: at(before, 0), now: at(now, 2) };
}

let clock: VirtualClock;
let tasks: Record<string, KnownTask>;
let asked: unknown[];
let replies: Record<string, TaskReply | undefined>;
let spans: Record<string, Span | undefined>;
let measured: unknown[];
let endpoint: TaskEndpoint;
beforeEach(() => {
  clock = new VirtualClock();
  tasks = { [TASK]: knownTask(TASK), [NEIGHBOUR]: knownTask(NEIGHBOUR) };
  asked = [];
  replies = {};
  spans = {};
  measured = [];
  const reply = (about: string, ...more: unknown[]) => {
    asked.push([about, ...more]);
    return Promise.resolve(replies[about] as never);
  };
  endpoint = new TaskEndpoint({
    ids,
    engine: {
      describe: (runtimeId) => Promise.resolve(engineContainer(runtimeId)),
    },
    meter: {
      measure: (runtimeId, pid) => {
        measured.push([runtimeId, pid]);
        return Promise.resolve(spans[runtimeId]);
      },
      sweep: () => undefined,
    },
    tasks: { task: (taskId) => tasks[taskId] },
    controlPlane: {
      facts: (taskArn) => reply('facts', taskArn),
      credentials: (taskArn) => reply('credentials', taskArn),
      protection: (taskArn, change) => reply('protection', taskArn, change),
    },
    hostAddresses: () => new Set(['10.0.0.5']),
    clock,
    logger: silentLogger,
  });
});

const environment = (taskId = TASK, name = 'web') =>
  endpointEnvironment(ids.ofContainer(taskArnOf(taskId), name), ids.ofCredentials(taskArnOf(taskId)));
const at = (url: string) => url.replace('http://169.254.170.2', '');
const ask = (target: string, more: Partial<EndpointRequest> = {}) =>
  endpoint.answer({ method: 'GET', target: at(target), body: '', source: '172.17.0.2', ...more });
const v4 = environment().ECS_CONTAINER_METADATA_URI_V4!;
const credentials = environment().AWS_CONTAINER_CREDENTIALS_RELATIVE_URI!;
const protection = `${environment().ECS_AGENT_URI!}/task-protection/v1/state`;

describe('metadata', () => {
  it('is told of the container that asks, in versions 3 and 4', async () => {
    const third = await ask(environment().ECS_CONTAINER_METADATA_URI!);
    expect(third).toMatchObject({ status: 200, body: { Name: 'web', DockerName: `ecs-${TASK} web`, KnownStatus: 'RUNNING' } });
    expect(await ask(v4)).toMatchObject({
      body: { Name: 'web', ContainerARN: 'arn-of-web', Networks: [{ NetworkMode: 'bridge', IPv4Addresses: ['172.17.0.2'] }] },
    });
    expect(JSON.parse(JSON.stringify(third.body))).not.toHaveProperty('ContainerARN');
  });

  it('of a task with an address of its own tells its subnet, the router of its VPC and whom it asks for names', async () => {
    const known = knownTask(TASK, { networkMode: 'awsvpc' });
    const networkInterface = {
      networkInterfaceId: 'eni-1',
      subnetId: 'subnet-1',
      macAddress: '02:42:ac:1f:10:05',
      privateIpv4Address: '172.31.16.5',
      privateDnsName: 'ip-172-31-16-5.ec2.internal',
    };
    const given = { networkInterface, vpcId: 'vpc-1', vpcCidrBlock: '172.31.0.0/16', subnetCidrBlock: '172.31.16.0/20' };
    tasks[TASK] = { ...known, record: { ...known.record, network: { given } }, dnsServers: ['198.18.0.0'] } as KnownTask;
    expect(await ask(v4, { source: '172.31.16.5' })).toMatchObject({
      body: {
        Networks: [
          {
            NetworkMode: 'awsvpc',
            IPv4Addresses: ['172.31.16.5'],
            IPv4SubnetCIDRBlock: '172.31.16.0/20',
            SubnetGatewayIpv4Address: '172.31.0.1/20',
            DomainNameServers: ['198.18.0.0'],
          },
        ],
      },
    });
  });

  it('is told of the task, with what only the control plane knows', async () => {
    const taskTags = [{ key: 'team', value: 'blue' }];
    replies.facts = {
      answer: { launchType: 'EC2', availabilityZone: 'z1', serviceName: 'web', taskTags, containerInstanceTags: [] },
    };
    const known = { TaskARN: taskArnOf(TASK), Limits: { CPU: 0.25, Memory: 512 }, LaunchType: 'EC2', ServiceName: 'web' };
    const { body } = await ask(`${v4}/task`);
    expect(body).toMatchObject({ ...known, Containers: [{ Name: 'web' }, { Name: 'side' }] });
    expect(JSON.parse(JSON.stringify(body))).not.toHaveProperty('TaskTags');
    expect((await ask(`${v4}/taskWithTags`)).body).toMatchObject({ ...known, TaskTags: { team: 'blue' } });
  });

  it('goes on while the control plane is away', async () =>
    expect(await ask(`${v4}/task`)).toMatchObject({ status: 200, body: { Family: 'story', Revision: '1' } }));

  it('has the figures of a container, and of all of them', async () => {
    const [web, side] = [`${TASK} web`, `${TASK} side`];
    spans = { [web]: spanOf(100, 300) };
    expect(await ask(`${v4}/stats`)).toMatchObject({
      status: 200,
      body: {
        id: web,
        name: `/ecs-${web}`,
        read: '2026-11-28T12:00:02.000Z',
        preread: '2026-11-28T12:00:00.000Z',
        networks: { eth0: { rx_bytes: 300, tx_bytes: 0 } },
        network_rate_stats: { rx_bytes_per_sec: 100, tx_bytes_per_sec: 0 },
      },
    });
    expect(measured).toEqual([[web, 7]]);
    expect((await ask(`${v4}/task/stats`)).body).toEqual({ [web]: expect.objectContaining({ id: web }), [side]: null });
  });

  it('has rates of the network in version 4 only, and nothing of the network of a host', async () => {
    const web = `${TASK} web`;
    const bodyOf = async (url: string) => JSON.parse(JSON.stringify((await ask(`${url}/stats`)).body)) as object;
    spans = { [web]: spanOf(1, 1) };
    expect(await bodyOf(environment().ECS_CONTAINER_METADATA_URI!)).not.toHaveProperty('network_rate_stats');
    const { before, now } = spanOf(1, 1);
    spans = { [web]: { before: { ...before, network: undefined }, now: { ...now, network: undefined } } };
    const body = await bodyOf(v4);
    expect(body).not.toHaveProperty('network_rate_stats');
    expect(body).not.toHaveProperty('networks');
  });
});

describe('who asks', () => {
  it('is answered by its own secret id from its own address, and by nothing else', async () => {
    const guessed = v4.replace(/.{4}$/, '0000');
    for (const [target, source] of [
      [v4, '172.17.0.3'],
      [v4, '10.0.0.5'],
      [guessed, '172.17.0.2'],
      [environment(NEIGHBOUR).ECS_CONTAINER_METADATA_URI_V4!, '172.17.0.2'],
      [credentials, '172.17.0.3'],
      [protection, '172.17.0.3'],
    ] as const)
      expect(await ask(target, { source })).toMatchObject({ status: 404 });
    expect(asked).toEqual([]);
  });

  it('does not get keys by the id of a container, nor metadata by that of the keys', async () => {
    const containerId = v4.split('/').at(-1)!;
    expect(await ask(`/v2/credentials/${containerId}`)).toMatchObject({ status: 400, body: { code: 'InvalidIdInRequest' } });
    expect(await ask(`/v4/${credentials.split('/').at(-1)}`)).toMatchObject({ status: 404 });
  });

  it("comes from the host's own addresses, when the task has its network", async () => {
    tasks[TASK] = knownTask(TASK, { networkMode: 'host' });
    expect(await ask(v4, { source: '10.0.0.5' })).toMatchObject({ status: 200 });
    expect(await ask(v4, { source: '172.17.0.2' })).toMatchObject({ status: 404 });
  });

  it('may ask sixty times at once and forty times a second, each task for itself', async () => {
    const statuses = await Promise.all(Array.from({ length: 70 }, async () => (await ask(v4)).status));
    expect(statuses.filter((status) => status === 429)).toHaveLength(10);
    const other = environment(NEIGHBOUR).ECS_CONTAINER_METADATA_URI_V4!;
    expect(await ask(other, { source: '172.17.0.3' })).toMatchObject({ status: 200 });
    await clock.advance(25);
    expect(await ask(v4)).toMatchObject({ status: 200 });
    expect(await ask(v4)).toMatchObject({ status: 429 });
  });
});

describe('keys of the role', () => {
  const keys = (minutes: number) => ({
    roleArn: 'arn:aws:iam::111122223333:role/app',
    accessKeyId: 'ASIA1',
    secretAccessKey: 's',
    sessionToken: 't',
    expiresAt: new Date(clock.now() + minutes * 60_000).toISOString(),
  });

  it('are given out in the shape that SDKs read, and made anew when they are about to end', async () => {
    replies.credentials = { answer: keys(60) };
    const answer = await ask(credentials);
    expect(answer).toMatchObject({ status: 200, body: { AccessKeyId: 'ASIA1', SecretAccessKey: 's', Token: 't' } });
    expect((answer.body as { Expiration: string }).Expiration).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    await clock.advance(44 * 60_000);
    await ask(credentials);
    expect(asked).toHaveLength(1);
    await clock.advance(2 * 60_000);
    await ask(credentials);
    expect(asked).toHaveLength(2);
  });

  it('go on until they end while the control plane is away', async () => {
    replies.credentials = { answer: keys(60) };
    await ask(credentials);
    replies.credentials = undefined;
    await clock.advance(59 * 60_000);
    expect(await ask(credentials)).toMatchObject({ status: 200 });
    await clock.advance(2 * 60_000);
    expect(await ask(credentials)).toMatchObject({ status: 503 });
  });
});

describe('task protection', () => {
  it('is told and changed through the control plane', async () => {
    replies.protection = {
      answer: { protectedTasks: [{ protectionEnabled: true, expirationDate: '2026-11-28T13:00:00.000Z' }], failures: [] },
    };
    const body = JSON.stringify({ ProtectionEnabled: true, ExpiresInMinutes: 5 });
    const shown = { ProtectionEnabled: true, ExpirationDate: '2026-11-28T13:00:00.000Z', TaskArn: taskArnOf(TASK) };
    expect(await ask(protection, { method: 'PUT', body })).toEqual({ status: 200, body: { protection: shown } });
    await ask(protection);
    expect(asked).toEqual([
      ['protection', taskArnOf(TASK), { protectionEnabled: true, expiresInMinutes: 5 }],
      ['protection', taskArnOf(TASK), undefined],
    ]);
  });

  it('says why it cannot be', async () => {
    replies.protection = { answer: { protectedTasks: [], failures: [{ arn: 'x', reason: 'TASK_NOT_VALID', detail: 'd' }] } };
    expect((await ask(protection)).body).toEqual({ failure: { Arn: 'x', Reason: 'TASK_NOT_VALID', Detail: 'd' } });
    expect(await ask(protection, { method: 'PUT', body: '{"protect":1}' })).toMatchObject({ status: 400, body: { error: {} } });
  });
});

describe('what SDKs find in a container', () => {
  const taskArn = taskArnOf(TASK);
  const found = (own: readonly string[], requiresCompatibilities: readonly string[] = []) =>
    sdkEnvironment({ taskArn, requiresCompatibilities }, 4566, new Set(own));

  it('is the region, and where the API is', () => {
    expect(found([])).toEqual({
      AWS_REGION: 'eu-central-1',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_EXECUTION_ENV: 'AWS_ECS_EC2',
      AWS_ENDPOINT_URL: 'http://169.254.170.2:4566',
    });
    expect(found([], ['FARGATE'])).toMatchObject({ AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE' });
    expect(sdkEnvironment({ taskArn }, undefined, new Set())).not.toHaveProperty('AWS_ENDPOINT_URL');
  });

  it('is what the container says itself, where it does', () => {
    expect(Object.keys(found(['AWS_REGION', 'AWS_ENDPOINT_URL']))).toEqual(['AWS_DEFAULT_REGION', 'AWS_EXECUTION_ENV']);
  });

  it('is no address of the API where a container has keys of its own: they may be of anywhere', () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE']) expect(found([name])).not.toHaveProperty('AWS_ENDPOINT_URL');
  });
});
