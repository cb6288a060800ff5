import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { type LookedAt, type Remains, remainsOf } from '../support/host-remains.js';
import { execute, eventually, type Longshore, startLongshoreWith } from '../support/longshore.js';
import { addSecondHost, type SecondHost } from '../support/second-host.js';
import { forever, IMAGE } from './task-definitions.js';

const LOST_GRACE_MS = 2_000;
/** The agent looks every ten seconds for what is over. */
const SWEPT_WITHIN_MS = 40_000;
const OWN = '~internal~ecs~pause';

const container = (name: string) => ({
  name,
  image: IMAGE,
  command: ['sh', '-c', forever],
  stopTimeout: 2,
  mountPoints: [{ sourceVolume: 'shared', containerPath: '/shared' }],
});
const of = (networkMode: 'awsvpc' | 'bridge' | 'host') => ({
  family: networkMode,
  networkMode,
  cpu: '128',
  memory: '64',
  volumes: [{ name: 'shared', dockerVolumeConfiguration: { scope: 'task' as const } }],
  containerDefinitions:
    networkMode === 'awsvpc'
      ? [container('main'), container('side')]
      : [{ ...container('main'), ...(networkMode === 'bridge' ? { portMappings: [{ containerPort: 80 }] } : {}) }],
});

/**
 * Whatever is killed, and however often: once its tasks are over a host has what it had before, counted on two hosts. The second one is a
 * network and an engine of its own, so all that is there is counted: links, addresses, rules, mounts (of namespaces, too) and processes.
 */
describe('what is left of tasks', () => {
  let longshore: Longshore;
  let second: SecondHost;
  let hosts: Readonly<Record<'here' | 'there', { readonly arn: string; readonly looked: LookedAt }>>;
  let subnet: string;
  let before: Readonly<Record<'here' | 'there', Remains>>;
  const cli = async (service: string, text: string) => (await longshore.aws(text.split(' '), { service })).json<any>();
  const network = () => `--network-configuration awsvpcConfiguration={subnets=[${subnet}]}`;

  const looked = (data: string, rest: Omit<LookedAt, 'data' | 'state' | 'instanceId'>): LookedAt => {
    const [agent] = readdirSync(join(data, 'agents')) as [string];
    const directory = join(data, 'agents', agent);
    const instanceId = readFileSync(join(directory, 'instance-id'), 'utf8').trim();
    return { ...rest, data, state: join(directory, 'state'), instanceId };
  };
  const remains = async () => ({ here: await remainsOf(hosts.here.looked), there: await remainsOf(hosts.there.looked) });
  const nothingMore = async () => {
    await eventually(
      'nothing more than before',
      async () => JSON.stringify(await remains()) === JSON.stringify(before),
      SWEPT_WITHIN_MS,
    ).catch(
      // Said by what differs.
      async () => expect(await remains()).toEqual(before),
    );
    expect((await cli('ec2', 'describe-network-interfaces')).NetworkInterfaces).toEqual([]);
  };
  const start = async (mode: string, host: 'here' | 'there', count: number): Promise<string[]> => {
    const input = `start-task --task-definition ${mode} --container-instances ${hosts[host].arn}`;
    const calls = Array.from({ length: count }, () => cli('ecs', mode === 'awsvpc' ? `${input} ${network()}` : input));
    return (await Promise.all(calls)).map(({ tasks, failures }) => {
      expect(failures).toEqual([]);
      return tasks[0].taskArn;
    });
  };
  const startEverywhere = async (): Promise<string[]> => {
    const wanted = (['here', 'there'] as const).flatMap((host) => [
      start('awsvpc', host, 2),
      start('bridge', host, 1),
      // A host that has joined shares its own network with nobody, unless it is told to.
      start(host === 'here' ? 'host' : 'bridge', host, 1),
    ]);
    return (await Promise.all(wanted)).flat();
  };
  const described = async (tasks: readonly string[]) =>
    (await cli('ecs', `describe-tasks --tasks ${tasks.join(' ')}`)).tasks as any[];
  const untilAll = (tasks: readonly string[], status: string) =>
    eventually(
      `${tasks.length} tasks ${status}`,
      async () => {
        const all = await described(tasks);
        const over = status === 'RUNNING' && all.find(({ lastStatus }) => lastStatus === 'STOPPED');
        if (over) throw new Error(JSON.stringify(over));
        return all.length === tasks.length && all.every(({ lastStatus }) => lastStatus === status);
      },
      60_000,
    );
  const stop = (tasks: readonly string[]) => Promise.all(tasks.map((task) => cli('ecs', `stop-task --task ${task}`)));
  const agents = async () => {
    const agent = (await second.status()).processes!.find(({ app }) => app === 'agent')!;
    process.kill(agent.process!.pid, 'SIGKILL');
    await longshore.kill9('agent');
  };
  const agentsReady = () =>
    eventually('both agents', async () => {
      await longshore.ready();
      return (await second.status()).processes!.every(({ ready }) => ready);
    });

  beforeAll(async () => {
    const environment = { LONGSHORE_LOST_GRACE_MS: String(LOST_GRACE_MS), LONGSHORE_TASK_CLEANUP_WAIT_MS: '0' };
    Object.assign(process.env, environment);
    second = await addSecondHost();
    longshore = await startLongshoreWith(environment, '--listen', second.firstAddress);
    const here = (await cli('ecs', 'list-container-instances')).containerInstanceArns[0];
    const made = await longshore.run('join-token', '--expires', '10m');
    expect(await second.run('up', '-d', '--join', made.stdout.trim())).toMatchObject({ code: 0 });
    const there = await eventually('two instances', async () =>
      (await cli('ecs', 'list-container-instances')).containerInstanceArns.find((arn: string) => arn !== here),
    );
    const { socketPath, docker } = second.engine;
    const namespace = (await second.execute('readlink', '/proc/self/ns/net')).stdout.trim();
    hosts = {
      here: {
        arn: here,
        looked: looked(longshore.data, { docker: longshore.docker, execute: (...all) => execute(all[0], all.slice(1)) }),
      },
      there: {
        arn: there,
        looked: looked(second.data, { docker, execute: (...all) => second.execute(...all), own: { socketPath, namespace } }),
      },
    };
    subnet = (await cli('ec2', 'describe-subnets')).Subnets[0].SubnetId;
    for (const mode of ['awsvpc', 'bridge', 'host'] as const)
      await longshore.ecs.send(new RegisterTaskDefinitionCommand(of(mode)));
    // What the first tasks make for all later ones stays: a bridge a VPC, images, the engine's own rules.
    const first = await startEverywhere();
    await untilAll(first, 'RUNNING');
    expect((await remains()).there.containers).toHaveLength(8);
    await stop(first);
    await untilAll(first, 'STOPPED');
    before = await eventually(
      'a host at rest',
      async () => {
        const now = await remains();
        const ofTasks = [now.here, now.there].flatMap(({ containers, groups, records }) => [containers, groups, records].flat());
        return ofTasks.length === 0 && now;
      },
      SWEPT_WITHIN_MS,
    );
  }, 240_000);
  afterAll(async () => {
    second?.heal();
    await longshore?.purge();
    await second?.remove();
  }, 120_000);

  it('is nothing when agents are killed with -9 while tasks begin, run and end', async () => {
    const tasks = await startEverywhere();
    await agents();
    await untilAll(tasks, 'RUNNING');
    await agentsReady();
    await agents();
    await agentsReady();
    await Promise.all([stop(tasks), agents()]);
    await untilAll(tasks, 'STOPPED');
    await agentsReady();
    await nothingMore();
  }, 240_000);

  it('is nothing when the processes of pause containers are killed with -9', async () => {
    const tasks = [...(await start('awsvpc', 'here', 2)), ...(await start('awsvpc', 'there', 2))];
    await untilAll(tasks, 'RUNNING');
    for (const {
      looked: { docker, instanceId },
    } of Object.values(hosts)) {
      const label = [`com.amazonaws.ecs.container-name=${OWN}`, `longshore.container-instance-id=${instanceId}`];
      for (const { Id } of await docker.listContainers({ filters: { label } }))
        process.kill((await docker.getContainer(Id).inspect()).State.Pid, 'SIGKILL');
    }
    await untilAll(tasks, 'STOPPED');
    expect((await described(tasks)).map(({ stopCode }) => stopCode)).toEqual(tasks.map(() => 'EssentialContainerExited'));
    await nothingMore();
  }, 120_000);

  it('is nothing when the registry is killed with -9 while an image is pushed', async () => {
    const { repositoryUri } = (await cli('ecr', 'create-repository --repository-name left')).repository;
    const { accessKeyId: username, secretAccessKey: password } = longshore.keys;
    const authconfig = { username, password, serveraddress: repositoryUri.split('/')[0]! };
    const image = longshore.docker.getImage(`${repositoryUri}:1`);
    const push = async () => {
      const pushed = await image.push({ authconfig });
      await new Promise<void>((resolve, reject) => {
        longshore.docker.modem.followProgress(pushed, (error) => (error ? reject(error) : resolve()));
      });
    };
    await longshore.docker.getImage(IMAGE).tag({ repo: repositoryUri, tag: '1' });
    try {
      await push();
      // Docker's registry runs from now on, once.
      before = await remains();
      const again = push().catch(() => undefined);
      await longshore.kill9('registry');
      await again;
      await longshore.ready();
      await eventually('a push', async () => {
        await push();
        return true;
      });
    } finally {
      await image.remove();
    }
    await nothingMore();
  }, 120_000);

  it('is nothing on a host that was lost and is back, and none of its addresses is held', async () => {
    const lost = await start('awsvpc', 'there', 3);
    const kept = await start('awsvpc', 'here', 1);
    await untilAll([...lost, ...kept], 'RUNNING');
    second.cut();
    await untilAll(lost, 'STOPPED');
    await eventually(
      'one interface',
      async () => (await cli('ec2', 'describe-network-interfaces')).NetworkInterfaces.length === 1,
    );
    // Nobody could tell it: there they go on.
    expect((await remains()).there.containers).toHaveLength(9);
    second.heal();
    await stop(kept);
    await untilAll(kept, 'STOPPED');
    await nothingMore();
  }, 180_000);

  it('is nothing at all when both hosts are given up', async () => {
    await untilAll(await startEverywhere(), 'RUNNING');
    expect((await second.run('down', '--purge', '--yes')).code).toBe(0);
    const there = await remainsOf(hosts.there.looked);
    expect({ ...there, links: undefined, mounts: undefined, processes: undefined }).toMatchObject({
      containers: [],
      volumes: [],
      groups: [],
      records: [],
    });
    expect(there.rules!.filter((rule) => rule.includes('longshore-'))).toEqual([]);
    expect(there.links!.filter((link) => /veth on lsvpc|lsv[xp]/.test(link))).toEqual([]);
    await longshore.purge();
    expect(await remainsOf(hosts.here.looked)).toEqual({
      containers: [],
      volumes: [],
      groups: [],
      records: [],
      rules: [],
      processes: [],
    });
  }, 120_000);
});
