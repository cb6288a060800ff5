import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListServiceDeploymentsCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type Service,
  type Task,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
  waitUntilServicesInactive,
  waitUntilServicesStable,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Explanation } from '#lib/ecs/explain';
import { type Longshore, eventually, startLongshore } from '../support/longshore.js';
import { oneContainer } from './task-definitions.js';

const serving = (revision: string) =>
  oneContainer('web', `trap 'exit 0' TERM; mkdir /w; echo ${revision} > /w/index.html; httpd -f -p 80 -h /w & wait`, {
    portMappings: [{ containerPort: 80 }],
  });

/** A service on real containers, with the SDK's waiters: it is made, scaled, healed, rolled out, rolled back, deleted. */
describe('a service', () => {
  let longshore: Longshore;
  const services = { services: ['web'] };
  const waiter = () => ({ client: longshore.ecs, maxWaitTime: 60, minDelay: 1, maxDelay: 1 });
  const stable = () => waitUntilServicesStable(waiter(), services);
  const web = async (): Promise<Service> => (await longshore.ecs.send(new DescribeServicesCommand(services))).services![0]!;
  const update = (input: Partial<UpdateServiceCommandInput>) =>
    longshore.ecs.send(new UpdateServiceCommand({ service: 'web', ...input }));
  const register = async (input: ReturnType<typeof oneContainer>): Promise<string> =>
    (await longshore.ecs.send(new RegisterTaskDefinitionCommand(input))).taskDefinition!.taskDefinitionArn!;
  const runningTasks = async (): Promise<Task[]> => {
    const { taskArns } = await longshore.ecs.send(new ListTasksCommand({ serviceName: 'web' }));
    if (taskArns!.length === 0) return [];
    const { tasks } = await longshore.ecs.send(new DescribeTasksCommand({ tasks: taskArns }));
    return tasks!.filter((task) => task.lastStatus === 'RUNNING' && task.desiredStatus === 'RUNNING');
  };
  const page = async (task: Task): Promise<string | undefined> => {
    const [binding] = task.containers![0]!.networkBindings!;
    const answer = await fetch(`http://${binding!.bindIP}:${binding!.hostPort}/`).catch(() => undefined);
    return (await answer?.text())?.trim();
  };
  const messages = async () => (await web()).events!.map(({ message }) => message!);

  beforeAll(async () => {
    longshore = await startLongshore();
    await register(serving('one'));
    await longshore.ecs.send(
      new CreateServiceCommand({
        serviceName: 'web',
        taskDefinition: 'web',
        desiredCount: 1,
        deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
      }),
    );
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  it('is stable when its tasks run, and follows its desired count', async () => {
    await stable();
    for (const desiredCount of [8, 2]) {
      await update({ desiredCount });
      await stable();
      expect(await runningTasks()).toHaveLength(desiredCount);
    }
    await eventually('its steady state', async () => (await messages())[0]!.endsWith('has reached a steady state.'));
  }, 120_000);

  it('replaces a container that was killed', async () => {
    const [container] = (await longshore.containers()).filter(({ running }) => running);
    await longshore.docker.getContainer(container!.id).kill();
    await eventually('the loss to be seen', async () =>
      (await runningTasks()).every((task) => task.taskArn !== container!.taskArn),
    );
    await stable();
    expect(await runningTasks()).toHaveLength(2);
  }, 60_000);

  it('rolls a revision out, and every moment some task answers', async () => {
    const second = await register(serving('two'));
    await eventually('the pages of the first', async () => (await Promise.all((await runningTasks()).map(page))).every(Boolean));
    await update({ taskDefinition: second });
    const seen = new Set<string>();
    await eventually('the second everywhere', async () => {
      const pages = (await Promise.all((await runningTasks()).map(page))).filter((text) => text !== undefined);
      expect(pages.length).toBeGreaterThan(0);
      for (const text of pages) seen.add(text);
      const { deployments } = await web();
      return deployments!.length === 1 && pages.every((text) => text === 'two');
    });
    expect([...seen].sort()).toEqual(['one', 'two']);
  }, 60_000);

  it('goes back from a revision whose containers exit', async () => {
    const good = (await web()).taskDefinition;
    const before = (await runningTasks()).map((task) => task.taskArn!).sort();
    await update({ taskDefinition: await register(oneContainer('web', 'exit 3')) });
    await eventually('the rollback', async () => {
      const { serviceDeployments } = await longshore.ecs.send(new ListServiceDeploymentsCommand({ service: 'web' }));
      return serviceDeployments![0]!.status === 'ROLLBACK_SUCCESSFUL';
    });
    await stable();
    expect((await web()).taskDefinition).toBe(good);
    expect((await runningTasks()).map((task) => task.taskArn!).sort()).toEqual(before);
    expect((await messages()).some((message) => message.includes('rolling back to deployment'))).toBe(true);
    const { serviceDeployments } = await longshore.ecs.send(
      new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [(await web()).currentServiceDeployment!] }),
    );
    expect(serviceDeployments).toMatchObject([{ deploymentCircuitBreaker: { status: 'TRIGGERED' }, rollback: {} }]);
  }, 60_000);

  it('can be explained: it, and the task that failed, now and in the past', async () => {
    const told = (await longshore.run('explain', 'service', 'web')).stdout;
    expect(told).toContain('UpdateService started deployment ecs-svc/');
    expect(told.replace(/\s+/g, ' ')).toMatch(/the scheduler ended deployment ecs-svc\/\d+ as FAILED .* went back to deployment/);
    const explained = JSON.parse((await longshore.run('explain', 'service', 'web', '--json')).stdout) as Explanation;
    const failed = explained.service!.failures.find(({ why }) => why === 'its essential container main exited with code 3')!;
    const task = failed.lastTaskArn.split('/').at(-1)!.slice(0, 12);
    const story = (await longshore.run('explain', 'task', task)).stdout;
    expect(story).toContain('1 of 1 container instances could take it at r');
    expect(story).toContain('STOPPED: Essential container in task exited (EssentialContainerExited)');
    const [, placedAt] = /r(\d+) +the scheduler placed it/.exec(story)!;
    const then = await longshore.run('explain', 'task', task, '--as-of', `ecs.r${placedAt}`);
    expect(then.stdout).toContain('\nPENDING for ');
    const missing = await longshore.run('explain', 'service', 'nobody');
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('ServiceNotFoundException: ')]);
  }, 30_000);

  it('keeps its count through kill -9 of the scheduler, the health monitor and the state store in the middle of a roll-out', async () => {
    await update({ desiredCount: 4, taskDefinition: await register(serving('three')) });
    await longshore.kill9('scheduler');
    await eventually(
      'a new task',
      async () => (await web()).deployments![0]!.pendingCount! + (await web()).deployments![0]!.runningCount! > 0,
    );
    // While what it starts is being reported.
    await longshore.kill9('health-monitor');
    await longshore.kill9('state-store');
    await longshore.ready();
    await eventually('the third everywhere', async () => {
      const { deployments, runningCount } = await web();
      return deployments!.length === 1 && deployments![0]!.rolloutState === 'COMPLETED' && runningCount === 4;
    });
    expect((await longshore.containers()).filter(({ running }) => running)).toHaveLength(4);
  }, 90_000);

  it('ends when it is deleted by force', async () => {
    await longshore.ecs.send(new DeleteServiceCommand({ service: 'web', force: true }));
    await waitUntilServicesInactive(waiter(), services);
    expect(await runningTasks()).toEqual([]);
  }, 60_000);
});
