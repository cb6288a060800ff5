import {
  type ContainerInstance,
  CreateServiceCommand,
  DescribeContainerInstancesCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListContainerInstancesCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type Task,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Longshore, type TaskContainer, eventually, startLongshoreWith } from '../support/longshore.js';
import { forever, oneContainer } from './task-definitions.js';

/** Heartbeats come every second; an agent is silent after three missed ones. */
const SILENT_AFTER_MS = 4_000;
const LOST_GRACE_MS = 3_000;
const SETTINGS = { LONGSHORE_LOST_GRACE_MS: String(LOST_GRACE_MS), LONGSHORE_SERVICE_HEALTHY_AFTER_MS: '0' };
const MONITORS = ['health-monitor', 'health-monitor-2'] as const;

const arnsOf = (tasks: readonly { readonly taskArn?: string }[]) => tasks.map(({ taskArn }) => taskArn!).sort();
const idOf = (arn: string) => arn.split('/').at(-1)!;

/** Containers, agents and instances die, fall silent and come back, and so does the judge of all that. */
describe('healing', () => {
  let longshore: Longshore;

  const tasksOf = async (serviceName: string, desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING'): Promise<Task[]> => {
    const { taskArns } = await longshore.ecs.send(new ListTasksCommand({ serviceName, desiredStatus }));
    if (taskArns!.length === 0) return [];
    return (await longshore.ecs.send(new DescribeTasksCommand({ tasks: taskArns }))).tasks!;
  };
  const taskOf = async (taskArn: string): Promise<Task> =>
    (await longshore.ecs.send(new DescribeTasksCommand({ tasks: [taskArn] }))).tasks![0]!;
  const instances = async (): Promise<ContainerInstance[]> => {
    const { containerInstanceArns } = await longshore.ecs.send(new ListContainerInstancesCommand({}));
    const request = new DescribeContainerInstancesCommand({ containerInstances: containerInstanceArns });
    return (await longshore.ecs.send(request)).containerInstances!;
  };
  const messages = async (service: string): Promise<string[]> => {
    const { services } = await longshore.ecs.send(new DescribeServicesCommand({ services: [service] }));
    return services![0]!.events!.map(({ message }) => message!);
  };
  const running = async (): Promise<TaskContainer[]> => (await longshore.containers()).filter((container) => container.running);
  /** `count` tasks of the service run, each in one container, and none runs besides. */
  const settled = (service: string, count: number): Promise<Task[]> =>
    eventually(`${count} tasks of ${service}, each in one container`, async () => {
      const tasks = await tasksOf(service);
      if (tasks.length !== count || tasks.some(({ lastStatus }) => lastStatus !== 'RUNNING')) return undefined;
      const others = await tasksOf(service === 'web' ? 'checked' : 'web');
      expect(arnsOf(await running())).toEqual(arnsOf([...tasks, ...others]));
      return tasks;
    });
  /** What the judges ever said: of the journal, because what lasts for a second only is easily overlooked. */
  const verdicts = async (): Promise<string[]> => {
    const { stdout } = await longshore.run('journal', 'tail', '--json', '--no-follow', '-n', '100000');
    return stdout.split('\n').flatMap((line) => line.match(/ContainerInstanceAgentDisconnected|InfrastructureHealth/g) ?? []);
  };

  beforeAll(async () => {
    longshore = await startLongshoreWith(SETTINGS, '--agents', '2', '--scale', 'health-monitor=2');
    const healthCheck = { command: ['CMD-SHELL', 'test ! -e /sick'], interval: 5, timeout: 2, retries: 1 };
    for (const definition of [oneContainer('web', forever), oneContainer('checked', forever, { healthCheck })]) {
      await longshore.ecs.send(new RegisterTaskDefinitionCommand(definition));
      const { family } = definition;
      const desiredCount = family === 'web' ? 4 : 1;
      await longshore.ecs.send(new CreateServiceCommand({ serviceName: family, taskDefinition: family, desiredCount }));
    }
    await settled('web', 4);
    await eventually('the checked one is healthy', async () => (await tasksOf('checked'))[0]?.healthStatus === 'HEALTHY');
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  it('of a killed container: its task says how it ended, and another takes its place', async () => {
    const [victim] = await tasksOf('web');
    const { taskArn, containers } = victim!;
    await longshore.docker.getContainer(containers![0]!.runtimeId!).kill();
    const tasks = await eventually('another in its place', async () => {
      const others = (await tasksOf('web')).filter((task) => task.taskArn !== taskArn && task.lastStatus === 'RUNNING');
      return others.length === 4 && others;
    });
    expect(await taskOf(taskArn!)).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ exitCode: 137 }],
    });
    const said = await messages('web');
    expect(tasks.some((task) => said.includes(`(service web) has started 1 tasks: (task ${idOf(task.taskArn!)}).`))).toBe(true);
  }, 30_000);

  it('of an agent that dies with its containers: the next agent finds them dead', async () => {
    const [{ containerInstanceArn }] = (await tasksOf('web')) as [Task];
    const agent = await agentOf(longshore, containerInstanceArn!);
    const victims = (await running()).filter(({ instanceId }) => containerInstanceArn!.endsWith(instanceId));
    await longshore.kill9(agent);
    await Promise.all(victims.map(({ id }) => longshore.docker.getContainer(id).kill()));
    await eventually('their tasks are STOPPED', async () => {
      const tasks = await Promise.all(victims.map(({ taskArn }) => taskOf(taskArn)));
      return tasks.every(({ lastStatus, stopCode }) => lastStatus === 'STOPPED' && stopCode === 'EssentialContainerExited');
    });
    await settled('web', 4);
    expect(await verdicts()).toEqual([]);
  }, 40_000);

  it('declares nobody dead because the judges were frozen or killed', async () => {
    const before = arnsOf(await settled('web', 4));
    // First the supervisor, which would replace whom it sees frozen.
    for (const frozen of ['supervisor', ...MONITORS]) await longshore.signal(frozen, 'SIGSTOP');
    // Not a wait for something: the freeze itself, longer than silence and grace.
    await pause(SILENT_AFTER_MS + LOST_GRACE_MS + 1_000);
    for (const frozen of [...MONITORS, 'supervisor']) await longshore.signal(frozen, 'SIGCONT');
    await longshore.ready();
    const judge = await eventually('one judge', async () => {
      const judges = (await longshore.status()).processes!.filter(({ app, leader }) => app === 'health-monitor' && leader);
      return judges.length === 1 && judges[0]!.name;
    });
    await longshore.kill9(judge);
    await eventually('another judge', async () =>
      (await longshore.status()).processes!.some(({ app, leader, ready }) => app === 'health-monitor' && leader && ready),
    );
    expect(arnsOf(await settled('web', 4))).toEqual(before);
    expect(await verdicts()).toEqual([]);
  }, 60_000);

  it('of an instance that falls silent: its tasks run elsewhere, and its own end when it comes back', async () => {
    const [silent, other] = (await instances()) as [ContainerInstance, ContainerInstance];
    const arn = silent.containerInstanceArn!;
    const agent = await agentOf(longshore, arn);
    const lost = (await tasksOf('web')).filter(({ containerInstanceArn }) => containerInstanceArn === arn);
    expect(lost.length).toBeGreaterThan(0);
    // A host as a whole is silent: nobody is there to replace its agent.
    for (const frozen of ['supervisor', agent]) await longshore.signal(frozen, 'SIGSTOP');
    try {
      await eventually('it counts as disconnected', async () =>
        (await instances()).some(({ containerInstanceArn, agentConnected }) => containerInstanceArn === arn && !agentConnected),
      );
      for (const { taskArn } of lost) expect(await taskOf(taskArn!)).toMatchObject({ lastStatus: 'RUNNING' });
      const elsewhere = await eventually('four tasks on the other instance', async () => {
        const tasks = (await tasksOf('web')).filter(({ lastStatus }) => lastStatus === 'RUNNING');
        return tasks.length === 4 && tasks.every((task) => task.containerInstanceArn === other.containerInstanceArn) && tasks;
      });
      expect(elsewhere).toHaveLength(4);
      for (const { taskArn } of lost)
        expect(await taskOf(taskArn!)).toMatchObject({
          lastStatus: 'STOPPED',
          stopCode: 'InfrastructureHealth',
          stoppedReason: expect.stringMatching(/^Container instance [0-9a-f]{32} was lost: its agent was silent for \d+ s\.$/),
        });
      // Nobody can reach them: they run beside their replacements, until their instance is back.
      const strays = (await running()).filter(({ taskArn }) => lost.some((task) => task.taskArn === taskArn));
      expect(strays).toHaveLength(lost.length);
    } finally {
      for (const frozen of [agent, 'supervisor']) await longshore.signal(frozen, 'SIGCONT');
    }
    await settled('web', 4);
    await eventually('it is connected', async () => (await instances()).every(({ agentConnected }) => agentConnected));
    const there = (tasks: readonly Task[]) => tasks.filter((task) => task.containerInstanceArn === arn).length;
    await eventually('its share is back', async () => there(await settled('web', 4)) === 2);
    await longshore.ecs.send(new UpdateServiceCommand({ service: 'web', desiredCount: 6 }));
    expect(there(await settled('web', 6))).toBe(3);
  }, 60_000);

  it('of an unhealthy container: its replacement is healthy before it stops, and the reason is told', async () => {
    const [sick] = (await tasksOf('checked')) as [Task];
    const exec = await longshore.docker.getContainer(sick.containers![0]!.runtimeId!).exec({ Cmd: ['touch', '/sick'] });
    await exec.start({});
    const replacement = await eventually('a healthy replacement', async () => {
      const tasks = await tasksOf('checked');
      const old = await taskOf(sick.taskArn!);
      const healthy = tasks.find(({ taskArn, healthStatus }) => taskArn !== sick.taskArn && healthStatus === 'HEALTHY');
      if (!healthy) expect(old).toMatchObject({ lastStatus: 'RUNNING', desiredStatus: 'RUNNING' });
      return healthy;
    });
    const stopped = await eventually('the sick one has stopped', async () => {
      const task = await taskOf(sick.taskArn!);
      return task.lastStatus === 'STOPPED' && task;
    });
    expect(stopped).toMatchObject({
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: 'Task failed container health checks',
      healthStatus: 'UNHEALTHY',
    });
    const said = await messages('checked');
    expect(said).toContain(`(service checked) (task ${idOf(sick.taskArn!)}) failed container health checks.`);
    expect(said).toContain(`(service checked) has started 1 tasks: (task ${idOf(replacement.taskArn!)}).`);
  }, 40_000);

  it('leaves everything as it is when the whole control plane restarts', async () => {
    const before = arnsOf(await settled('web', 6));
    const verdictsBefore = (await verdicts()).length;
    expect((await longshore.run('down')).code).toBe(0);
    await longshore.up();
    expect(arnsOf(await settled('web', 6))).toEqual(before);
    await eventually('a judge', async () =>
      (await longshore.status()).processes!.some(({ app, leader }) => app === 'health-monitor' && leader),
    );
    expect(await verdicts()).toHaveLength(verdictsBefore);
  }, 60_000);
});

/** The supervisor's name of an instance's agent. */
async function agentOf(longshore: Longshore, containerInstanceArn: string): Promise<string> {
  const agents = (await longshore.status()).processes!.filter(({ app }) => app === 'agent');
  const instanceIdOf = ({ replica }: { replica: number }) =>
    readFileSync(join(longshore.data, 'agents', String(replica), 'instance-id'), 'utf8').trim();
  return agents.find((agent) => instanceIdOf(agent) === idOf(containerInstanceArn))!.name;
}
