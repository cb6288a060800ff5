import {
  ClusterNotFoundException,
  DescribeTasksCommand,
  InvalidParameterException,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
  type Task,
  paginateListTaskDefinitions,
  paginateListTasks,
  waitUntilTasksRunning,
  waitUntilTasksStopped,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type Longshore, eventually, startLongshore } from '../support/longshore.js';
import { forever, oneContainer, webWithInit } from './task-definitions.js';

/** The core of the CLI's story with the AWS SDK for JavaScript: its waiters, paginators and error classes work unmodified. */
describe('the AWS SDK for JavaScript', () => {
  let longshore: Longshore;
  const waiter = () => ({ client: longshore.ecs, maxWaitTime: 30, minDelay: 1, maxDelay: 1 });
  const run = (input: RunTaskCommandInput) => longshore.ecs.send(new RunTaskCommand(input));
  const describeTask = async (task: string): Promise<Task> =>
    (await longshore.ecs.send(new DescribeTasksCommand({ tasks: [task] }))).tasks![0]!;

  beforeAll(async () => {
    longshore = await startLongshore();
    await longshore.ecs.send(new RegisterTaskDefinitionCommand(webWithInit('web', 'made-by-init')));
    await longshore.ecs.send(new RegisterTaskDefinitionCommand(oneContainer('sleeper', forever)));
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  it('runs, watches and stops a task', async () => {
    const { tasks, failures } = await run({ taskDefinition: 'web', tags: [{ key: 'made-for', value: 'e2e' }] });
    expect(failures).toEqual([]);
    const task = tasks![0]!.taskArn!;
    await waitUntilTasksRunning(waiter(), { tasks: [task] });
    const running = await describeTask(task);
    expect(running.startedAt).toBeInstanceOf(Date);
    const [{ bindIP, hostPort }] = running.containers!.find(({ name }) => name === 'web')!.networkBindings as [
      { bindIP: string; hostPort: number },
    ];
    const page = await eventually('the page', async () => (await fetch(`http://${bindIP}:${hostPort}/`)).text());
    expect(page).toBe('made-by-init\n');
    const { tasks: described } = await longshore.ecs.send(new DescribeTasksCommand({ tasks: [task], include: ['TAGS'] }));
    expect(described![0]!.tags).toEqual([{ key: 'made-for', value: 'e2e' }]);

    await longshore.ecs.send(new StopTaskCommand({ task, reason: 'seen enough' }));
    await waitUntilTasksStopped(waiter(), { tasks: [task] });
    const stopped = await describeTask(task);
    expect(stopped).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'seen enough' });
    expect(stopped.containers!.map(({ name, exitCode }) => [name, exitCode])).toEqual([
      ['init', 0],
      ['web', 7],
    ]);
  }, 40_000);

  it('pages through tasks and task definitions without a gap or a repetition', async () => {
    const started = await run({ taskDefinition: 'sleeper', count: 5, startedBy: 'pages' });
    const wanted = started.tasks!.map(({ taskArn }) => taskArn!).toSorted();
    expect(wanted).toHaveLength(5);
    const pages: string[][] = [];
    for await (const page of paginateListTasks({ client: longshore.ecs, pageSize: 2 }, { startedBy: 'pages' }))
      pages.push(page.taskArns!);
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat().toSorted()).toEqual(wanted);
    await Promise.all(wanted.map((task) => longshore.ecs.send(new StopTaskCommand({ task }))));
    await waitUntilTasksStopped(waiter(), { tasks: wanted });

    for (const family of ['sleeper', 'sleeper', 'other'])
      await longshore.ecs.send(new RegisterTaskDefinitionCommand(oneContainer(family, 'true')));
    const definitions: string[] = [];
    for await (const page of paginateListTaskDefinitions({ client: longshore.ecs, pageSize: 1 }, {}))
      definitions.push(...page.taskDefinitionArns!.map((arn) => arn.split('/').at(-1)!));
    expect(definitions).toEqual(['other:1', 'sleeper:1', 'sleeper:2', 'sleeper:3', 'web:1']);
  }, 40_000);

  it('takes a token once: the same tasks again, and another request under it is refused', async () => {
    const request = { taskDefinition: 'sleeper', count: 2, clientToken: randomUUID(), startedBy: 'token' };
    const [first, again] = [await run(request), await run(request)];
    const arns = ({ tasks }: { tasks?: Task[] }) => tasks!.map(({ taskArn }) => taskArn);
    expect(arns(again)).toEqual(arns(first));
    expect((await longshore.ecs.send(new ListTasksCommand({ startedBy: 'token' }))).taskArns).toHaveLength(2);
    await expect(run({ ...request, count: 3 })).rejects.toThrow(/idempotent|token/i);
  });

  it('throws the classes that a program catches', async () => {
    await expect(run({ taskDefinition: 'sleeper', cluster: 'nowhere' })).rejects.toBeInstanceOf(ClusterNotFoundException);
    await expect(longshore.ecs.send(new StopTaskCommand({ task: '0'.repeat(32) }))).rejects.toBeInstanceOf(
      InvalidParameterException,
    );
    const unknown = await longshore.ecs.send(new DescribeTasksCommand({ tasks: ['0'.repeat(32)] }));
    expect(unknown.failures).toEqual([{ arn: expect.stringContaining(':task/default/000'), reason: 'MISSING' }]);
  });

  it('has the keys of a role that it assumes, which may what the role may', async () => {
    const [iam, sts] = ['iam', 'sts'].map((service) => async (text: string) => {
      const answer = await longshore.aws(text.split(' '), { service });
      return answer.stdout === '' ? answer : answer.json<any>();
    });
    const document = (statement: object) =>
      JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
    const trust = document({ Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'sts:AssumeRole' });
    const { Role } = await iam!(`create-role --role-name reader --assume-role-policy-document ${trust}`);
    const rights = document({ Action: 'ecs:List*', Resource: '*' });
    await iam!(`put-role-policy --role-name reader --policy-name lists --policy-document ${rights}`);
    const { Credentials, AssumedRoleUser } = await sts!(`assume-role --role-arn ${Role.Arn} --role-session-name story`);
    expect(AssumedRoleUser.Arn).toBe('arn:aws:sts::000000000000:assumed-role/reader/story');
    const credentials = {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
    };
    const session = longshore.client({ credentials });
    expect((await session.send(new ListTasksCommand({}))).taskArns).toBeDefined();
    await expect(session.send(new StopTaskCommand({ task: '0'.repeat(32) }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`User: ${AssumedRoleUser.Arn} is not authorized to perform: ecs:StopTask`),
    });
    const refused = await longshore.aws(['assume-role', '--role-arn', `${Role.Arn}s`, '--role-session-name', 'story'], {
      service: 'sts',
    });
    expect(refused.stderr).toContain('(AccessDenied)');
  }, 60_000);
});
