import type { ContainerInstance, Failure, Task } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Keys, type Longshore, eventually, execute, startLongshore } from '../support/longshore.js';
import { IMAGE, forever, oneContainer, webWithInit } from './task-definitions.js';

type Tasks = { tasks: Task[]; failures: Failure[] };

/** What a user of the AWS CLI lives through, with the CLI that the distribution ships and containers on the machine's engine. */
describe('the AWS CLI', () => {
  let longshore: Longshore;

  const ecs = <T = unknown>(...args: string[]) => longshore.aws(args).then((answer) => answer.json<T>());
  const register = (definition: object) => ecs('register-task-definition', '--cli-input-json', JSON.stringify(definition));
  const describeTask = async (task: string) => (await ecs<Tasks>('describe-tasks', '--tasks', task)).tasks[0]!;
  const runOne = async (...args: string[]) => (await ecs<Tasks>('run-task', ...args)).tasks[0]!.taskArn!;

  beforeAll(async () => {
    longshore = await startLongshore();
    await Promise.all([
      register(webWithInit('web', 'made-by-init')),
      register(oneContainer('sleeper', forever)),
      register(oneContainer('fails', 'exit 3')),
    ]);
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  it('a task with a role is told who it is, and may do what its operator gave the role', async () => {
    const ask = (file: string, url: string) => `wget -qO /site/${file} ${url}`;
    const script = [
      'mkdir /site',
      ask('keys', 'http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'),
      ask('task', '$ECS_CONTAINER_METADATA_URI_V4/taskWithTags'),
      `trap 'exit 0' TERM; httpd -f -p 80 -h /site & wait`,
    ].join('; ');
    const roled = oneContainer('roled', script, { portMappings: [{ containerPort: 80 }] });
    await register({ ...roled, taskRoleArn: 'arn:aws:iam::012345678910:role/app' });
    const task = await runOne('--task-definition', 'roled', '--tags', 'key=team,value=blue');
    await longshore.aws(['wait', 'tasks-running', '--tasks', task]);
    const { bindIP, hostPort } = (await describeTask(task)).containers![0]!.networkBindings![0]!;
    const read = async (file: string): Promise<any> => JSON.parse(await fetchText(`http://${bindIP}:${hostPort}/${file}`));
    expect(await read('task')).toMatchObject({ TaskARN: task, Family: 'roled', TaskTags: { team: 'blue' } });

    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken } = await read('keys');
    const as = (service: string, ...args: string[]) =>
      longshore.aws(args, { service, keys: { accessKeyId, secretAccessKey, sessionToken } });
    const Arn = `arn:aws:sts::000000000000:assumed-role/app/${task.split('/').at(-1)}`;
    expect((await as('sts', 'get-caller-identity')).json()).toMatchObject({ Account: '000000000000', Arn });
    expect((await as('ecs', 'list-clusters')).stderr).toContain(`AccessDeniedException`);
    expect(await longshore.run('credentials', 'create', '--task-role', 'app', '--role', 'read')).toMatchObject({ code: 0 });
    await eventually('the role may read', async () => (await as('ecs', 'list-clusters')).code === 0, 15_000);
    expect((await as('ecs', 'create-cluster', '--cluster-name', 'no')).stderr).toContain(`User: ${Arn} is not authorized`);
    await ecs('stop-task', '--task', task);
  }, 40_000);

  describe('a task of two containers', () => {
    let task: string;
    let page: string;

    it('runs: the init container succeeds, then the web server answers on the reported port', async () => {
      task = await runOne('--task-definition', 'web');
      expect(await longshore.aws(['wait', 'tasks-running', '--tasks', task])).toMatchObject({ code: 0 });
      const { lastStatus, containers } = await describeTask(task);
      const [init, web] = containers!;
      expect({ lastStatus, init, web }).toMatchObject({
        lastStatus: 'RUNNING',
        init: { name: 'init', lastStatus: 'STOPPED', exitCode: 0 },
        web: { name: 'web', lastStatus: 'RUNNING', networkBindings: [{ containerPort: 80, protocol: 'tcp' }] },
      });
      // What stopped before is still there for a while.
      expect((await longshore.containers()).filter(({ taskArn }) => taskArn === task)).toMatchObject([
        { taskArn: task, name: 'web', running: true },
        { taskArn: task, name: 'init', running: false },
      ]);
      const { bindIP, hostPort } = web!.networkBindings![0]!;
      page = `http://${bindIP}:${hostPort}/`;
      expect(await fetchText(page)).toBe('made-by-init\n');
    }, 30_000);

    it('is listed while it shall run', async () => {
      const { taskArns } = await ecs<{ taskArns: string[] }>('list-tasks', '--family', 'web');
      expect(taskArns).toEqual([task]);
    });

    it('stops when asked: exit codes, reason and times are told, and its containers have ended', async () => {
      await ecs('stop-task', '--task', task, '--reason', 'seen enough');
      expect(await longshore.aws(['wait', 'tasks-stopped', '--tasks', task])).toMatchObject({ code: 0 });
      const stopped = await describeTask(task);
      expect(stopped).toMatchObject({
        lastStatus: 'STOPPED',
        desiredStatus: 'STOPPED',
        stopCode: 'UserInitiated',
        stoppedReason: 'seen enough',
        containers: [
          { name: 'init', exitCode: 0 },
          { name: 'web', exitCode: 7 },
        ],
      });
      const times = [stopped.createdAt, stopped.startedAt, stopped.stoppingAt, stopped.executionStoppedAt, stopped.stoppedAt];
      expect(times.map(String)).toEqual(times.map(String).toSorted());
      expect((await longshore.containers()).filter(({ taskArn, running }) => taskArn === task && running)).toEqual([]);
      await expect(fetch(page)).rejects.toThrow();
      const { taskArns } = await ecs<{ taskArns: string[] }>('list-tasks', '--family', 'web', '--desired-status', 'STOPPED');
      expect(taskArns).toEqual([task]);
    }, 30_000);

    it('is shown as it was running by the as-of endpoint, where nothing can be changed', async () => {
      const stopped = await describeTask(task);
      const between = new Date((Date.parse(String(stopped.startedAt)) + Date.parse(String(stopped.stoppingAt))) / 2);
      const endpoint = `${longshore.endpoint}/as-of/${between.toISOString()}`;
      const then = await longshore.aws(['describe-tasks', '--tasks', task], { endpoint });
      expect(then.json<Tasks>().tasks).toMatchObject([
        {
          lastStatus: 'RUNNING',
          desiredStatus: 'RUNNING',
          containers: [
            { name: 'init', lastStatus: 'STOPPED' },
            { name: 'web', lastStatus: 'RUNNING' },
          ],
        },
      ]);
      expect(then.json<Tasks>().tasks[0]).not.toHaveProperty('stoppedReason');
      const write = await longshore.aws(['stop-task', '--task', task], { endpoint });
      expect(write).toMatchObject({ code: 254, stderr: expect.stringContaining('the past cannot be changed') });
    }, 20_000);
  });

  it('tells how a task ended that ended by itself', async () => {
    const task = await runOne('--task-definition', 'fails');
    const stopped = await eventually('the task has stopped', async () => {
      const now = await describeTask(task);
      return now.lastStatus === 'STOPPED' && now;
    });
    expect(stopped).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ exitCode: 3 }],
    });
    expect(await longshore.aws(['wait', 'tasks-running', '--tasks', task])).toMatchObject({
      code: 255,
      stderr: expect.stringContaining('terminal failure'),
    });
  }, 30_000);

  describe('a task that fits nowhere', () => {
    const failuresOf = async (definition: { family: string }) => {
      await register(definition);
      const { tasks, failures } = await ecs<Tasks>('run-task', '--task-definition', definition.family);
      expect(tasks).toEqual([]);
      return failures;
    };

    it('is refused with RESOURCE:MEMORY and the figures', async () => {
      expect(await failuresOf(oneContainer('huge', forever, { memory: 900_000 }))).toEqual([
        {
          arn: expect.stringContaining(':container-instance/default/'),
          reason: 'RESOURCE:MEMORY',
          detail: expect.stringMatching(/900,?000/),
        },
      ]);
    });

    it('is refused with ATTRIBUTE and the field that asks for too much', async () => {
      const logConfiguration = {
        logDriver: 'awsfirelens',
        options: { Name: 'cloudwatch' },
      } as const;
      const definition = oneContainer('router', forever, { logConfiguration });
      const firelensConfiguration = {
        type: 'fluentbit',
        options: { 'config-file-type': 's3', 'config-file-value': 'arn:aws:s3:::b/k' },
      };
      const router = { name: 'log', image: IMAGE, memory: 16, firelensConfiguration } as const;
      const routed = { ...definition, containerDefinitions: [...definition.containerDefinitions, router] };
      expect(await failuresOf(routed)).toEqual([
        {
          arn: expect.stringContaining(':container-instance/default/'),
          reason: 'ATTRIBUTE',
          detail: expect.stringMatching(/firelens\.options\.config\.s3.*firelensConfiguration/),
        },
      ]);
    });

    it('stops with CannotPullContainerError when only its image is missing', async () => {
      await register({
        ...oneContainer('no-image', forever),
        containerDefinitions: [{ name: 'main', image: '127.0.0.1:1/none', memory: 16 }],
      });
      const task = await runOne('--task-definition', 'no-image');
      const stopped = await eventually('the task has stopped', async () => {
        const now = await describeTask(task);
        return now.lastStatus === 'STOPPED' && now;
      });
      expect(stopped).toMatchObject({
        stopCode: 'TaskFailedToStart',
        containers: [{ reason: expect.stringMatching(/^CannotPullContainerError/) }],
      });
    }, 40_000);
  });

  it('drains a container instance: its tasks stay, new ones are not placed until it is active again', async () => {
    const { containerInstanceArns } = await ecs<{ containerInstanceArns: string[] }>('list-container-instances');
    const [instance] = containerInstanceArns as [string];
    const setState = async (status: string) => {
      const args = ['--container-instances', instance, '--status', status];
      return (await ecs<{ containerInstances: ContainerInstance[] }>('update-container-instances-state', ...args))
        .containerInstances[0]!;
    };
    const before = await runOne('--task-definition', 'sleeper');
    expect(await setState('DRAINING')).toMatchObject({ status: 'DRAINING' });
    const refused = await longshore.aws(['run-task', '--task-definition', 'sleeper']);
    // ECS: no failures[] entry when nothing is there to be asked.
    expect(refused).toMatchObject({
      code: 254,
      stderr: expect.stringContaining('No Container Instances were found in your cluster.'),
    });
    expect(await setState('ACTIVE')).toMatchObject({ status: 'ACTIVE', runningTasksCount: expect.any(Number) });
    const after = await runOne('--task-definition', 'sleeper');
    await eventually('both run', async () => {
      const { tasks } = await ecs<Tasks>('describe-tasks', '--tasks', before, after);
      return tasks.every(({ lastStatus }) => lastStatus === 'RUNNING');
    });
    await Promise.all([before, after].map((task) => ecs('stop-task', '--task', task)));
  }, 40_000);

  describe('another account', () => {
    let keys: Keys;
    let ours: string;
    const theirs = (...args: string[]) => longshore.aws(args, { keys });

    beforeAll(async () => {
      keys = await longshore.createAccount('111122223333');
      ours = await runOne('--task-definition', 'sleeper');
    }, 20_000);
    afterAll(() => ecs('stop-task', '--task', ours));

    it('has nothing of its own yet and cannot see or name what is ours', async () => {
      expect((await theirs('list-clusters')).json()).toEqual({ clusterArns: [] });
      expect((await theirs('list-task-definitions')).json()).toEqual({ taskDefinitionArns: [] });
      for (const args of [
        ['list-tasks'],
        ['describe-tasks', '--tasks', ours],
        ['stop-task', '--task', ours],
        ['list-container-instances'],
      ])
        expect(await theirs(...args)).toMatchObject({ code: 254, stderr: expect.stringContaining('ClusterNotFoundException') });
      const [cluster] = (await ecs<{ clusterArns: string[] }>('list-clusters')).clusterArns as [string];
      expect((await theirs('list-tasks', '--cluster', cluster)).code).toBe(254);
      expect(await theirs('describe-task-definition', '--task-definition', 'sleeper')).toMatchObject({
        code: 254,
        stderr: expect.stringContaining('Unable to describe task definition.'),
      });
    }, 30_000);

    it('counts its own revisions, with its own account in every name', async () => {
      const definition = JSON.stringify(oneContainer('sleeper', forever));
      const { taskDefinition } = (await theirs('register-task-definition', '--cli-input-json', definition)).json<{
        taskDefinition: { taskDefinitionArn: string };
      }>();
      expect(taskDefinition.taskDefinitionArn).toBe('arn:aws:ecs:us-east-1:111122223333:task-definition/sleeper:1');
    });
  });

  describe('what is wrong is answered as AWS answers it', () => {
    const withoutMemory = `[{"name":"a","image":"${IMAGE}"}]`;

    it.each([
      ['a cluster that is not there', ['list-tasks', '--cluster', 'nowhere'], 'ClusterNotFoundException'],
      ['an operation that is not built', ['discover-poll-endpoint'], 'DiscoverPollEndpoint is not supported by Longshore yet'],
      [
        'a container without memory',
        ['register-task-definition', '--family', 'x', '--container-definitions', withoutMemory],
        "At least one of 'memory' or 'memoryReservation' must be specified",
      ],
    ])('%s', async (_what, args, message) => {
      expect(await longshore.aws(args)).toMatchObject({ code: 254, stderr: expect.stringContaining(message) });
    });

    it('a key with another key’s secret', async () => {
      const keys = { ...longshore.keys, secretAccessKey: 'not-it' };
      const answer = await longshore.aws(['list-clusters'], { keys });
      expect(answer).toMatchObject({ code: 254, stderr: expect.stringContaining('InvalidSignatureException') });
    });

    it.each([
      ['a signed request that is not JSON', 'ListClusters', '{"nextToken":', true, 'SerializationException'],
      ['a signed request with a number for a name', 'ListTasks', '{"cluster":7}', true, 'SerializationException'],
      ['a signed request for no operation of ECS', 'LaunchRocket', '{}', true, 'UnknownOperationException'],
      ['no signature', 'ListClusters', '{}', false, 'MissingAuthenticationTokenException'],
    ])('%s: a client error in JSON', async (_what, operation, body, signed, type) => {
      expect(await curl(operation, body, signed ? longshore.keys : undefined)).toMatchObject({
        status: 400,
        contentType: expect.stringContaining('application/x-amz-json-1.1'),
        body: { __type: expect.stringContaining(type), message: expect.stringMatching(/\w+/) },
      });
    });

    async function curl(operation: string, body: string, keys: Keys | undefined) {
      const signature = keys
        ? ['--aws-sigv4', 'aws:amz:us-east-1:ecs', '--user', `${keys.accessKeyId}:${keys.secretAccessKey}`]
        : [];
      const target = `x-amz-target: AmazonEC2ContainerServiceV20141113.${operation}`;
      const headers = ['-H', 'content-type: application/x-amz-json-1.1', '-H', target];
      const told = '\\n%{http_code} %{content_type}';
      const { stdout } = await execute('curl', [
        '--silent',
        '-w',
        told,
        ...signature,
        ...headers,
        '--data',
        body,
        longshore.endpoint,
      ]);
      const [, answer, status, contentType] = /^(.*)\n(\d+) (.*)$/s.exec(stdout)!;
      return { status: Number(status), contentType, body: JSON.parse(answer!) as unknown };
    }
  });
});

async function fetchText(url: string): Promise<string> {
  // The task is RUNNING when its process has started; the server inside may need a moment more to listen.
  return eventually(`${url} answers`, async () => (await fetch(url)).text(), 5_000);
}
