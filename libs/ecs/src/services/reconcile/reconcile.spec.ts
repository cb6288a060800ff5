import { describe, expect, it } from '@jest/globals';
import { rollouts, ServiceWorld, steadyWorld } from '../../../../../test/support/service-world.js';

describe('a new service', () => {
  it('places its tasks at once, spread over the instances, and is steady when they have run long enough', () => {
    const world = new ServiceWorld();
    world.create();
    expect(world.settle()).toBe(1);
    expect(new Set(world.live.map((task) => task.containerInstanceArn)).size).toBe(2);
    const [deployment] = world.service.deployments;
    for (const task of world.live) expect(task).toMatchObject({ group: 'service:web', startedBy: deployment!.id });
    world.obey();
    expect(world.settle()).toBe(0);
    world.wait(5_000);
    world.settle();
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
    expect(world.said).toEqual([
      '(service web) has started 2 tasks: (task) (task).',
      '(service web) (deployment ecs-svc/n) deployment completed.',
      '(service web) has reached a steady state.',
    ]);
  });

  it('is looked at again when the last of its tasks has run long enough, one that replaces another when the first has', () => {
    const world = new ServiceWorld();
    world.create();
    world.settle();
    const runOneByOne = () => {
      const [first, second] = world.live.filter(({ lastStatus }) => lastStatus === 'PENDING');
      world.report(first!, 'RUNNING');
      const atMs = world.now;
      world.wait(2_000);
      world.report(second!, 'RUNNING');
      return [atMs, world.now];
    };
    const [, last] = runOneByOne();
    expect(world.wakeAtMs).toBe(last! + 5_000);
    world.becomeSteady();
    world.definition();
    world.given('UpdateService', { service: 'web', taskDefinition: 'web:2' });
    world.settle();
    const [earliest] = runOneByOne();
    expect(world.wakeAtMs).toBe(earliest! + 5_000);
  });

  it('says the same again only when it was resolved meanwhile, or after six hours', () => {
    const world = new ServiceWorld();
    world.create({ desiredCount: 1 }, 1);
    world.becomeSteady();
    const [instance] = world.state.containerInstances.values();
    const other = world.definition([{ name: 'other', image: 'other', memory: 64 }], { family: 'other' });
    const complaints = () => world.said.filter((line) => line.includes('was unable to place a task'));
    const fill = (requestToken: string) => world.place(other, [instance!.containerInstanceArn], { requestToken });
    fill('before');
    world.given('UpdateService', { service: 'web', desiredCount: 40 });
    world.settle();
    expect(complaints()).toHaveLength(1);
    // Others take what is left: another number, the same complaint.
    fill('after');
    expect(world.state.containerInstances.get(instance!.containerInstanceArn)!.reserved.memoryMiB).toBe(2048);
    world.settle();
    expect(complaints()).toHaveLength(1);
    world.given('UpdateService', { service: 'web', desiredCount: 1 });
    world.becomeSteady();
    world.given('UpdateService', { service: 'web', desiredCount: 40 });
    world.settle();
    expect(complaints()).toHaveLength(2);
    world.obey();
    world.wait(6 * 60 * 60 * 1000);
    world.settle();
    expect(complaints()).toHaveLength(3);
  });

  it('says of a new deployment, too, that it finds no place', () => {
    const world = new ServiceWorld();
    world.instance();
    for (const memory of [4096, 3000]) world.definition([{ name: 'web', image: 'web', memory }]);
    world.given('CreateService', { serviceName: 'web', taskDefinition: 'web:1', desiredCount: 1 });
    world.settle();
    world.given('UpdateService', { service: 'web', taskDefinition: 'web:2' });
    world.settle();
    expect(world.said.map((line) => /needs (\d+)/.exec(line)?.[1])).toEqual(['4096', '3000']);
  });

  it('says in whose words a task found no place, once, and places it when there is room', () => {
    const world = new ServiceWorld();
    world.create({ desiredCount: 1, placementConstraints: [{ type: 'memberOf', expression: 'attribute:disk == ssd' }] }, 1);
    world.settle();
    expect(world.said).toEqual([
      expect.stringMatching(
        /^\(service web\) was unable to place a task because no container instance met all of its requirements\. The closest matching \(container-instance 1+\) encountered error "MemberOf placement constraint unsatisfied"\. It /,
      ),
    ]);
    world.given('PutAttributes', { attributes: [{ name: 'disk', value: 'ssd', targetId: '1'.repeat(32) }] });
    world.settle();
    expect(world.live).toHaveLength(1);
  });

  it.each([
    [{ memory: 999_999 }, 'has insufficient memory available'],
    [{ memory: 8, cpu: 9_999 }, 'has insufficient CPU units available'],
    [{ memory: 8, portMappings: [{ containerPort: 22, hostPort: 22 }] }, 'is already using a port required by your task'],
  ])('that finds no place for %j says what the closest instance lacks in ECS’s words', (container, shortcoming) => {
    const world = new ServiceWorld();
    world.instance('1'.repeat(32), {
      resources: { cpu: 1024, memoryMiB: 2048, gpu: 0, portsTcp: [22], portsUdp: [] },
    });
    world.definition([{ name: 'web', image: 'web', ...container }]);
    world.given('CreateService', { serviceName: 'web', taskDefinition: 'web', desiredCount: 1 });
    world.settle();
    expect(world.said[0]).toContain(`The closest matching (container-instance ${'1'.repeat(32)}) ${shortcoming}. It `);
  });

  it('places at most 100 tasks in a step', () => {
    const world = new ServiceWorld();
    world.create({ desiredCount: 250 }, 1);
    world.instance('8'.repeat(32), { resources: { cpu: 9999, memoryMiB: 999_999, gpu: 0, portsTcp: [], portsUdp: [] } });
    world.pass();
    expect(world.live).toHaveLength(100);
    world.settle();
    expect(world.live).toHaveLength(250);
  });

  it('places fewer in a step when their events would not fit into a commit', () => {
    const world = new ServiceWorld();
    world.instance('8'.repeat(32), { resources: { cpu: 9999, memoryMiB: 999_999, gpu: 0, portsTcp: [], portsUdp: [] } });
    world.definition(Array.from({ length: 10 }, (_, n) => ({ name: `c${n}`, image: 'x'.repeat(200), memory: 10 })));
    world.given('CreateService', { serviceName: 'web', taskDefinition: 'web', desiredCount: 100 });
    const sizes: number[] = [];
    for (let command = world.plan(); command; command = world.plan()) {
      const outcome = world.command('AdvanceService', command, 'scheduler');
      sizes.push(JSON.stringify('events' in outcome ? outcome.events : '').length);
    }
    expect(Math.max(...sizes)).toBeLessThan(200 * 1024);
    expect(world.live).toHaveLength(100);
  });

  it('propagates the tags it is told to, and ECS’s own', () => {
    const world = new ServiceWorld();
    world.create({ tags: [{ key: 'a', value: 'b' }], propagateTags: 'SERVICE', enableECSManagedTags: true });
    world.settle();
    expect(world.live[0]!.tags).toEqual([
      { key: 'a', value: 'b' },
      { key: 'aws:ecs:clusterName', value: 'default' },
      { key: 'aws:ecs:serviceName', value: 'web' },
    ]);
  });
});

describe('a steady service', () => {
  it('replaces a task that ended in the very next pass, under a free number and a new id', () => {
    const world = steadyWorld();
    const [lost] = world.live;
    world.exits(lost!);
    expect(world.settle()).toBe(1);
    const numbers = world.live.map((task) => task.replica!.number).sort((a, b) => a - b);
    expect(numbers).toEqual([0, 1]);
    expect(world.live.map((task) => task.taskArn)).not.toContain(lost!.taskArn);
    expect(world.service.deployments[0]!.failedTasks).toBe(0);
  });

  it('scales in from where most of its tasks are', () => {
    const world = steadyWorld({ desiredCount: 8 });
    world.given('UpdateService', { service: 'web', desiredCount: 2 });
    world.settle();
    expect(new Set(world.live.map((task) => task.containerInstanceArn)).size).toBe(2);
    expect(world.live).toHaveLength(2);
    const stopped = world.tasks.find((task) => task.desiredStatus === 'STOPPED')!;
    expect(stopped).toMatchObject({
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: `Scaling activity initiated by (deployment ${world.service.deployments[0]!.id})`,
    });
    expect(world.said.at(-1)).toMatch(/^\(service web\) has stopped 6 running tasks: /);
  });

  it('moves the tasks of an instance that drains, start first', () => {
    const world = steadyWorld();
    const [first] = world.live;
    const containerInstances = [first!.containerInstanceArn];
    world.given('UpdateContainerInstancesState', { containerInstances, status: 'DRAINING' });
    world.settle();
    expect(world.live).toHaveLength(3);
    world.becomeSteady();
    expect(world.live.every((task) => task.containerInstanceArn !== first!.containerInstanceArn)).toBe(true);
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
  });

  it('that is deleted stops its tasks and ends', () => {
    const world = steadyWorld();
    world.given('DeleteService', { service: 'web', force: true });
    world.settle();
    expect([world.live.length, world.service.status]).toEqual([0, 'DRAINING']);
    world.obey();
    world.settle();
    expect(world.service.status).toBe('INACTIVE');
  });
});
