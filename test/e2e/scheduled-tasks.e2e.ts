import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, type Longshore, startLongshore } from '../support/longshore.js';
import { oneContainer } from './task-definitions.js';

/** Rules of EventBridge and schedules of its Scheduler with the AWS CLI, on real containers. */
describe('what runs tasks by the clock', () => {
  let longshore: Longshore;
  const run = async (service: string, ...args: string[]) => (await longshore.aws(args, { service })).json<any>();
  const tasksOf = async (starter: string): Promise<readonly any[]> => {
    const startedBy = ['list-tasks', '--started-by', starter, '--desired-status'];
    const arns = (await Promise.all(['RUNNING', 'STOPPED'].map((status) => run('ecs', ...startedBy, status)))).flatMap(
      ({ taskArns }) => taskArns as string[],
    );
    return arns.length === 0 ? [] : (await run('ecs', 'describe-tasks', '--tasks', ...arns)).tasks;
  };

  beforeAll(async () => {
    longshore = await startLongshore('--scale', 'autoscaler=2');
    const { containerDefinitions } = oneContainer('report', 'exit 1');
    const definitions = ['--container-definitions', JSON.stringify(containerDefinitions)];
    await run('ecs', 'register-task-definition', '--family', 'report', ...definitions);
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  const arn = (resource: string) => `arn:aws:ecs:us-east-1:000000000000:${resource}`;

  it('a rule runs its tasks each minute, once, also when the autoscaler that was to do it is killed; what cannot run is told', async () => {
    const target = {
      Id: 'report',
      Arn: arn('cluster/default'),
      EcsParameters: { TaskDefinitionArn: arn('task-definition/report') },
      Input: JSON.stringify({ containerOverrides: [{ name: 'main', command: ['sh', '-c', 'exit 7'] }] }),
    };
    const missing = { ...target, Id: 'missing', EcsParameters: { TaskDefinitionArn: arn('task-definition/none:1') } };
    const { RuleArn } = await run('events', 'put-rule', '--name', 'minutes', '--schedule-expression', 'rate(1 minute)');
    await run('events', 'put-targets', '--rule', 'minutes', '--targets', JSON.stringify([target, missing]));
    expect((await run('events', 'describe-rule', '--name', 'minutes')).Arn).toBe(RuleArn);
    await eventually(
      'the first task has run',
      async () => (await tasksOf('events-rule/minutes'))[0]?.lastStatus === 'STOPPED',
      120_000,
    );
    const [first] = await tasksOf('events-rule/minutes');
    expect(first).toMatchObject({ startedBy: 'events-rule/minutes', containers: [{ exitCode: 7 }] });
    await longshore.kill9('autoscaler');
    await eventually('the second task has run', async () => (await tasksOf('events-rule/minutes')).length >= 2, 120_000);
    await run('events', 'disable-rule', '--name', 'minutes');
    const { stdout } = await longshore.run('events', '--since', '10m', '--json');
    const told = stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
      .filter(({ resources }) => resources[0] === RuleArn);
    const started = told.filter(({ detail }) => detail.status === 'Started');
    expect(told.filter((event) => event['detail-type'] === 'Scheduled Event')).toHaveLength(started.length);
    const arns = started.flatMap(({ detail }) => detail.taskArns as string[]);
    expect(new Set(arns)).toEqual(new Set((await tasksOf('events-rule/minutes')).map(({ taskArn }) => taskArn)));
    expect(new Set(arns).size).toBe(arns.length);
    expect(told).toContainEqual(
      expect.objectContaining({ detail: expect.objectContaining({ targetId: 'missing', status: 'Retrying' }) }),
    );
    await run('events', 'remove-targets', '--rule', 'minutes', '--ids', 'report', 'missing');
    await run('events', 'delete-rule', '--name', 'minutes');
    expect((await run('events', 'list-rules')).Rules).toEqual([]);
  }, 300_000);

  it('a schedule of one moment runs its task then, by the clocks of its time zone; it goes with its group', async () => {
    const target = {
      Arn: arn('cluster/default'),
      RoleArn: 'arn:aws:iam::000000000000:role/scheduler',
      EcsParameters: { TaskDefinitionArn: arn('task-definition/report') },
    };
    await run('scheduler', 'create-schedule-group', '--name', 'reports');
    // Five hours and a half ahead, all year.
    const due = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 5_000);
    const there = new Date(due.getTime() + 19_800_000).toISOString().slice(0, 19);
    const once = ['--name', 'once', '--group-name', 'reports', '--flexible-time-window', 'Mode=OFF'];
    const expression = ['--schedule-expression', `at(${there})`, '--schedule-expression-timezone', 'Asia/Kolkata'];
    await run('scheduler', 'create-schedule', ...once, ...expression, '--target', JSON.stringify(target));
    const read = await run('scheduler', 'get-schedule', '--name', 'once', '--group-name', 'reports');
    expect(read).toMatchObject({ ScheduleExpression: `at(${there})`, State: 'ENABLED' });
    const tasks = () => tasksOf('chronos-schedule/once');
    await eventually('its task has run', async () => (await tasks())[0]?.lastStatus === 'STOPPED', 60_000);
    const [task, ...others] = await tasks();
    expect(others).toEqual([]);
    const lateMs = Date.parse(task.createdAt) - due.getTime();
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThan(20_000);
    await run('scheduler', 'delete-schedule-group', '--name', 'reports');
    expect((await run('scheduler', 'list-schedules')).Schedules).toEqual([]);
  }, 120_000);
});
