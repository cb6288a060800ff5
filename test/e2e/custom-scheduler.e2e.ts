import {
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  ListContainerInstancesCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StartTaskCommand,
  StopTaskCommand,
  UpdateContainerInstancesStateCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type Longshore, REGION, eventually, startLongshore } from '../support/longshore.js';
import { forever, oneContainer } from './task-definitions.js';

const ROUNDS = 200;
/** A simulated instance has 16,384 MiB: four of these. */
const QUARTER_MIB = 4_096;

/** Who places by StartTask is a scheduler like Longshore's own: the state store takes from both what fits, and nothing more. */
describe('a custom scheduler', () => {
  let longshore: Longshore;
  let instance: string;
  let other: string;
  let example: ChildProcess | undefined;

  beforeAll(async () => {
    // Two schedulers, so that RunTask and StartTask mostly meet at the writer and not in one process's reservations.
    longshore = await startLongshore('--simulate', '2', '--agents', '0', '--scale', 'scheduler=2');
    await longshore.ecs.send(new RegisterTaskDefinitionCommand(oneContainer('quarter', forever, { memory: QUARTER_MIB })));
    await longshore.ecs.send(new RegisterTaskDefinitionCommand(oneContainer('eighth', forever, { memory: QUARTER_MIB / 2 })));
    const { containerInstanceArns } = await longshore.ecs.send(new ListContainerInstancesCommand({}));
    [instance, other] = containerInstanceArns as [string, string];
    await set(other, 'DRAINING');
  }, 180_000);
  afterAll(async () => {
    example?.kill();
    await longshore?.purge();
  }, 60_000);

  const set = (containerInstance: string, status: 'ACTIVE' | 'DRAINING') =>
    longshore.ecs.send(new UpdateContainerInstancesStateCommand({ containerInstances: [containerInstance], status }));

  it(`races RunTask ${ROUNDS} times for the last free slot: one wins each time, the other is told why not`, async () => {
    await longshore.ecs.send(new RunTaskCommand({ taskDefinition: 'quarter', count: 3 }));
    const start = () => longshore.ecs.send(new StartTaskCommand({ taskDefinition: 'quarter', containerInstances: [instance] }));
    const run = () => longshore.ecs.send(new RunTaskCommand({ taskDefinition: 'quarter' }));
    const wins = { start: 0, run: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      // Whoever is sent first has the better chance.
      const racing = round % 2 === 0 ? ([start(), run()] as const) : ([run(), start()] as const);
      const outcomes = await Promise.all(racing);
      const won = outcomes.flatMap(({ tasks }) => tasks!.map(({ taskArn }) => taskArn!));
      const reasons = outcomes.flatMap(({ failures }) => failures!.map(({ reason }) => reason));
      expect({ round, won: won.length, reasons }).toEqual({ round, won: 1, reasons: ['RESOURCE:MEMORY'] });
      wins[(outcomes[0].tasks!.length === 1) === (round % 2 === 0) ? 'start' : 'run']++;
      await freed(won[0]!);
    }
    // Otherwise it was no race.
    expect(Math.min(wins.start, wins.run)).toBeGreaterThan(0);
    const { containerInstances } = await longshore.ecs.send(
      new DescribeContainerInstancesCommand({ containerInstances: [instance] }),
    );
    expect(containerInstances![0]).toMatchObject({ runningTasksCount: 3, pendingTasksCount: 0 });
  }, 90_000);

  it('of a hundred lines fills the roomiest instance, and acts when one joins and when a task stops', async () => {
    example = spawn(
      process.execPath,
      [join(import.meta.dirname, '../../examples/custom-scheduler/custom-scheduler.js'), 'eighth', '4'],
      {
        env: {
          PATH: process.env.PATH,
          AWS_ENDPOINT_URL: longshore.endpoint,
          AWS_ACCESS_KEY_ID: longshore.keys.accessKeyId,
          AWS_SECRET_ACCESS_KEY: longshore.keys.secretAccessKey,
          AWS_REGION: REGION,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let said = '';
    example.stdout!.setEncoding('utf8').on('data', (text: string) => (said += text));

    // A quarter of the one is free, and the other takes nothing.
    await eventually('it has found no room for the rest', () => Promise.resolve(said.includes('no instance has room')));
    expect(await placed()).toEqual({ here: 2, there: 0 });
    await set(other, 'ACTIVE');
    await eventually('the rest is placed', async () => (await placed()).there === 2);
    const [task] = (await ownTasks()).filter(({ containerInstanceArn }) => containerInstanceArn === instance);
    await freed(task!.taskArn!);
    await eventually('its place is taken by one where more is free', async () => (await placed()).there === 3);
    expect(await placed()).toEqual({ here: 1, there: 3 });
    expect(example.exitCode).toBeNull();
  }, 40_000);

  async function ownTasks() {
    const { taskArns } = await longshore.ecs.send(new ListTasksCommand({ startedBy: 'custom-scheduler/eighth' }));
    return taskArns!.length === 0 ? [] : (await longshore.ecs.send(new DescribeTasksCommand({ tasks: taskArns }))).tasks!;
  }

  async function placed(): Promise<{ here: number; there: number }> {
    const where = (await ownTasks()).map(({ containerInstanceArn }) => containerInstanceArn);
    return { here: where.filter((arn) => arn === instance).length, there: where.filter((arn) => arn === other).length };
  }

  async function freed(task: string): Promise<void> {
    await longshore.ecs.send(new StopTaskCommand({ task }));
    await eventually(`${task} has left its slot`, async () => {
      const { tasks } = await longshore.ecs.send(new DescribeTasksCommand({ tasks: [task] }));
      return tasks![0]!.lastStatus === 'STOPPED';
    });
  }
});
