import type { Failure, Service, Task, TaskSet } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Longshore, eventually, startLongshore } from '../support/longshore.js';
import { forever, oneContainer } from './task-definitions.js';

const OF_WEB = ['--cluster', 'default', '--service', 'web'];

/** Blue and green by hand, with the AWS CLI: whoever controls the deployments makes task sets, and the scheduler runs them. */
describe('task sets', () => {
  let longshore: Longshore;
  let blue: TaskSet;
  let green: TaskSet;

  const ecs = <T = unknown>(...args: string[]) => longshore.aws(args).then((answer) => answer.json<T>());
  const refusal = async (...args: string[]) => {
    const { code, stderr } = await longshore.aws(args);
    expect(code).toBe(254);
    return stderr;
  };
  const web = async () => (await ecs<{ services: Service[] }>('describe-services', '--services', 'web')).services[0]!;
  const create = async (...args: string[]) =>
    (await ecs<{ taskSet: TaskSet }>('create-task-set', ...OF_WEB, '--task-definition', 'web', ...args)).taskSet;
  const describeTaskSets = (...ids: string[]) =>
    ecs<{ taskSets: TaskSet[]; failures: Failure[] }>('describe-task-sets', ...OF_WEB, '--task-sets', ...ids);
  const scale = (id: string, value: number) =>
    ecs('update-task-set', ...OF_WEB, '--task-set', id, '--scale', `value=${value},unit=PERCENT`);
  const steady = ({ id }: TaskSet) =>
    eventually(`${id} to be steady`, async () => {
      const [taskSet] = (await describeTaskSets(id!)).taskSets;
      return taskSet!.stabilityStatus === 'STEADY_STATE' && taskSet;
    });
  const register = () => ecs('register-task-definition', '--cli-input-json', JSON.stringify(oneContainer('web', forever)));

  beforeAll(async () => {
    // Simulated containers are as healthy as they will ever be when they run.
    process.env.LONGSHORE_SERVICE_HEALTHY_AFTER_MS = '0';
    longshore = await startLongshore('--simulate', '3');
    await register();
    await ecs('create-service', '--service-name', 'web', '--desired-count', '3', '--deployment-controller', 'type=EXTERNAL');
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  it('one at 100 % runs the desired count, each task started by it', async () => {
    blue = await create('--scale', 'value=100,unit=PERCENT', '--external-id', 'blue');
    expect(blue).toMatchObject({ status: 'ACTIVE', computedDesiredCount: 3, stabilityStatus: 'STABILIZING', externalId: 'blue' });
    expect(await steady(blue)).toMatchObject({ runningCount: 3, pendingCount: 0 });
    const { taskArns } = await ecs<{ taskArns: string[] }>('list-tasks', '--service-name', 'web');
    const { tasks } = await ecs<{ tasks: Task[] }>('describe-tasks', '--tasks', ...taskArns);
    expect(tasks.map(({ group, startedBy, lastStatus }) => ({ group, startedBy, lastStatus }))).toEqual(
      Array.from({ length: 3 }, () => ({ group: 'service:web', startedBy: blue.id, lastStatus: 'RUNNING' })),
    );
    await ecs('update-service-primary-task-set', ...OF_WEB, '--primary-task-set', blue.id!);
    expect(await web()).toMatchObject({
      deploymentController: { type: 'EXTERNAL' },
      taskDefinition: blue.taskDefinition,
      deployments: [],
      runningCount: 3,
      taskSets: [{ id: blue.id, status: 'PRIMARY' }],
    });
  }, 60_000);

  it('a second one grows beside it, takes over, and the first one goes', async () => {
    await register();
    green = await create();
    expect(green).toMatchObject({ scale: { value: 0, unit: 'PERCENT' }, computedDesiredCount: 0 });
    await scale(green.id!, 40);
    expect(await steady(green)).toMatchObject({ computedDesiredCount: 2, runningCount: 2 });
    await scale(green.id!, 100);
    expect(await steady(green)).toMatchObject({ runningCount: 3 });
    expect((await web()).runningCount).toBe(6);
    await ecs('update-service-primary-task-set', ...OF_WEB, '--primary-task-set', green.taskSetArn!);
    expect(await refusal('delete-task-set', ...OF_WEB, '--task-set', blue.id!)).toContain('scaled above 0');
    await scale(blue.id!, 0);
    await steady(blue);
    await ecs('delete-task-set', ...OF_WEB, '--task-set', blue.id!);
    await eventually('blue to be gone', async () => (await web()).taskSets!.length === 1);
    expect(await web()).toMatchObject({
      taskDefinition: green.taskDefinition,
      runningCount: 3,
      taskSets: [{ status: 'PRIMARY' }],
    });
    expect(await describeTaskSets(blue.id!)).toEqual({
      taskSets: [],
      failures: [{ arn: blue.taskSetArn, reason: 'MISSING' }],
    });
  }, 90_000);

  it('are told by the service’s events, by name', async () => {
    const events = (await web()).events!.map(({ message }) => message!);
    const { id } = green;
    expect(events).toContain(`(service web, taskSet ${id}) has reached a steady state.`);
    expect(events).toContainEqual(expect.stringContaining(`(service web, taskSet ${id}) has started 2 tasks: (task `));
  });

  it('keep the service from being deleted, unless by force', async () => {
    await ecs('update-service', '--service', 'web', '--desired-count', '0');
    expect(await refusal('delete-service', '--service', 'web')).toContain('while deployments are active');
    await ecs('delete-service', '--service', 'web', '--force');
    expect((await longshore.aws(['wait', 'services-inactive', '--services', 'web'])).code).toBe(0);
    expect(await ecs('list-tasks', '--service-name', 'web')).toEqual({ taskArns: [] });
  }, 60_000);
});
