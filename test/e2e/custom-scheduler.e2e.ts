import {
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  ListContainerInstancesCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StartTaskCommand,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Longshore, eventually, startLongshore } from '../support/longshore.js';
import { forever, oneContainer } from './task-definitions.js';

const ROUNDS = 200;
/** A simulated instance has 16,384 MiB: four of these. */
const QUARTER_MIB = 4_096;

/** Who places by StartTask is a scheduler like Longshore's own: the state store takes from both what fits, and nothing more. */
describe('a custom scheduler', () => {
  let longshore: Longshore;
  let instance: string;

  beforeAll(async () => {
    // Two schedulers, so that RunTask and StartTask mostly meet at the writer and not in one process's reservations.
    longshore = await startLongshore('--simulate', '1', '--agents', '0', '--scale', 'scheduler=2');
    await longshore.ecs.send(new RegisterTaskDefinitionCommand(oneContainer('quarter', forever, { memory: QUARTER_MIB })));
    [instance] = (await longshore.ecs.send(new ListContainerInstancesCommand({}))).containerInstanceArns as [string];
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

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

  async function freed(task: string): Promise<void> {
    await longshore.ecs.send(new StopTaskCommand({ task }));
    await eventually(`${task} has left its slot`, async () => {
      const { tasks } = await longshore.ecs.send(new DescribeTasksCommand({ tasks: [task] }));
      return tasks![0]!.lastStatus === 'STOPPED';
    });
  }
});
