import {
  CreateServiceCommand,
  type ContainerInstance,
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  ListContainerInstancesCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  StartTaskCommand,
  StopTaskCommand,
  type Task,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Longshore, eventually, startLongshore } from '../support/longshore.js';
import { addSecondHost, type SecondHost } from '../support/second-host.js';
import { oneContainer } from './task-definitions.js';

const LOST_GRACE_MS = 2_000;
/** Container's `stopTimeout` of task-definitions.ts. */
const STOP_MS = 2_000;
/** A cut link is noticed after two pings of 5 s, and what was being sent then is tried again after seconds of TCP's own. */
const RECONNECT_MS = 12_000;

const page = `trap 'exit 0' TERM; mkdir /w; echo here > /w/index.html; httpd -f -p 80 -h /w & wait`;

/** Two hosts: this machine, and a network namespace with an engine and an agent of its own, joined by one link. */
describe('a second host', () => {
  let longshore: Longshore;
  let second: SecondHost;
  let token: string;
  /** Instance ARNs. */
  let first: string;
  let joined: string;

  const instances = async (): Promise<ContainerInstance[]> => {
    const { containerInstanceArns } = await longshore.ecs.send(new ListContainerInstancesCommand({}));
    const described = await longshore.ecs.send(
      new DescribeContainerInstancesCommand({ containerInstances: containerInstanceArns! }),
    );
    return described.containerInstances!;
  };
  const agentConnected = async (arn: string) =>
    (await instances()).find((instance) => instance.containerInstanceArn === arn)!.agentConnected;
  const tasks = async (desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING'): Promise<Task[]> => {
    const { taskArns } = await longshore.ecs.send(new ListTasksCommand({ desiredStatus }));
    if (taskArns!.length === 0) return [];
    return (await longshore.ecs.send(new DescribeTasksCommand({ tasks: taskArns }))).tasks!;
  };
  const on = (all: readonly Task[], instance: string) => all.filter((task) => task.containerInstanceArn === instance);
  const arns = (all: readonly Task[]) => all.map((task) => task.taskArn!).toSorted();
  const runningOn = async (host: Pick<SecondHost, 'containers'>) =>
    (await host.containers())
      .filter(({ running }) => running)
      .map(({ taskArn }) => taskArn)
      .toSorted();
  /** So many run, and each engine has just the containers of its own. */
  const settled = (here: number, there: number, timeoutMs = 30_000) =>
    eventually(
      `${here} tasks here, ${there} there, and their containers`,
      async () => {
        const all = await tasks();
        if (all.some((task) => task.lastStatus !== 'RUNNING')) return false;
        const [onFirst, onSecond] = [on(all, first), on(all, joined)];
        if (onFirst.length !== here || onSecond.length !== there || all.length !== here + there) return false;
        expect(await runningOn(longshore)).toEqual(arns(onFirst));
        expect(await runningOn(second)).toEqual(arns(onSecond));
        return all;
      },
      timeoutMs,
    );

  beforeAll(async () => {
    process.env.LONGSHORE_LOST_GRACE_MS = String(LOST_GRACE_MS);
    second = await addSecondHost();
    longshore = await startLongshore('--listen', second.firstAddress);
    first = (await instances())[0]!.containerInstanceArn!;
    await longshore.ecs.send(
      new RegisterTaskDefinitionCommand(oneContainer('web', page, { portMappings: [{ containerPort: 80 }] })),
    );
  }, 180_000);
  afterAll(async () => {
    // Whatever failed: the link is whole again before both sides clean up.
    second?.heal();
    await longshore?.purge();
    await second?.remove();
  }, 120_000);

  it('joins with one command and one token, and both hosts say so', async () => {
    const made = await longshore.run('join-token', '--expires', '10m');
    expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('It is a secret') });
    token = made.stdout.trim();
    const up = await second.run('up', '-d', '--join', token);
    expect(up).toMatchObject({ code: 0, stdout: expect.stringContaining('This host is the container instance') });
    const { joined: identity, processes } = await second.status();
    expect(processes).toMatchObject([{ name: 'agent', ready: true }]);
    const found = await eventually('two instances', async () => {
      const all = await instances();
      return all.length === 2 && all.every((instance) => instance.agentConnected) && all;
    });
    joined = found.find((instance) => instance.containerInstanceArn !== first)!.containerInstanceArn!;
    expect(joined.endsWith(identity!.instanceId)).toBe(true);
    const { stdout } = await longshore.run('status');
    expect(stdout).toMatch(new RegExp(`${second.address}\\s+${identity!.instanceId}\\s+default\\s+connected`));
  }, 60_000);

  it('has its share of a service, at its own address', async () => {
    await longshore.ecs.send(
      new CreateServiceCommand({
        serviceName: 'web',
        taskDefinition: 'web',
        desiredCount: 4,
        placementStrategy: [{ type: 'spread', field: 'instanceId' }],
      }),
    );
    const all = await settled(2, 2);
    for (const task of on(all, joined)) {
      const [binding] = task.containers![0]!.networkBindings!;
      expect(binding!.bindIP).toBe(second.address);
      expect(await (await fetch(`http://${second.address}:${binding!.hostPort}/`)).text()).toBe('here\n');
    }
  }, 60_000);

  it('is replaced when its link is cut, and gives up what it ran when the link heals', async () => {
    const before = on(await tasks(), joined);
    second.cut();
    await eventually('its silence', async () => !(await agentConnected(joined)), 15_000);
    const replaced = await eventually('four tasks here', async () => {
      const here = on(await tasks(), first).filter((task) => task.lastStatus === 'RUNNING');
      return here.length === 4 && here;
    });
    const lost = (await tasks('STOPPED')).filter((task) => arns(before).includes(task.taskArn!));
    expect(arns(lost)).toEqual(arns(before));
    expect(on(await tasks(), joined)).toEqual([]);
    // Nobody could tell it: over there everything goes on.
    expect(await runningOn(second)).toEqual(arns(before));
    const noConnection = async () => (await second.run('status')).stdout.includes('no connection to the control plane');
    await eventually('its own status to say why', noConnection, RECONNECT_MS + 5_000);

    second.heal();
    const healedAtMs = performance.now();
    await eventually(
      'the strays to end',
      async () => !(await runningOn(second)).some((taskArn) => arns(before).includes(taskArn)),
      RECONNECT_MS + LOST_GRACE_MS + STOP_MS,
    );
    expect(performance.now() - healedAtMs).toBeLessThan(RECONNECT_MS + LOST_GRACE_MS + STOP_MS);
    await eventually('its agent', () => agentConnected(joined));
    // With the host back two of the replacements move there: not the ones from before.
    const moved = await settled(2, 2);
    expect(on(moved, first).every((task) => arns(replaced).includes(task.taskArn!))).toBe(true);
    expect(on(moved, joined).some((task) => arns(before).includes(task.taskArn!))).toBe(false);
    // No task ever had two containers, here or there.
    const everywhere = [...(await longshore.containers()), ...(await second.containers())].map(({ taskArn }) => taskArn);
    expect(new Set(everywhere).size).toBe(everywhere.length);
  }, 90_000);

  it('takes new work afterwards', async () => {
    await longshore.ecs.send(new UpdateServiceCommand({ service: 'web', desiredCount: 6 }));
    await settled(3, 3);
  }, 60_000);

  it('keeps its tasks and its identity over down and up', async () => {
    const before = await runningOn(second);
    expect(await second.run('down')).toMatchObject({ code: 0, stdout: expect.stringContaining('Running tasks go on') });
    expect(await runningOn(second)).toEqual(before);
    expect((await second.run('up', '-d')).code).toBe(0);
    await eventually('its agent', () => agentConnected(joined));
    expect(await instances()).toHaveLength(2);
    await settled(3, 3);
  }, 60_000);

  it('needs no second joining, and a control plane cannot join', async () => {
    const again = await second.run('up', '-d', '--join', token);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('joined already') });
    const withControlPlane = await longshore.run('up', '-d', '--join', token);
    expect(withControlPlane).toMatchObject({ code: 1, stderr: expect.stringContaining('--join is for another machine') });
  }, 60_000);

  it('takes a new user while it runs, with a token that is made for it', async () => {
    const { joined: identity, processes: before } = await second.status();
    const made = await longshore.run('join-token', '--again', identity!.instanceId);
    const up = await second.run('up', '-d', '--join', made.stdout.trim());
    expect(up).toMatchObject({ code: 0, stdout: expect.stringContaining('with its new user') });
    const { processes: after } = await second.status();
    expect(after).toMatchObject([{ name: 'agent', ready: true }]);
    expect(after![0]!.process!.pid).not.toBe(before![0]!.process!.pid);
    await settled(3, 3);
  }, 60_000);

  it('pulls an image of the own registry, under the name that it has on the first host', async () => {
    const made = await longshore.aws(['create-repository', '--repository-name', 'web'], { service: 'ecr' });
    const { repositoryUri } = made.json<{ repository: { repositoryUri: string } }>().repository;
    const image = `${repositoryUri}:1`;
    await longshore.docker.getImage('longshore/hello').tag({ repo: repositoryUri, tag: '1' });
    try {
      const { accessKeyId: username, secretAccessKey: password } = longshore.keys;
      const authconfig = { username, password, serveraddress: repositoryUri.split('/')[0]! };
      const pushed = await longshore.docker.getImage(image).push({ authconfig });
      await new Promise<void>((resolve, reject) => {
        longshore.docker.modem.followProgress(pushed, (error) => (error ? reject(error) : resolve()));
      });
    } finally {
      await longshore.docker.getImage(image).remove();
    }
    const containerDefinitions = [{ name: 'own', image, memory: 16 }];
    await longshore.ecs.send(new RegisterTaskDefinitionCommand({ family: 'own', containerDefinitions }));
    const started = await longshore.ecs.send(new StartTaskCommand({ taskDefinition: 'own', containerInstances: [joined] }));
    const { taskArn } = started.tasks![0]!;
    const described = async () => (await longshore.ecs.send(new DescribeTasksCommand({ tasks: [taskArn!] }))).tasks![0]!;
    const running = await eventually('it runs there', async () => {
      const task = await described();
      expect(task.containers![0]!.reason).toBeUndefined();
      return task.lastStatus === 'RUNNING' && task;
    });
    expect(running.containers![0]!.imageDigest).toMatch(/^sha256:/);
    await longshore.ecs.send(new StopTaskCommand({ task: taskArn! }));
    await eventually('it has stopped', async () => (await described()).lastStatus === 'STOPPED');
  }, 60_000);

  it('is shut out when it is revoked, and its next up says so', async () => {
    const { joined: identity } = await second.status();
    expect((await longshore.run('hosts', 'revoke', identity!.instanceId)).code).toBe(0);
    await eventually('its silence', async () => !(await agentConnected(joined)), 15_000);
    await eventually('six tasks here', async () => on(await tasks(), first).length === 6);
    const said = async () => (await second.run('status')).stdout.includes('The first host refuses this one');
    await eventually('its own status to say so', said);
    expect((await second.run('down')).code).toBe(0);
    expect(await second.run('up', '-d')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('The first host refuses this one'),
    });
  }, 60_000);
});
