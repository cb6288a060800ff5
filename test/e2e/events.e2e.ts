import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeTasksCommand,
  type ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PublicEvent } from '#lib/kernel';
import { askEvents, EventReader, presignedEvents, readEvents } from '../support/event-reader.js';
import { type Longshore, eventually, startLongshore } from '../support/longshore.js';
import { forever, oneContainer } from './task-definitions.js';

/** Whom the reader loses while it reads, by the number of the cut that follows. */
const KILLS: Readonly<Record<number, string>> = {
  1: 'gateway',
  3: 'state-store',
  5: 'nats-server',
  7: 'state-store-2',
  8: 'gateway',
};
const CUTS = 10;
const TASK = 'ECS Task State Change';

describe('GET /events', () => {
  let longshore: Longshore;
  /** Without the SDK's retries: the load takes what it gets. */
  let ecs: ECSClient;

  beforeAll(async () => {
    longshore = await startLongshore('--simulate', '3', '--agents', '0', '--scale', 'state-store=2');
    ecs = longshore.client({ maxAttempts: 1 });
    for (const family of ['load', 'quiet'])
      await longshore.ecs.send(new RegisterTaskDefinitionCommand(oneContainer(family, forever)));
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  const describeTasks = async (tasks: readonly string[]): Promise<Task[]> => {
    const all: Task[] = [];
    for (let from = 0; from < tasks.length; from += 100)
      all.push(...(await longshore.ecs.send(new DescribeTasksCommand({ tasks: tasks.slice(from, from + 100) }))).tasks!);
    return all;
  };
  const stopped = (tasks: readonly string[]) =>
    eventually('all tasks have stopped', async () =>
      (await describeTasks(tasks)).every(({ lastStatus }) => lastStatus === 'STOPPED'),
    );

  it(`gives a reader that is cut ${CUTS} times, with kills between, every transition once and in order`, async () => {
    const { cursor: beginning } = await askEvents(longshore, {});
    const reader = new EventReader(await presignedEvents(longshore, { after: beginning }));
    const load = startLoad();
    for (let cut = 0; cut < CUTS; cut++) {
      const victim = KILLS[cut];
      let left = 5 + Math.floor(Math.random() * 40);
      const killed = victim === undefined ? undefined : longshore.kill9(victim);
      await eventually(`${left} more events`, () => reader.read(() => --left <= 0));
      await killed;
    }
    const tasks = await load.end();
    await stopped(tasks);
    const last = (await readEvents(longshore, beginning)).at(-1)!;
    if (reader.events.at(-1)!.id !== last.id) await eventually('the last event', () => reader.read(({ id }) => id === last.id));

    expect(tasks.length).toBeGreaterThan(20);
    expect(reader.events).toEqual(await readEvents(longshore, beginning));
    const described = await describeTasks(tasks);
    const transitions = reader.events.filter((event) => event['detail-type'] === TASK);
    for (const { taskArn, version } of described) {
      const own = transitions.filter(({ resources }) => resources[0] === taskArn);
      expect({ taskArn, versions: own.map(({ detail }) => detail.version) }).toEqual({
        taskArn,
        versions: Array.from({ length: version! }, (_, index) => index + 1),
      });
      expect(own.at(-1)!.detail.lastStatus).toBe('STOPPED');
    }
  }, 120_000);

  it('gives a reader what its filters name', async () => {
    const { cursor } = await askEvents(longshore, {});
    const query = { after: cursor, group: 'family:quiet', 'detail-type': TASK };
    const reader = new EventReader(await presignedEvents(longshore, query));
    const isOver = ({ detail }: PublicEvent) => detail.lastStatus === 'STOPPED';
    const reading = reader.read(isOver);
    const run = async (taskDefinition: string) =>
      (await longshore.ecs.send(new RunTaskCommand({ taskDefinition }))).tasks![0]!.taskArn!;
    const [loud, quiet] = [await run('load'), await run('quiet')];
    for (const task of [loud, quiet]) await longshore.ecs.send(new StopTaskCommand({ task, reason: 'enough' }));
    expect(await reading).toBe(true);
    expect(new Set(reader.events.map(({ resources }) => resources[0]))).toEqual(new Set([quiet]));
    expect(reader.events.at(-1)!.detail).toMatchObject({ stoppedReason: 'enough', stopCode: 'UserInitiated' });

    const printed = await longshore.run('events', '--resource', quiet);
    expect(printed).toMatchObject({ code: 0, stderr: '' });
    const lines = printed.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(reader.events.length);
    expect(lines.at(-1)).toMatch(/^\S+Z  task        default\/[0-9a-f]{8}  .* → STOPPED  enough/);
    const json = await longshore.run('events', '--json', '--since', '1h', '--resource', `${quiet}`, '-n', '1');
    expect(JSON.parse(json.stdout)).toEqual(reader.events.at(-1));
  }, 30_000);

  it('gives nobody the events of another account', async () => {
    const { cursor } = await askEvents(longshore, {});
    const account = '222233334444';
    const strangers = await longshore.createAccount(account);
    const reader = new EventReader(await presignedEvents(longshore, { after: cursor }, strangers));
    const reading = reader.read(() => true);
    await longshore.ecs.send(new RunTaskCommand({ taskDefinition: 'quiet' }));
    const client = longshore.client({ credentials: strangers });
    await client.send(new CreateClusterCommand({}));
    await client.send(new RegisterTaskDefinitionCommand(oneContainer('theirs', forever)));
    await client.send(new CreateServiceCommand({ serviceName: 'theirs', taskDefinition: 'theirs', desiredCount: 0 }));
    expect(await reading).toBe(true);
    expect(reader.events).toEqual([expect.objectContaining({ account })]);
  }, 30_000);

  /** Tasks come and go, three at a time, until the end; then all that were acknowledged are stopped. */
  function startLoad(): { end(): Promise<string[]> } {
    const started: string[] = [];
    const stop = (task: string) => ecs.send(new StopTaskCommand({ task }));
    let isOver = false;
    const running = (async () => {
      for (let turn = 0; !isOver; turn++) {
        const run = new RunTaskCommand({ taskDefinition: 'load', count: 3, clientToken: `load-${turn}` });
        const { tasks } = await eventually(`turn ${turn} of the load`, () => ecs.send(run));
        started.push(...tasks!.map(({ taskArn }) => taskArn!));
        const oldest = started[started.length - 7];
        // Refused or not: in the end all are stopped.
        if (oldest) await stop(oldest).catch(() => undefined);
      }
    })();
    return {
      end: async () => {
        isOver = true;
        await running;
        for (const task of started) await eventually(`${task} is told to stop`, () => stop(task));
        return started;
      },
    };
  }
});
