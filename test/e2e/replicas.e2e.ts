import {
  DescribeTasksCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  ListContainerInstancesCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  TagResourceCommand,
  UpdateContainerInstancesStateCommand,
  waitUntilTasksRunning,
  waitUntilTasksStopped,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { INSTANCE_LABEL, type Longshore, eventually, startLongshore } from '../support/longshore.js';
import { webWithInit } from './task-definitions.js';

/** "Costs at most this much of writes". */
const WRITES_AWAY_AT_MOST_MS = 5_000;

describe('two schedulers, two state stores, three agents on one host', () => {
  let longshore: Longshore;
  /** No retries: a failure counts. */
  let ecs: ECSClient;
  let definition: string;
  let tasks: string[];
  const waiter = () => ({ client: longshore.ecs, maxWaitTime: 30, minDelay: 1, maxDelay: 1 });
  const describeTasks = async (arns: string[]) => (await ecs.send(new DescribeTasksCommand({ tasks: arns }))).tasks!;
  const run = (count: number) =>
    ecs.send(new RunTaskCommand({ taskDefinition: 'web', count, placementStrategy: [{ type: 'spread', field: 'instanceId' }] }));

  beforeAll(async () => {
    longshore = await startLongshore('--scale', 'scheduler=2,state-store=2', '--agents', '3');
    ecs = longshore.client({ maxAttempts: 1 });
    const { taskDefinition } = await ecs.send(new RegisterTaskDefinitionCommand(webWithInit('web', 'made-by-init')));
    definition = taskDefinition!.taskDefinitionArn!;
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  it('are three container instances, and one state store leads', async () => {
    const { containerInstanceArns } = await ecs.send(new ListContainerInstancesCommand({}));
    expect(containerInstanceArns).toHaveLength(3);
    const { processes } = await longshore.status();
    expect(processes!.map(({ name, app, ready }) => ready && (app === 'agent' || name))).toEqual([
      'nats-server',
      // Those that answer clients start first.
      'state-store',
      'state-store-2',
      'gateway',
      'victoria-metrics',
      'scheduler',
      'scheduler-2',
      'health-monitor',
      'load-balancer',
      'log-aggregator',
      'secrets',
      'network',
      'registry',
      'autoscaler',
      true,
      true,
      true,
    ]);
    expect(processes!.filter(({ app, leader }) => app === 'state-store' && leader)).toHaveLength(1);
  });

  it('run the same story: three tasks spread over three instances, each with its own address', async () => {
    tasks = (await run(3)).tasks!.map(({ taskArn }) => taskArn!);
    await waitUntilTasksRunning(waiter(), { tasks });
    const running = await describeTasks(tasks);
    expect(new Set(running.map(({ containerInstanceArn }) => containerInstanceArn)).size).toBe(3);
    const bindings = running.map(({ containers }) => containers!.find(({ name }) => name === 'web')!.networkBindings![0]!);
    expect(new Set(bindings.map(({ bindIP }) => bindIP)).size).toBe(3);
    for (const { bindIP, hostPort } of bindings) {
      const page = await eventually('the page', async () => (await fetch(`http://${bindIP}:${hostPort}/`)).text());
      expect(page).toBe('made-by-init\n');
    }
    expect((await longshore.containers()).filter((container) => container.running)).toHaveLength(3);
  }, 40_000);

  it('place elsewhere what a draining instance would have got', async () => {
    const [{ containerInstanceArn: drained }] = (await describeTasks(tasks)) as [{ containerInstanceArn: string }];
    const set = (status: 'DRAINING' | 'ACTIVE') =>
      ecs.send(new UpdateContainerInstancesStateCommand({ containerInstances: [drained], status }));
    await set('DRAINING');
    const placed = (await run(4)).tasks!;
    expect(placed).toHaveLength(4);
    expect(placed.map(({ containerInstanceArn }) => containerInstanceArn)).not.toContain(drained);
    await set('ACTIVE');
    tasks.push(...placed.map(({ taskArn }) => taskArn!));
  });

  it('lose at most 5 s of writes and no read when the leading state store is killed', async () => {
    const until = { over: false };
    const written: number[] = [performance.now()];
    const reads: string[] = [];
    const writing = (async () => {
      for (let n = 0; !until.over; n++) {
        const tags = [{ key: 'n', value: String(n) }];
        await ecs.send(new TagResourceCommand({ resourceArn: definition, tags })).then(
          () => written.push(performance.now()),
          () => undefined,
        );
      }
    })();
    const reading = (async () => {
      while (!until.over)
        reads.push(
          await ecs.send(new DescribeTasksCommand({ tasks })).then(
            ({ tasks: described }) => `${described!.length} tasks`,
            (error: unknown) => String(error),
          ),
        );
    })();
    const { processes } = await longshore.status();
    const leader = processes!.find(({ app, leader: leads }) => app === 'state-store' && leads)!.name;
    const [writesBefore, readsBefore] = [written.length, reads.length];
    await longshore.kill9(leader);
    const newLeader = await eventually('the other one leads', async () => {
      const now = (await longshore.status()).processes!.find(({ app, leader: leads }) => app === 'state-store' && leads);
      return now?.name !== leader && now?.name;
    });
    const writesAfter = written.length;
    await eventually('writes and reads go on', () =>
      Promise.resolve(written.length > writesAfter + 5 && reads.length > readsBefore + 5),
    );
    await longshore.ready();
    until.over = true;
    await Promise.all([writing, reading]);

    expect({ leader, newLeader }).toEqual({ leader, newLeader: leader === 'state-store' ? 'state-store-2' : 'state-store' });
    expect(writesBefore).toBeGreaterThan(1);
    const gaps = written.slice(1).map((at, index) => at - written[index]!);
    expect(Math.max(...gaps)).toBeLessThan(WRITES_AWAY_AT_MOST_MS);
    expect(new Set(reads)).toEqual(new Set([`${tasks.length} tasks`]));
    // What was acknowledged is still there.
    const { tags } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: definition, include: ['TAGS'] }));
    expect(tags).toHaveLength(1);
  }, 60_000);

  it('stop what they run, whoever leads', async () => {
    await Promise.all(tasks.map((task) => ecs.send(new StopTaskCommand({ task }))));
    await waitUntilTasksStopped(waiter(), { tasks });
    expect((await longshore.containers()).filter((container) => container.running)).toEqual([]);
  }, 40_000);

  it('leave nothing on the engine after down --purge, not even the volumes of running tasks', async () => {
    const { tasks: left } = await run(3);
    await waitUntilTasksRunning(waiter(), { tasks: left!.map(({ taskArn }) => taskArn!) });
    const instanceIds = [...new Set((await longshore.containers()).map(({ instanceId }) => instanceId))];
    const onEngine = async () => {
      const filters = { label: [INSTANCE_LABEL] };
      const [containers, { Volumes: volumes }] = await Promise.all([
        longshore.docker.listContainers({ all: true, filters }),
        longshore.docker.listVolumes({ filters }),
      ]);
      const labels = [...containers, ...(volumes ?? [])].map(({ Labels }) => Labels[INSTANCE_LABEL]!);
      return labels.filter((label) => instanceIds.includes(label)).length;
    };
    expect(await onEngine()).toBeGreaterThanOrEqual(9);
    await longshore.purge();
    expect(await onEngine()).toBe(0);
  }, 60_000);
});
