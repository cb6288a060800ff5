import { beforeEach, describe, expect, it } from '@jest/globals';
import { CapacityWorld } from '../../../../test/support/capacity-world.js';
import type { Task } from '../model/task.js';
import { describeTask } from './describe.js';
import { planWaiting } from './place-waiting-tasks.js';

const MINUTE_MS = 60_000;

let world: CapacityWorld;
beforeEach(() => {
  world = new CapacityWorld();
  world.provider('a', { managedScaling: { status: 'ENABLED' } });
  world.provider('fixed');
  world.associate(['a', 'fixed']);
});

const now = ({ taskArn }: Task): Task => world.state.tasks.get(taskArn)!;
/** One round of the scheduler. */
const round = () => {
  for (const { placements } of planWaiting(world.state, () => 0)) world.given('PlaceWaitingTasks', { placements }, 'scheduler');
};

describe('a task that has no room on a provider with managed scaling', () => {
  it('is accepted: PROVISIONING, counted as pending, on no instance', () => {
    const [task] = world.accepted(1);
    const shown = describeTask(task!) as any;
    expect(shown).toMatchObject({
      lastStatus: 'PROVISIONING',
      desiredStatus: 'RUNNING',
      capacityProviderName: 'a',
      version: 1,
    });
    expect(shown).not.toHaveProperty('containerInstanceArn');
    expect(shown).not.toHaveProperty('waits');
    expect(world.query<any>('ListTasks', {}).taskArns).toEqual([task!.taskArn]);
    expect(world.query<any>('DescribeClusters', {}).clusters[0].pendingTasksCount).toBe(1);
    // The same request again is answered with the same tasks.
    expect(world.accepted(1).map(({ taskArn }) => taskArn)).toEqual([task!.taskArn]);
  });

  it('is accepted by no provider whose group does not grow', () => {
    expect(world.accepted(1, { provider: 'fixed' })).toEqual([]);
  });

  it('gets the place that comes, as many as fit, and goes on as any other', () => {
    const tasks = world.accepted(3);
    world.hostOf('fixed', '1');
    round();
    expect(tasks.map((task) => now(task).lastStatus)).toEqual(['PROVISIONING', 'PROVISIONING', 'PROVISIONING']);
    const host = world.hostOf('a', '2');
    round();
    const placed = tasks.map(now).filter(({ containerInstanceArn }) => containerInstanceArn === host);
    expect(placed).toHaveLength(2);
    expect(placed[0]).toMatchObject({ lastStatus: 'PENDING', version: 2, createdAt: tasks[0]!.createdAt });
    expect(world.state.containerInstances.get(host)).toMatchObject({ reserved: { memoryMiB: 2_000 }, pendingTasksCount: 2 });
    world.report(placed[0]!, 'RUNNING');
    world.report(placed[0]!, 'STOPPED');
    round();
    expect(tasks.every((task) => now(task).containerInstanceArn === host)).toBe(true);
    expect(world.state.tasks.countBy('waiting', 'yes')).toBe(0);
  });

  it('keeps the constraints of its request', () => {
    const tasks = world.accepted(2, { memory: 100, constraints: [{ type: 'distinctInstance' }] });
    world.hostOf('a', '1');
    round();
    round();
    expect(tasks.filter((task) => now(task).lastStatus === 'PENDING')).toHaveLength(1);
    world.hostOf('a', '2');
    round();
    expect(new Set(tasks.map((task) => now(task).containerInstanceArn)).size).toBe(2);
  });

  it('is placed once, whatever an older plan says', () => {
    const [task] = world.accepted(1);
    const [one, other] = [world.hostOf('a', '1'), world.hostOf('a', '2')];
    const place = (containerInstanceArn: string) =>
      world.given('PlaceWaitingTasks', { placements: [{ taskArn: task!.taskArn, containerInstanceArn }] }, 'scheduler');
    expect(place(one)).toEqual({ placed: 1 });
    expect(place(other)).toEqual({ placed: 0 });
    expect(now(task!).containerInstanceArn).toBe(one);
  });

  it('can be stopped at once, for nobody has it', () => {
    const [task] = world.accepted(1);
    world.given('StopTask', { task: task!.taskArn, reason: 'enough' });
    expect(now(task!)).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: 'enough' });
    world.hostOf('a', '1');
    round();
    expect(now(task!).lastStatus).toBe('STOPPED');
    expect(describeTask(now(task!))).not.toHaveProperty('containerInstanceArn');
  });

  it.each([
    ['no host came', undefined, 'TaskFailedToStart: EMPTY CAPACITY PROVIDER'],
    ['none has the memory', 4_000, 'TaskFailedToStart: RESOURCE:MEMORY'],
  ])('stops with ECS’s reason when %s', (_what, memory, stoppedReason) => {
    const [task] = world.accepted(1, { memory });
    if (memory) world.hostOf('a', '1');
    world.wait(14 * MINUTE_MS);
    world.given('Expire', {});
    expect(now(task!).lastStatus).toBe('PROVISIONING');
    world.wait(MINUTE_MS);
    world.given('Expire', {});
    expect(now(task!)).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart', stoppedReason });
  });

  it('may not be one of too many', () => {
    for (let request = 0; request < 50; request++) world.accepted(10, { token: `token-${request}` });
    expect(() => world.accepted(1, { token: 'more' })).toThrow('No more than 500 tasks of a cluster can wait for capacity.');
  });
});
