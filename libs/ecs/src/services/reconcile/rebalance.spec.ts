import { describe, expect, it } from '@jest/globals';
import {
  nextRevision,
  rollouts,
  SERVICE_ARN,
  type ServiceWorld,
  steadyWorld,
} from '../../../../../test/support/service-world.js';

const id = (n: number) => String(n).repeat(32);
const setStatus = (world: ServiceWorld, n: number, status: string) =>
  world.given('UpdateContainerInstancesState', { containerInstances: [id(n)], status });
/** Live tasks by host, as `2 2 0`. */
const spread = (world: ServiceWorld) =>
  [...world.state.containerInstances.values()]
    .map(({ containerInstanceArn: arn }) => world.live.filter((task) => task.containerInstanceArn === arn).length)
    .join(' ');
/** The agent registers again with a zone. */
function putZone(world: ServiceWorld, n: number, value: string): void {
  const { attributes } = [...world.state.containerInstances.values()].find(({ instanceId }) => instanceId === id(n))!;
  world.instance(id(n), { attributes: [...attributes, { name: 'ecs.availability-zone', value }] as never });
}

/** Everything on the first of two hosts, the second one just back. */
function lopsided(more: object = {}): ServiceWorld {
  const world = steadyWorld({ desiredCount: 4, ...more });
  setStatus(world, 2, 'DRAINING');
  world.becomeSteady();
  setStatus(world, 2, 'ACTIVE');
  return world;
}

const said = (world: ServiceWorld) => world.said.slice(world.said.findLastIndex((line) => / is not /.test(line)));

describe('rebalancing', () => {
  it('moves tasks to an instance that is back, start first, and then has nothing to do', () => {
    const world = lopsided();
    expect(spread(world)).toBe('4 0');
    expect(world.settle()).toBe(1);
    expect(spread(world)).toBe('4 2');
    world.obey();
    expect(world.settle()).toBe(0);
    world.wait(5_000);
    world.settle();
    expect(spread(world)).toBe('2 2');
    world.becomeSteady();
    expect(world.settle()).toBe(0);
    expect(said(world)).toEqual([
      `(service web) is not balanced over its container instances, with 4 tasks in ${id(1)}, 0 tasks in ${id(2)}. Rebalancing in progress.`,
      '(service web) has started 2 tasks to rebalance: (task) (task).',
      '(service web) has stopped 2 running tasks due to rebalancing: (task) (task).',
      '(service web) has finished rebalancing.',
      '(service web) has reached a steady state.',
    ]);
  });

  it('takes in an instance that joins', () => {
    const world = steadyWorld({ desiredCount: 6 });
    world.instance(id(3));
    world.becomeSteady();
    expect(spread(world)).toBe('2 2 2');
  });

  it('plans its moves between hundreds of places without comparing each with each', () => {
    const hosts = 300;
    const world = steadyWorld({
      desiredCount: 32,
      placementStrategy: [{ type: 'spread', field: 'attribute:rack' }],
    });
    const { attributes } = [...world.state.containerInstances.values()][0]!;
    for (let n = 0; n < hosts; n++) {
      world.instance(String(1_000 + n).padStart(32, '0'), {
        attributes: [...attributes, { name: 'rack', value: `rack-${n}` }] as never,
      });
    }
    const began = performance.now();
    expect(world.settle()).toBeGreaterThan(0);
    // Compared with each other, 300 places take 90,000 questions a move.
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('leaves a difference of one as it is', () => {
    const world = steadyWorld({ desiredCount: 2 });
    world.instance(id(3));
    expect(world.settle()).toBe(0);
  });

  it('evens out the zones first, in ECS’s words', () => {
    const world = steadyWorld({ desiredCount: 4 }, 3);
    for (const [n, name] of [
      [1, 'eu-1a'],
      [2, 'eu-1a'],
      [3, 'eu-1b'],
    ] as const)
      putZone(world, n, name);
    world.becomeSteady();
    setStatus(world, 3, 'DRAINING');
    world.becomeSteady();
    setStatus(world, 3, 'ACTIVE');
    world.becomeSteady();
    expect(spread(world)).toBe('1 1 2');
    expect(said(world)).toEqual([
      '(service web) is not AZ balanced with 4 tasks in eu-1a, 0 tasks in eu-1b. AZ Rebalancing in progress.',
      '(service web) has started 2 tasks in eu-1b to AZ Rebalance: (task) (task).',
      '(service web) has stopped 2 running tasks in eu-1a due to AZ rebalancing: (task) (task).',
      '(service web) is AZ balanced with 2 tasks in eu-1a, 2 tasks in eu-1b.',
      '(service web) has reached a steady state.',
    ]);
  });

  it('goes by what maximumPercent leaves, a few at a time', () => {
    const world = lopsided({ deploymentConfiguration: { maximumPercent: 125 } });
    world.settle();
    expect(spread(world)).toBe('4 1');
    world.becomeSteady();
    expect(spread(world)).toBe('2 2');
  });

  it.each([
    { availabilityZoneRebalancing: 'DISABLED' },
    { deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 50 } },
    { placementStrategy: [{ type: 'binpack', field: 'memory' }] },
  ])('does nothing for a service %j', (more: object) => {
    const world = lopsided(more);
    expect(world.settle()).toBe(0);
    expect(world.service.availabilityZoneRebalancing).toBe('DISABLED');
  });

  it('waits for the end of a deployment', () => {
    const world = lopsided();
    nextRevision(world);
    world.settle();
    world.obey();
    expect(world.settle()).toBe(0);
    expect(rollouts(world)[0]).toBe('PRIMARY IN_PROGRESS');
    expect(world.said.some((line) => line.includes('balance'))).toBe(false);
    world.becomeSteady();
    expect(spread(world)).toBe('2 2');
  });

  it('moves nothing to where the constraints or the resources have no place', () => {
    const resources = { cpu: 2048, memoryMiB: 64, gpu: 0, portsTcp: [], portsUdp: [] };
    const full = steadyWorld({ desiredCount: 4 }, 1);
    full.instance(id(2), { resources });
    expect(full.settle()).toBe(0);
    const placementConstraints = [{ type: 'memberOf', expression: 'attribute:disk !exists' }];
    const world = steadyWorld({ desiredCount: 4, placementConstraints }, 1);
    world.instance(id(2), {
      attributes: [...world.state.containerInstances.values()][0]!.attributes.concat({ name: 'disk' }) as never,
    });
    expect(world.settle()).toBe(0);
  });

  it('leaves protected tasks where they are', () => {
    const world = lopsided();
    const tasks = world.live.slice(0, 3).map(({ taskArn }) => taskArn);
    world.given('UpdateTaskProtection', { cluster: 'default', tasks, protectionEnabled: true });
    world.becomeSteady();
    expect(spread(world)).toBe('3 1');
  });

  it('keeps what runs when the new task fails, and lets a failure pass before it tries again', () => {
    const world = lopsided();
    world.settle();
    const before = world.live.filter(({ lastStatus }) => lastStatus === 'RUNNING');
    for (const task of world.live) if (task.lastStatus === 'PENDING') world.failsToStart(task);
    expect(world.settle()).toBe(1);
    world.wait(60_000);
    expect(world.settle()).toBe(0);
    expect(world.live.map(({ taskArn }) => taskArn)).toEqual(before.map(({ taskArn }) => taskArn));
    expect(world.service.deployments[0]!.rolloutState).toBe('COMPLETED');
    world.wait(5 * 60_000);
    world.becomeSteady();
    expect(spread(world)).toBe('2 2');
  });

  it('gives way to a scale-in, a scale-out and a task that ends meanwhile', () => {
    for (const desiredCount of [1, 4, 6]) {
      const world = lopsided();
      world.settle();
      world.given('UpdateService', { service: 'web', desiredCount });
      world.exits(world.live.find(({ lastStatus }) => lastStatus === 'RUNNING')!);
      world.becomeSteady();
      expect(world.live).toHaveLength(desiredCount);
      expect(Math.abs(Number(spread(world).split(' ')[0]) - Number(spread(world).split(' ')[1]))).toBeLessThanOrEqual(1);
    }
  });

  it('is given up in the one step of a scale-in that takes one of the pair', () => {
    const world = lopsided();
    world.settle();
    world.obey();
    world.given('UpdateService', { service: 'web', desiredCount: 2 });
    expect(world.settle()).toBe(1);
    expect(world.live).toHaveLength(2);
  });

  it('is the writer’s to judge: a move that it would not make is not made', () => {
    const world = lopsided();
    const plan = world.plan()!;
    const wrong = plan.placements.map((placement) => ({ ...placement, replaces: undefined }));
    expect(world.given<any>('AdvanceService', { ...plan, placements: wrong }, 'scheduler')).toMatchObject({
      placed: 0,
      stale: 2,
    });
    const elsewhere = plan.placements.map((placement) => ({
      ...placement,
      containerInstanceArn: world.live[0]!.containerInstanceArn,
    }));
    expect(world.given<any>('AdvanceService', { ...plan, placements: elsewhere }, 'scheduler')).toMatchObject({
      placed: 0,
      stale: 2,
    });
    expect(world.given<any>('AdvanceService', plan, 'scheduler')).toMatchObject({ placed: 2, stale: 0 });
    expect(world.given<any>('AdvanceService', plan, 'scheduler')).toMatchObject({ placed: 0, stale: 2 });
  });

  it('is on for new services that can do it, and refused where it never could', () => {
    const world = steadyWorld();
    expect(world.query<any>('DescribeServices', { services: [SERVICE_ARN] }).services[0].availabilityZoneRebalancing).toBe(
      'ENABLED',
    );
    const more = { availabilityZoneRebalancing: 'ENABLED', placementStrategy: [{ type: 'random' }] };
    expect(world.command('UpdateService', { service: 'web', ...more })).toMatchObject({
      rejection: { message: expect.stringContaining('whose first placement strategy, if it has one, is spread') },
    });
  });
});
