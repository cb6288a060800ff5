import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nextRevision, revisions, rollouts, SERVICE_ARN, ServiceWorld } from '../../../../../test/support/service-world.js';
import { countsOf } from './service-counts.js';

const DAEMON = { schedulingStrategy: 'DAEMON', desiredCount: undefined };
const id = (n: number) => String(n).repeat(32);

function daemonWorld(more: object = {}, hosts = 3): ServiceWorld {
  const world = new ServiceWorld();
  world.given('CreateCluster', {});
  world.create({ ...DAEMON, ...more }, hosts);
  return world;
}

function steadyDaemon(more: object = {}, hosts = 3): ServiceWorld {
  const world = daemonWorld(more, hosts);
  world.becomeSteady();
  return world;
}

const hostsOf = (world: ServiceWorld) => world.live.map((task) => task.containerInstanceArn.slice(-1)).sort();
const described = (world: ServiceWorld) => world.query<any>('DescribeServices', { services: ['web'] }).services[0];
const arnOf = (world: ServiceWorld, n: number) =>
  [...world.state.containerInstances.values()].find(({ instanceId }) => instanceId === id(n))!.containerInstanceArn;
const setStatus = (world: ServiceWorld, n: number, status: string) =>
  world.given('UpdateContainerInstancesState', { containerInstances: [arnOf(world, n)], status });
const setConnected = (world: ServiceWorld, n: number, connected: boolean) =>
  world.given('SetAgentConnectivity', { containerInstanceArns: [arnOf(world, n)], connected }, 'health-monitor');
const rounds = (world: ServiceWorld, count = 5) => {
  for (let round = 0; round < count; round++) {
    world.settle();
    world.obey();
    world.wait(5_000);
  }
  world.settle();
};

describe('a daemon service', () => {
  it('runs one task on every instance, and wants as many as there are', () => {
    const world = daemonWorld();
    expect(world.settle()).toBe(1);
    expect(hostsOf(world)).toEqual(['1', '2', '3']);
    world.becomeSteady();
    expect(described(world)).toMatchObject({
      schedulingStrategy: 'DAEMON',
      desiredCount: 3,
      runningCount: 3,
      placementStrategy: [],
      deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 },
      deployments: [{ desiredCount: 3, rolloutState: 'COMPLETED' }],
    });
  });

  it('is steady with nothing to run on, and comes to each new instance at once', () => {
    const world = steadyDaemon({}, 0);
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
    world.instance(id(7));
    world.settle();
    expect(hostsOf(world)).toEqual(['7']);
  });

  it('goes where required attributes and constraints admit it, and leaves where they do no more', () => {
    const placementConstraints = [{ type: 'memberOf', expression: 'attribute:disk == ssd' }];
    const world = steadyDaemon({ placementConstraints });
    expect(described(world).desiredCount).toBe(0);
    world.given('PutAttributes', { attributes: [1, 2].map((n) => ({ name: 'disk', value: 'ssd', targetId: id(n) })) });
    world.becomeSteady();
    expect(hostsOf(world)).toEqual(['1', '2']);
    world.given('DeleteAttributes', { attributes: [{ name: 'disk', targetId: id(2) }] });
    world.settle();
    expect(hostsOf(world)).toEqual(['1']);
    expect(world.said.at(-1)).toBe(
      '(service web) has stopped 1 running tasks: (task), because their container instances no longer meet the placement constraints or required attributes.',
    );
  });

  it('is not driven away by its own tasks', () => {
    const expression = 'not(task:group == service:web) and runningTasksCount < 1';
    const world = steadyDaemon({ placementConstraints: [{ type: 'memberOf', expression }] });
    rounds(world);
    expect(hostsOf(world)).toEqual(['1', '2', '3']);
  });

  it('replaces a task that ended on the same instance', () => {
    const world = steadyDaemon();
    const [lost] = world.live;
    world.exits(lost!);
    expect(world.settle()).toBe(1);
    expect(hostsOf(world)).toEqual(['1', '2', '3']);
    expect(world.live.map(({ taskArn }) => taskArn)).not.toContain(lost!.taskArn);
  });

  it('says which instance has no room for it, and goes there when there is', () => {
    const world = daemonWorld({}, 1);
    const resources = { cpu: 2048, memoryMiB: 64, gpu: 0, portsTcp: [], portsUdp: [] };
    world.instance(id(2), { resources });
    world.settle();
    expect(hostsOf(world)).toEqual(['1']);
    expect(described(world).desiredCount).toBe(2);
    expect(world.said.at(-1)).toMatch(
      /was unable to place a task .*container-instance 2+\) has insufficient memory available.*RESOURCE:MEMORY/,
    );
    world.instance(id(2), { resources: { ...resources, memoryMiB: 512 } });
    world.settle();
    expect(hostsOf(world)).toEqual(['1', '2']);
  });

  it('leaves an instance that drains after the replicas on it, and comes back with it', () => {
    const world = steadyDaemon();
    world.given('CreateService', { serviceName: 'api', taskDefinition: 'web', desiredCount: 1, healthyAfterMs: 0 });
    const api = SERVICE_ARN.replace('web', 'api');
    const deploymentId = world.state.services.get(api)!.deployments[0]!.id;
    const placements = [{ replica: 0, attempt: 0, containerInstanceArn: arnOf(world, 1) }];
    world.given('AdvanceService', { serviceArn: api, deploymentId, placements }, 'scheduler');
    const [replica] = [...world.state.tasks.by('service', api)];
    setStatus(world, 1, 'DRAINING');
    expect(world.settle()).toBe(0);
    expect(described(world).desiredCount).toBe(2);
    world.report(replica!, 'STOPPED', { stopCode: 'EssentialContainerExited', stoppedReason: 'done' });
    world.settle();
    expect(hostsOf(world)).toEqual(['2', '3']);
    world.becomeSteady();
    setStatus(world, 1, 'ACTIVE');
    world.becomeSteady();
    expect(hostsOf(world)).toEqual(['1', '2', '3']);
  });

  it('wants nothing of an instance that was given up as lost, until it is back', () => {
    const world = steadyDaemon();
    const containerInstanceArn = arnOf(world, 1);
    setConnected(world, 1, false);
    expect(world.settle()).toBe(0);
    world.given('DeclareInstanceLost', { containerInstanceArn, silentMs: 15_000 }, 'health-monitor');
    world.becomeSteady();
    expect([hostsOf(world), described(world).desiredCount]).toEqual([['2', '3'], 2]);
    setConnected(world, 1, true);
    world.becomeSteady();
    expect(hostsOf(world)).toEqual(['1', '2', '3']);
  });

  it('that is deleted needs no force', () => {
    const world = steadyDaemon();
    world.given('DeleteService', { service: 'web' });
    rounds(world, 2);
    expect(world.service.status).toBe('INACTIVE');
    expect(described(world).desiredCount).toBe(0);
  });
});

describe('the roll-out of a daemon', () => {
  it('stops first, then starts, on each instance, and never runs two on one', () => {
    const world = steadyDaemon();
    nextRevision(world);
    world.settle();
    expect(world.live).toHaveLength(0);
    world.obey();
    world.settle();
    expect(revisions(world.live)).toBe('222');
    world.becomeSteady();
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
  });

  it('keeps the minimum running', () => {
    const world = steadyDaemon({ deploymentConfiguration: { minimumHealthyPercent: 60 } }, 4);
    nextRevision(world);
    let least = Infinity;
    for (let round = 0; round < 20; round++) {
      world.settle();
      // ceil(60 % of 4)
      least = Math.min(least, world.live.filter(({ lastStatus }) => lastStatus === 'RUNNING').length);
      world.obey();
      world.wait(2_500);
    }
    expect(least).toBe(3);
    expect(revisions(world.live)).toBe('2222');
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
  });

  it('waits for an instance that is silent and goes on with the others, down to the same minimum', () => {
    const world = steadyDaemon({ deploymentConfiguration: { minimumHealthyPercent: 50 } }, 4);
    setConnected(world, 1, false);
    nextRevision(world);
    world.settle();
    expect(hostsOf(world)).toEqual(['1', '4']);
    rounds(world);
    expect(hostsOf(world)).toEqual(['1', '2', '3', '4']);
    expect(revisions(world.live)).toBe('1222');
    expect(world.service.deployments[0]!.rolloutState).toBe('IN_PROGRESS');
    setConnected(world, 1, true);
    world.becomeSteady();
    expect(revisions(world.live)).toBe('2222');
  });

  it('that its minimum makes impossible says so', () => {
    const world = steadyDaemon({ deploymentConfiguration: { minimumHealthyPercent: 90 } });
    nextRevision(world);
    world.settle();
    expect(world.said.at(-1)).toMatch(/Update the minimumHealthyPercent or maximumPercent value.*With 3 desired tasks/);
  });

  it('is rolled back by the circuit breaker', () => {
    const deploymentCircuitBreaker = { enable: true, rollback: true };
    const world = steadyDaemon({ deploymentConfiguration: { minimumHealthyPercent: 50, deploymentCircuitBreaker } });
    nextRevision(world);
    for (let round = 0; round < 20 && world.service.taskDefinitionArn!.endsWith(':2'); round++) {
      world.settle();
      for (const task of world.tasks) {
        if (task.desiredStatus === 'STOPPED') world.report(task, 'STOPPED');
        else if (task.taskDefinitionArn.endsWith(':2')) world.failsToStart(task);
      }
      world.wait(60_000);
    }
    world.becomeSteady();
    expect(revisions(world.live)).toBe('111');
  });
});

describe('what a daemon does not have', () => {
  it.each([
    [{ desiredCount: 3 }, 'does not support a desired count for services'],
    [{ placementStrategy: [{ type: 'random' }] }, 'does not support placement strategies'],
    [
      { deploymentConfiguration: { minimumHealthyPercent: 100 } },
      'Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.',
    ],
    [{ deploymentConfiguration: { maximumPercent: 150 } }, 'does not support values above 100 for maximumPercent'],
  ])('%j is refused by UpdateService, too', (more, message) => {
    const world = steadyDaemon();
    const outcome = world.command('UpdateService', { service: 'web', ...more });
    expect(outcome).toMatchObject({
      rejection: { code: 'InvalidParameterException', message: expect.stringContaining(message) },
    });
  });
});

const happening = fc.oneof(
  { weight: 6, arbitrary: fc.constant(['obey', 0] as const) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('wait' as const), fc.integer({ min: 1, max: 8_000 })) },
  ...(['exit', 'failsToStart', 'roll', 'drain', 'activate', 'silence', 'lose', 'return'] as const).map((what) => ({
    weight: 1,
    arbitrary: fc.tuple(fc.constant(what), fc.nat(20)),
  })),
);

function happens(world: ServiceWorld, what: string, parameter: number): void {
  const host = (parameter % 4) + 1;
  if (what === 'obey') world.obey();
  else if (what === 'wait') world.wait(parameter);
  else if (what === 'roll') nextRevision(world);
  else if (what === 'drain') setStatus(world, host, 'DRAINING');
  else if (what === 'activate') setStatus(world, host, 'ACTIVE');
  else if (what === 'return') setConnected(world, host, true);
  else if (what === 'silence') setConnected(world, host, false);
  else if (what === 'lose') {
    setConnected(world, host, false);
    world.given('DeclareInstanceLost', { containerInstanceArn: arnOf(world, host), silentMs: 1 }, 'health-monitor');
  } else {
    const { live } = world;
    const task = live[parameter % Math.max(1, live.length)];
    if (task && what === 'exit') world.exits(task);
    else if (task?.lastStatus === 'PENDING') world.failsToStart(task);
  }
}

describe('whatever happens to a daemon', () => {
  it('no instance ever has two tasks of it, the minimum stays, and in the end each instance has one', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 50, 75), fc.array(happening, { maxLength: 25 }), (minimumHealthyPercent, happenings) => {
        const world = daemonWorld({ deploymentConfiguration: { minimumHealthyPercent } }, 4);
        const counts = () => {
          const primary = world.service.deployments[0]!;
          const { healthy, least, desiredCount } = countsOf(world.state, world.service, primary, world.now + 1);
          return { healthy: healthy.length, least, desiredCount };
        };
        const step = () => {
          for (let passes = 0; passes < 50; passes++) {
            const before = counts();
            if (!world.pass()) return;
            const after = counts();
            // Or the minimum would shrink with what a step stops.
            expect(after.desiredCount).toBe(before.desiredCount);
            if (after.healthy < before.healthy) expect(after.healthy).toBeGreaterThanOrEqual(after.least);
            const hosts = world.tasks.map((task) => task.containerInstanceArn);
            expect(new Set(hosts).size).toBe(hosts.length);
          }
          throw new Error('no rest');
        };
        for (const [what, parameter] of happenings) {
          step();
          happens(world, what, parameter);
        }
        for (const n of [0, 1, 2, 3]) for (const what of ['return', 'activate']) happens(world, what, n);
        world.wait(20 * 60_000);
        world.becomeSteady();
        expect(hostsOf(world)).toEqual(['1', '2', '3', '4']);
        expect(world.live.every((task) => task.taskDefinitionArn === world.service.taskDefinitionArn)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
