import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SERVICE_ARN } from '../../../../../test/support/service-world.js';
import { TaskSetWorld } from '../../../../../test/support/task-set-world.js';
import { computedDesiredCount } from './task-sets.js';

function steadyWorld(more: object = {}, hosts?: number) {
  const world = new TaskSetWorld();
  world.create(more, hosts);
  const blue = world.taskSet();
  world.becomeSteady();
  return { world, blue };
}

describe('a task set', () => {
  it('is steady at once when it is to run nothing', () => {
    const world = new TaskSetWorld();
    world.create();
    const id = world.taskSet(0);
    expect(world.settle()).toBe(1);
    expect(world.of(id)).toMatchObject({ stabilityStatus: 'STEADY_STATE' });
    expect(world.live).toHaveLength(0);
  });

  it('places its share of the desired count, spread, as tasks of the service started by the task set', () => {
    const world = new TaskSetWorld();
    world.create();
    const id = world.taskSet(50);
    expect(world.settle()).toBe(1);
    expect(new Set(world.live.map((task) => task.containerInstanceArn)).size).toBe(2);
    for (const task of world.live) expect(task).toMatchObject({ group: 'service:web', startedBy: id, launchType: 'EC2' });
    world.obey();
    expect(world.settle()).toBe(0);
    expect(world.of(id)!.stabilityStatus).toBe('STABILIZING');
    world.wait(5_000);
    world.settle();
    const { stabilityStatus, stabilityStatusAt, createdAt } = world.of(id)!;
    expect(stabilityStatus).toBe('STEADY_STATE');
    expect(Date.parse(stabilityStatusAt) - Date.parse(createdAt)).toBeGreaterThanOrEqual(5_000);
    expect(world.said).toEqual([
      '(service web, taskSet ecs-svc/n) has started 2 tasks: (task) (task).',
      '(service web, taskSet ecs-svc/n) has reached a steady state.',
    ]);
    expect(world.state.services.get(SERVICE_ARN)!.deployments).toEqual([]);
  });

  it('says to event subscribers that it is steady as a task set', () => {
    const world = new TaskSetWorld();
    world.create({ desiredCount: 0 });
    world.taskSet();
    const outcome = world.command('AdvanceService', world.plan()!, 'scheduler') as { events: readonly object[] };
    expect(outcome.events).toContainEqual(
      expect.objectContaining({
        type: 'ServiceMessageAdded',
        data: expect.objectContaining({ action: expect.objectContaining({ eventName: 'TASKSET_STEADY_STATE' }) }),
      }),
    );
  });

  it('has a launch type of its own, which the service shows when it is the primary one', () => {
    const world = new TaskSetWorld();
    world.create({ desiredCount: 1 });
    const id = world.taskSet(100, { launchType: 'EXTERNAL' });
    world.settle();
    expect(world.live[0]!.launchType).toBe('EXTERNAL');
    expect(world.service.launchType).toBe('EC2');
    world.promote(id);
    expect(world.service.launchType).toBe('EXTERNAL');
  });

  it('stabilizes again when a task of it ends, which is replaced', () => {
    const { world, blue } = steadyWorld();
    const before = world.of(blue)!.stabilityStatusAt;
    world.exits(world.live[0]!);
    expect(world.settle()).toBe(1);
    expect(world.of(blue)!.stabilityStatus).toBe('STABILIZING');
    expect(world.liveOf(blue)).toHaveLength(4);
    world.becomeSteady();
    expect(world.of(blue)!.stabilityStatusAt > before).toBe(true);
  });

  it('follows the desired count of its service and its own scale, and is not steady from the moment of the change', () => {
    const { world, blue } = steadyWorld();
    world.given('UpdateService', { service: 'web', desiredCount: 8 });
    expect(world.of(blue)!.stabilityStatus).toBe('STABILIZING');
    world.becomeSteady();
    expect(world.liveOf(blue)).toHaveLength(8);
    world.scale(blue, 30);
    expect(world.of(blue)!.stabilityStatus).toBe('STABILIZING');
    world.becomeSteady();
    expect(world.liveOf(blue)).toHaveLength(3);
    expect(world.tasks.length).toBe(3);
    // 29 % of 8 is 3, too.
    world.scale(blue, 29);
    expect(world.of(blue)!.stabilityStatus).toBe('STEADY_STATE');
    expect(world.settle()).toBe(0);
  });

  it('replaces none of another: blue and green run side by side, whatever maximumPercent says', () => {
    const { world, blue } = steadyWorld({ deploymentConfiguration: { maximumPercent: 100 } });
    world.definition();
    const green = world.taskSet(100);
    world.becomeSteady();
    expect([world.liveOf(blue).length, world.liveOf(green).length]).toEqual([4, 4]);
    world.promote(green);
    expect(world.settle()).toBe(0);
    expect(world.service.taskDefinitionArn).toMatch(/web:2$/);
    world.scale(blue, 0);
    world.becomeSteady();
    world.remove(blue);
    world.settle();
    expect(world.taskSets.map(({ id }) => id)).toEqual([green]);
    expect(world.live).toHaveLength(4);
    expect(world.said.filter((line) => line.includes('stopped 4 running tasks'))).toHaveLength(1);
  });

  it('that is deleted by force stops its tasks and is gone when they are', () => {
    const { world, blue } = steadyWorld();
    const green = world.taskSet(25);
    world.becomeSteady();
    world.remove(blue, true);
    world.settle();
    expect(world.liveOf(blue)).toHaveLength(0);
    expect(world.of(blue)).toMatchObject({ status: 'DRAINING', stabilityStatus: 'STABILIZING' });
    world.obey();
    world.settle();
    expect(world.taskSets.map(({ id }) => id)).toEqual([green]);
    expect(world.liveOf(green)).toHaveLength(1);
  });

  it('finds no room without keeping another from the room that there is', () => {
    const world = new TaskSetWorld();
    world.create({ desiredCount: 1 });
    world.definition([{ name: 'web', image: 'web', memory: 4096 }]);
    const large = world.taskSet(100);
    const small = world.taskSet(100, { taskDefinition: 'web:1' });
    world.settle();
    expect([world.liveOf(large).length, world.liveOf(small).length]).toEqual([0, 1]);
    world.obey();
    world.wait(5_000);
    world.settle();
    expect(world.of(small)!.stabilityStatus).toBe('STEADY_STATE');
    expect(world.said).toContainEqual(
      // To the end: another task set is nothing that this one replaces.
      expect.stringMatching(/^\(service web, taskSet ecs-svc\/n\) was unable to place a task because .*\(RESOURCE:MEMORY\)$/),
    );
    expect(world.settle()).toBe(0);
  });

  it('whose tasks never start is throttled by itself, and says so', () => {
    const { world, blue } = steadyWorld({ desiredCount: 1 });
    world.definition();
    const green = world.taskSet();
    for (let round = 0; round < 2; round++) {
      world.settle();
      for (const task of world.liveOf(green)) world.failsToStart(task);
    }
    world.settle();
    expect([world.liveOf(blue).length, world.liveOf(green).length]).toEqual([1, 0]);
    expect(world.said.at(-1)).toBe('(service web, taskSet ecs-svc/n) is unable to consistently start tasks successfully.');
    world.wait(60_000);
    world.becomeSteady();
    expect(world.of(green)).toMatchObject({ launchFailures: 0, failedTasks: 0 });
  });

  it('moves its tasks from an instance that drains, and is steady when they have moved', () => {
    const { world, blue } = steadyWorld();
    world.given('UpdateContainerInstancesState', { containerInstances: ['1'.repeat(32)], status: 'DRAINING' });
    world.settle();
    expect(world.of(blue)!.stabilityStatus).toBe('STABILIZING');
    world.becomeSteady();
    expect(world.live.every((task) => task.containerInstanceArn.endsWith('2'.repeat(32)))).toBe(true);
  });

  it('starts nothing in the place of a task whose stop waits for the stops of another', () => {
    const { world, blue } = steadyWorld({
      desiredCount: 1,
      deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 },
    });
    const green = world.taskSet();
    world.becomeSteady();
    const containerInstances = [world.liveOf(green)[0]!.containerInstanceArn];
    world.given('UpdateContainerInstancesState', { containerInstances, status: 'DRAINING' });
    world.scale(blue, 0);
    while (world.pass()) expect(world.liveOf(green).length).toBeLessThanOrEqual(1);
    world.becomeSteady();
    expect(world.liveOf(green)[0]!.containerInstanceArn).not.toBe(containerInstances[0]);
  });

  it('keeps a protected task until its protection ends', () => {
    const { world, blue } = steadyWorld({ desiredCount: 1 });
    const [task] = world.live;
    world.given('UpdateTaskProtection', {
      cluster: 'default',
      tasks: [task!.taskArn],
      protectionEnabled: true,
      expiresInMinutes: 1,
    });
    world.scale(blue, 0);
    world.settle();
    expect(world.live).toHaveLength(1);
    expect(world.said.at(-1)).toContain('was unable to scale in. Reason: The number of protected tasks');
    world.wait(61_000);
    world.becomeSteady();
    expect(world.live).toHaveLength(0);
  });
});

describe('a service with task sets', () => {
  it('that is deleted by force ends with them', () => {
    const { world } = steadyWorld();
    world.taskSet(50);
    world.settle();
    world.given('DeleteService', { service: 'web', force: true });
    world.settle();
    expect(world.live).toHaveLength(0);
    expect(world.said.slice(-2).map((line) => line.replace(/: .*/, ''))).toEqual([
      '(service web, taskSet ecs-svc/n) has stopped 4 running tasks',
      '(service web, taskSet ecs-svc/n) has stopped 2 running tasks',
    ]);
    world.obey();
    world.settle();
    expect(world.service.status).toBe('INACTIVE');
    expect(world.state.taskSets.size).toBe(0);
  });

  const happening = fc.oneof(
    { weight: 5, arbitrary: fc.tuple(fc.constant('obey' as const), fc.constant(0)) },
    { weight: 4, arbitrary: fc.tuple(fc.constant('wait' as const), fc.integer({ min: 1, max: 8_000 })) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('exit' as const), fc.nat(20)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('failsToStart' as const), fc.nat(20)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('desire' as const), fc.nat(6)) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('scale' as const), fc.nat(100)) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('make' as const), fc.nat(100)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('promote' as const), fc.nat(5)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('remove' as const), fc.nat(5)) },
  );

  it('comes to rest with each at its share, whatever happens, and never starts more than that', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 25 }), (happenings) => {
        const world = new TaskSetWorld();
        world.create({ deploymentConfiguration: { maximumPercent: 100 } }, 3);
        const step = () => {
          for (let passes = 0; passes < 50; passes++) {
            const before = new Map(world.taskSets.map(({ id }) => [id, world.liveOf(id).length]));
            if (!world.pass()) return;
            for (const taskSet of world.taskSets) {
              const live = world.liveOf(taskSet.id).length;
              if (live > before.get(taskSet.id)!) expect(live).toBeLessThanOrEqual(computedDesiredCount(world.service, taskSet));
            }
          }
          throw new Error('no rest');
        };
        for (const [what, parameter] of happenings) {
          step();
          const changeable = world.taskSets.filter(({ status }) => status !== 'DRAINING');
          const taskSet = changeable[parameter % changeable.length];
          const task = world.live[parameter % world.live.length];
          if (what === 'obey') world.obey();
          else if (what === 'wait') world.wait(parameter);
          else if (what === 'desire') world.given('UpdateService', { service: 'web', desiredCount: parameter });
          else if (what === 'make' && world.taskSets.length < 5) world.taskSet(parameter);
          else if (what === 'scale' && taskSet) world.scale(taskSet.id, parameter);
          else if (what === 'promote' && taskSet) world.promote(taskSet.id);
          else if (what === 'remove' && taskSet) world.remove(taskSet.id, true);
          else if (what === 'exit' && task) world.exits(task);
          else if (what === 'failsToStart' && task?.lastStatus === 'PENDING') world.failsToStart(task);
        }
        world.wait(60_000);
        world.becomeSteady();
        expect(world.taskSets.filter(({ status }) => status === 'PRIMARY').length).toBeLessThanOrEqual(1);
        for (const taskSet of world.taskSets) {
          expect(world.liveOf(taskSet.id)).toHaveLength(computedDesiredCount(world.service, taskSet));
        }
        expect(world.tasks).toHaveLength(world.live.length);
      }),
      { numRuns: 100 },
    );
  });
});
