import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, it, expect } from '@jest/globals';
import type { ContainerDefinition, TaskDefinitionPayload, TaskReport } from '#lib/ecs/model';
import { createLogger, silentLogger, systemClock, systemRandom, type Logger } from '#lib/platform';
import {
  findOrStartDockerd,
  makeTestImage,
  removeContainers,
  TEST_IMAGE,
  type TestEngine,
} from '../../../../test/support/docker.js';
import { container, definitionOf, entryOf, FakeControlPlane, INSTANCE_ID } from '../../../../test/support/simulated-host.js';
import { Agent } from '../agent.js';
import { FileAgentDisk } from '../file-agent-disk.js';
import { FirelensFiles } from '../firelens/firelens-files.js';
import { DockerImagePuller } from './docker-image-puller.js';
import { NO_LIMITS } from '../host-limits.js';
import { DockerRuntime } from './docker-runtime.js';

/** The agent on a real engine: every field that it claims to honour, seen from inside a container or through a port. */
const logger: Logger = process.env.LONGSHORE_TEST_LOG ? createLogger('agent', 'debug') : silentLogger;
let engine: TestEngine;
let gateway: string;
let directory: string;
let controlPlane: FakeControlPlane;
let agent: Agent;
let tasks = 0;

beforeAll(async () => {
  engine = await findOrStartDockerd();
  await makeTestImage(engine.docker);
  gateway = (await new DockerRuntime(engine.docker, systemClock, logger).info()).bridgeGateway!;
}, 90_000);
afterAll(async () => engine?.stop(), 60_000);

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'longshore-agent-'));
  controlPlane = new FakeControlPlane();
  controlPlane.journalId = `journal-${process.pid}-${systemRandom.hex(4)}`;
  agent = await startAgent();
});
afterEach(async () => {
  agent.stop();
  await removeContainers(engine.docker, { label: [`longshore.journal-id=${controlPlane.journalId}`] });
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}, 60_000);

async function startAgent(): Promise<Agent> {
  const started = new Agent(
    {
      name: { accountId: '111122223333', region: 'eu-central-1', instanceId: INSTANCE_ID },
      registration: {
        cluster: 'default',
        resources: { cpu: 2048, memoryMiB: 4096, gpu: 0, portsTcp: [], portsUdp: [] },
        attributes: [],
        versionInfo: { agentVersion: '1', agentHash: 'x', dockerVersion: 'y' },
        hostId: 'host',
      },
      addresses: ['127.0.0.1', gateway],
      cleanupWaitMs: 0,
    },
    {
      bus: controlPlane,
      assignments: controlPlane,
      store: await FileAgentDisk.open(directory, logger),
      runtime: new DockerRuntime(engine.docker, systemClock, logger),
      hostLimits: NO_LIMITS,
      firelens: new FirelensFiles(join(directory, 'firelens')),
      puller: new DockerImagePuller(engine.docker, () => 'prefer-cached', systemClock),
      clock: systemClock,
      random: systemRandom,
      logger,
    },
  );
  await started.start();
  return started;
}

async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const giveUpAtMs = Date.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > giveUpAtMs)
      throw new Error(`${what}: not within 20 s; last report ${JSON.stringify([...controlPlane.reports.values()].at(-1))}`);
    await sleep(10);
  }
}

type Fields = Partial<ContainerDefinition> & { script?: string };
const part = ({ script, ...fields }: Fields = {}, name = 'main'): ContainerDefinition =>
  container({ name, image: TEST_IMAGE, command: script === undefined ? undefined : ['sh', '-c', script], ...fields });

/** Assigns one task and gives its report once it has come to `status`. */
async function run(
  containers: ContainerDefinition[],
  status: TaskReport['status'],
  fields: Partial<TaskDefinitionPayload> = {},
): Promise<{ taskArn: string; report: TaskReport; definition: TaskDefinitionPayload }> {
  const taskArn = `arn:aws:ecs:eu-central-1:111122223333:task/default/${process.pid}-${++tasks}`;
  const definition = definitionOf(containers, { digest: `digest-${tasks}`, ...fields });
  controlPlane.definitions.set(definition.taskDefinitionArn, definition);
  controlPlane.assign([entryOf(taskArn, definition)]);
  const report = await until(`${taskArn} ${status}`, () => {
    const latest = controlPlane.reports.get(taskArn);
    if (latest?.status === 'STOPPED' && status !== 'STOPPED') throw new Error(`it stopped: ${JSON.stringify(latest)}`);
    return latest?.status === status ? latest : undefined;
  });
  return { taskArn, report, definition };
}

/** What a container wrote, after its task has run to its end. */
async function output(fields: Fields, task: Partial<TaskDefinitionPayload> = {}): Promise<string> {
  const { report } = await run([part(fields)], 'STOPPED', task);
  const main = report.containers[0]!;
  if (main.runtimeId === undefined || main.exitCode === undefined) throw new Error(main.reason);
  const logs = await engine.docker.getContainer(main.runtimeId).logs({ stdout: true, stderr: true, follow: false });
  // Without a terminal every chunk has a header of 8 bytes.
  const text: string[] = [];
  for (let at = 0; at < logs.length; at += 8 + logs.readUInt32BE(at + 4))
    text.push(logs.subarray(at + 8, at + 8 + logs.readUInt32BE(at + 4)).toString());
  return text.join('').trim();
}

const fetchText = (address: string, port: number) =>
  until(`http://${address}:${port}`, async () => (await fetch(`http://${address}:${port}/`).catch(() => undefined))?.text());

describe('what a container sees', () => {
  it.each<[string, Fields, string | RegExp]>([
    ['entryPoint and command', { entryPoint: ['echo', 'one'], command: ['two'] }, 'one two'],
    ['environment', { script: 'echo $A', environment: [{ name: 'A', value: 'x y' }] }, 'x y'],
    ['workingDirectory', { script: 'pwd', workingDirectory: '/www' }, '/www'],
    ['user', { script: 'id -u', user: 'nobody' }, '65534'],
    ['hostname', { script: 'hostname', hostname: 'harbour' }, 'harbour'],
    [
      'memory',
      { script: 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null', memory: 64 },
      String(64 << 20),
    ],
    [
      'memoryReservation',
      {
        script: 'cat /sys/fs/cgroup/memory/memory.soft_limit_in_bytes /sys/fs/cgroup/memory.low 2>/dev/null',
        memoryReservation: 16,
      },
      String(16 << 20),
    ],
    ['ulimits', { script: 'ulimit -n', ulimits: [{ name: 'nofile', softLimit: 123, hardLimit: 456 }] }, '123'],
    [
      'extraHosts',
      { script: 'grep quay /etc/hosts', extraHosts: [{ hostname: 'quay', ipAddress: '10.1.2.3' }] },
      /10\.1\.2\.3\s+quay/,
    ],
    ['dnsServers', { script: 'grep nameserver /etc/resolv.conf', dnsServers: ['10.9.8.7'] }, 'nameserver 10.9.8.7'],
    [
      'dnsSearchDomains',
      { script: 'grep search /etc/resolv.conf', dnsSearchDomains: ['quay.test'], dnsServers: ['10.9.8.7'] },
      'search quay.test',
    ],
    [
      'systemControls',
      { script: 'cat /proc/sys/net/core/somaxconn', systemControls: [{ namespace: 'net.core.somaxconn', value: '777' }] },
      '777',
    ],
    ['readonlyRootFilesystem', { script: 'touch /tmp/x 2>/dev/null || echo readonly', readonlyRootFilesystem: true }, 'readonly'],
    [
      'tmpfs',
      {
        script: 'grep " /cache " /proc/mounts',
        linuxParameters: { tmpfs: [{ containerPath: '/cache', size: 3, mountOptions: ['noexec'] }] },
      },
      /noexec.*size=3072k/,
    ],
    ['sharedMemorySize', { script: 'grep " /dev/shm " /proc/mounts', linuxParameters: { sharedMemorySize: 5 } }, /size=5120k/],
    ['initProcessEnabled', { script: 'cat /proc/1/comm', linuxParameters: { initProcessEnabled: true } }, /init/],
    [
      'capabilities dropped',
      { script: 'grep CapEff /proc/self/status', linuxParameters: { capabilities: { drop: ['ALL'] } } },
      /0{16}$/,
    ],
    [
      'devices',
      {
        script: 'test -c /dev/other && echo there',
        linuxParameters: { devices: [{ hostPath: '/dev/null', containerPath: '/dev/other' }] },
      },
      'there',
    ],
  ])(
    '%s',
    async (_, fields, expected) => {
      const text = await output(fields);
      if (typeof expected === 'string') expect(text).toBe(expected);
      else expect(text).toMatch(expected);
    },
    30_000,
  );

  it('its labels, cpu shares, terminal and name', async () => {
    const { report, taskArn } = await run(
      [part({ script: 'exit 0', cpu: 512, dockerLabels: { a: 'b' }, interactive: true, pseudoTerminal: true })],
      'STOPPED',
    );
    const { Config, HostConfig, Name } = await engine.docker.getContainer(report.containers[0]!.runtimeId!).inspect();
    expect(Config.Labels).toMatchObject({
      a: 'b',
      'com.amazonaws.ecs.cluster': 'default',
      'com.amazonaws.ecs.container-name': 'main',
      'com.amazonaws.ecs.task-arn': taskArn,
      'com.amazonaws.ecs.task-definition-family': 'story',
      'com.amazonaws.ecs.task-definition-version': '1',
    });
    expect([Config.Tty, Config.OpenStdin, HostConfig.CpuShares]).toEqual([true, true, 512]);
    expect(Name).toMatch(/^\/ecs-story-1-main-[0-9a-f]{20}$/);
  }, 30_000);

  it('privileged (as asked of the engine: a sandboxed test machine may not grant it)', async () => {
    const { report } = await run([part({ script: 'exit 0', privileged: true })], 'STOPPED');
    const { HostConfig } = await engine.docker.getContainer(report.containers[0]!.runtimeId!).inspect();
    expect(HostConfig.Privileged).toBe(true);
  }, 30_000);

  it('no network in the mode none, the host’s in the mode host', async () => {
    expect(await output({ script: 'cat /proc/net/dev | grep -c eth' }, { networkMode: 'none' })).toBe('0');
    expect(await output({ script: 'hostname' }, { networkMode: 'host' })).toBe(
      execFileSync('hostname', { encoding: 'utf8' }).trim(),
    );
  }, 30_000);

  it('the host’s processes with pidMode host', async () => {
    expect(await output({ script: 'cat /proc/1/comm' }, { pidMode: 'host' })).toBe(readFileSync('/proc/1/comm', 'utf8').trim());
  }, 30_000);

  it('volumes: a path of the host, one of the task shared by containers, volumesFrom', async () => {
    const path = mkdtempSync(join(tmpdir(), 'longshore-volume-'));
    writeFileSync(join(path, 'from-host'), 'host');
    const writer = part(
      {
        script: 'echo task > /shared/from-task',
        essential: false,
        mountPoints: [{ sourceVolume: 'scratch', containerPath: '/shared' }],
      },
      'writer',
    );
    const data = part(
      { script: 'true', essential: false, mountPoints: [{ sourceVolume: 'host', containerPath: '/host', readOnly: true }] },
      'data',
    );
    const main = part({
      script: 'cat /host/from-host /shared/from-task; touch /host/x 2>/dev/null || echo readonly',
      mountPoints: [{ sourceVolume: 'scratch', containerPath: '/shared' }],
      volumesFrom: [{ sourceContainer: 'data' }],
      dependsOn: [{ containerName: 'writer', condition: 'SUCCESS' }],
    });
    const volumes = [
      { name: 'host', host: { sourcePath: path } },
      { name: 'scratch', dockerVolumeConfiguration: { scope: 'task' as const } },
    ];
    const { report } = await run([main, writer, data], 'STOPPED', { volumes });
    const logs = await engine.docker.getContainer(report.containers[0]!.runtimeId!).logs({ stdout: true });
    expect(logs.toString()).toMatch(/host.*task\n.*readonly/s);
    controlPlane.assign([]);
    await until('its own volume is removed', async () => {
      const { Volumes } = await engine.docker.listVolumes({
        filters: { label: [`longshore.journal-id=${controlPlane.journalId}`] },
      });
      return Volumes?.length ? undefined : true;
    });
    rmSync(path, { recursive: true });
  }, 30_000);
});

describe('ports', () => {
  const web = (fields: Fields = {}, name = 'web') =>
    part({ command: ['httpd', '-f', '-p', '80', '-h', '/www'], portMappings: [{ containerPort: 80 }], ...fields }, name);

  it('a dynamic one answers on the host’s address and on the one containers can reach', async () => {
    const { report } = await run([web()], 'RUNNING');
    const [binding] = report.containers[0]!.networkBindings;
    expect(binding).toMatchObject({ bindIP: '127.0.0.1', containerPort: 80, protocol: 'tcp' });
    expect(binding!.hostPort).toBeGreaterThanOrEqual(49_153);
    expect(await fetchText('127.0.0.1', binding!.hostPort)).toContain('hello');
    expect(await fetchText(gateway, binding!.hostPort)).toContain('hello');
  }, 30_000);

  it('fixed, udp and host mode', async () => {
    const fixed = await run(
      [
        web({
          portMappings: [
            { containerPort: 80, hostPort: 28_080 },
            { containerPort: 53, hostPort: 28_053, protocol: 'udp' },
          ],
        }),
      ],
      'RUNNING',
    );
    expect(fixed.report.containers[0]!.networkBindings).toEqual([
      { bindIP: '127.0.0.1', containerPort: 53, hostPort: 28_053, protocol: 'udp' },
      { bindIP: '127.0.0.1', containerPort: 80, hostPort: 28_080, protocol: 'tcp' },
    ]);
    expect(await fetchText('127.0.0.1', 28_080)).toContain('hello');
    const host = await run(
      [web({ command: ['httpd', '-f', '-p', '127.0.0.1:28081', '-h', '/www'], portMappings: [{ containerPort: 28_081 }] })],
      'RUNNING',
      { networkMode: 'host' },
    );
    expect(host.report.containers[0]!.networkBindings).toMatchObject([{ containerPort: 28_081, hostPort: 28_081 }]);
    expect(await fetchText('127.0.0.1', 28_081)).toContain('hello');
  }, 30_000);

  it('a link gives a name', async () => {
    const main = part({ script: 'until wget -q -O- http://site/; do sleep 0.1; done', links: ['web:site'] });
    const { report } = await run([main, web({ essential: false, portMappings: [], stopTimeout: 1 })], 'STOPPED');
    expect(report.containers[0]).toMatchObject({ exitCode: 0 });
  }, 30_000);
});

describe('how it ends', () => {
  it('with the exit code, OOM and refusals in ECS’s words', async () => {
    expect((await run([part({ script: 'exit 42' })], 'STOPPED')).report.containers[0]).toMatchObject({ exitCode: 42 });
    const greedy = part({ memory: 16, script: 'head -c 200000000 /dev/zero | tail', linuxParameters: { maxSwap: 0 } });
    expect((await run([greedy], 'STOPPED')).report.containers[0]!.reason).toBe(
      'OutOfMemoryError: Container killed due to memory usage',
    );
    const wrong = (await run([part({ command: ['/no/such/program'] })], 'STOPPED')).report;
    expect(wrong).toMatchObject({ stopCode: 'TaskFailedToStart' });
    expect(wrong.containers[0]!.reason).toMatch(/^CannotStartContainerError: Error response from daemon: .*no such file/);
    const missing = (await run([part({ image: '127.0.0.1:9/nothing:1' })], 'STOPPED')).report;
    expect(missing.containers[0]!.reason).toMatch(/^CannotPullContainerError: Error response from daemon: .*127\.0\.0\.1:9/);
  }, 60_000);

  it('by SIGTERM, or by SIGKILL when that is ignored', async () => {
    const polite = part({ script: "trap 'exit 3' TERM; while true; do sleep 0.05; done" }, 'polite');
    const stubborn = part({ script: "trap '' TERM; while true; do sleep 0.05; done", stopTimeout: 1 }, 'stubborn');
    const { taskArn, definition } = await run([polite, stubborn], 'RUNNING');
    controlPlane.assign([entryOf(taskArn, definition, { desiredStatus: 'STOPPED' })]);
    const report = await until('STOPPED', () => [controlPlane.reports.get(taskArn)!].find(({ status }) => status === 'STOPPED'));
    expect(report.containers.map(({ exitCode }) => exitCode)).toEqual([3, 137]);
  }, 30_000);

  it('health checks are the definition’s', async () => {
    const check = { command: ['CMD-SHELL', 'exit 0'], interval: 5, retries: 1, timeout: 2 };
    const { taskArn } = await run([part({ command: ['sleep', '100'], healthCheck: check })], 'RUNNING');
    await until('HEALTHY', () => (controlPlane.reports.get(taskArn)!.healthStatus === 'HEALTHY' ? true : undefined));
  }, 30_000);
});

describe('survival', () => {
  it('a new agent finds what the old one left; an exit in between is reported', async () => {
    const { taskArn, report } = await run([part({ command: ['sleep', '1000'] })], 'RUNNING');
    const { runtimeId } = report.containers[0]!;
    agent.stop();
    agent = await startAgent();
    await until('adopted', () => (agent.status().ready ? true : undefined));
    expect((await engine.docker.getContainer(runtimeId!).inspect()).State.Running).toBe(true);
    agent.stop();
    await engine.docker.getContainer(runtimeId!).kill();
    agent = await startAgent();
    const ended = await until('STOPPED', () => [controlPlane.reports.get(taskArn)!].find(({ status }) => status === 'STOPPED'));
    expect(ended.containers[0]).toMatchObject({ runtimeId, exitCode: 137 });
  }, 30_000);

  it('a lost state directory is rebuilt from labels', async () => {
    const { taskArn, report } = await run([part({ command: ['sleep', '1000'] })], 'RUNNING');
    agent.stop();
    rmSync(directory, { recursive: true });
    agent = await startAgent();
    const again = await until('a newer report', () =>
      [controlPlane.reports.get(taskArn)!].find(({ sequence }) => sequence > report.sequence),
    );
    expect(again).toMatchObject({ status: 'RUNNING', containers: [{ runtimeId: report.containers[0]!.runtimeId }] });
  }, 30_000);
});

const stateDirectory = () => directory;
/** The one that is in it, once there is one and it is whole. */
const newest = (parent: string): string | undefined => {
  const [name] = existsSync(parent) ? readdirSync(parent) : [];
  return name !== undefined && existsSync(join(parent, name, 'config', 'fluent.conf')) ? join(parent, name) : undefined;
};

describe('a log router', () => {
  it('has its configuration, and gets the lines of those that it routes by socket and by port', async () => {
    const router = part(
      {
        firelensConfiguration: { type: 'fluentbit' },
        stopTimeout: 1,
        script: 'cp /fluent-bit/etc/fluent-bit.conf /var/run/seen; sleep 600 | nc -l -p $((24224)) > /var/run/direct',
      },
      'log-router',
    );
    const web = part(
      {
        logConfiguration: { logDriver: 'awsfirelens', options: { Name: 'null' } },
        stopTimeout: 1,
        script: 'echo to the socket; until echo direct | nc -w 1 $FLUENT_HOST $FLUENT_PORT; do sleep 0.1; done; sleep 600',
      },
      'web',
    );
    const running = run([web, router], 'RUNNING');
    const directory = await until('its directory', () => newest(join(stateDirectory(), 'firelens')));
    const received: Buffer[] = [];
    // The image of the tests can make no socket: the receiver is here, at the place that the router would take.
    const receiver = createServer((socket) => socket.on('data', (part) => received.push(part)));
    receiver.listen(join(directory, 'socket', 'fluent.sock'));
    const { taskArn, definition } = await running;
    const text = await until('the line', () => {
      const all = Buffer.concat(received).toString('latin1');
      return all.includes('to the socket') ? all : undefined;
    });
    expect(text).toContain(`web-firelens-${taskArn.split('/').at(-1)}`);
    const inSocket = (name: string) =>
      until(
        name,
        () => (existsSync(join(directory, 'socket', name)) && readFileSync(join(directory, 'socket', name), 'utf8')) || undefined,
      );
    expect(await inSocket('seen')).toContain('Match web-firelens*');
    expect(await inSocket('direct')).toBe('direct\n');
    receiver.close();
    controlPlane.assign([entryOf(taskArn, definition, { desiredStatus: 'STOPPED' })]);
    await until('STOPPED', () => [controlPlane.reports.get(taskArn)!].find(({ status }) => status === 'STOPPED'));
    controlPlane.assign([]);
    await until('its directory is gone', () => (existsSync(directory) ? undefined : true));
  });
});
