import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ServiceWorld } from '../../../../test/support/service-world.js';
import { capabilities } from '../capabilities.js';
import type { Task } from '../model/entities.js';
import { countsOf } from './service-counts.js';

const steadyWorld = (more: object = {}, hosts?: number) => {
  const world = new ServiceWorld();
  world.create(more, hosts);
  world.becomeSteady();
  return world;
};

const states = (world: ServiceWorld) => world.service.deployments.map(({ status, rolloutState }) => `${status} ${rolloutState}`);
const revisions = (tasks: readonly Task[]) =>
  tasks
    .map((task) => task.taskDefinitionArn.slice(-1))
    .sort()
    .join('');
const nextRevision = (world: ServiceWorld, more: object = {}) => {
  world.definition();
  world.given('UpdateService', { service: 'web', taskDefinition: 'web', ...more });
};

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
    expect(states(world)).toEqual(['PRIMARY COMPLETED']);
    expect(world.said).toEqual([
      '(service web) has started 2 tasks: (task) (task).',
      '(service web) (deployment ecs-svc/n) deployment completed.',
      '(service web) has reached a steady state.',
    ]);
  });

  it('says in whose words a task found no place, once, and places it when there is room', () => {
    const world = new ServiceWorld();
    world.create({ desiredCount: 1, placementConstraints: [{ type: 'memberOf', expression: 'attribute:disk == ssd' }] }, 1);
    world.settle();
    expect(world.said).toEqual([
      expect.stringMatching(
        /^\(service web\) was unable to place a task because no container instance met all of its requirements\. Reason: The container instance 1+ /,
      ),
    ]);
    world.given('PutAttributes', { attributes: [{ name: 'disk', value: 'ssd', targetId: '1'.repeat(32) }] });
    world.settle();
    expect(world.live).toHaveLength(1);
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
    expect(states(world)).toEqual(['PRIMARY COMPLETED']);
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

describe('a roll-out', () => {
  it('starts the new tasks, then stops the old ones as the new become healthy', () => {
    const world = steadyWorld();
    nextRevision(world);
    world.settle();
    expect(revisions(world.live)).toBe('1122');
    world.obey();
    world.settle();
    expect(revisions(world.live)).toBe('1122');
    world.wait(5_000);
    world.settle();
    expect(revisions(world.live)).toBe('22');
    expect(states(world)).toEqual(['PRIMARY IN_PROGRESS', 'ACTIVE COMPLETED']);
    world.obey();
    world.settle();
    expect(states(world)).toEqual(['PRIMARY COMPLETED']);
    expect(world.said.slice(-2)).toEqual([
      '(service web) (deployment ecs-svc/n) deployment completed.',
      '(service web) has reached a steady state.',
    ]);
  });

  it('stops first, down to the minimum, where the maximum leaves no room', () => {
    const world = steadyWorld({ desiredCount: 4, deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 100 } });
    nextRevision(world);
    world.settle();
    expect(revisions(world.live)).toBe('1122');
    world.becomeSteady();
    expect(revisions(world.live)).toBe('2222');
  });

  it('stops first, down to the minimum, where the hosts have no room', () => {
    const world = steadyWorld({ desiredCount: 16, deploymentConfiguration: { minimumHealthyPercent: 50 } }, 1);
    nextRevision(world);
    world.settle();
    expect(revisions(world.live)).toBe('1'.repeat(8));
    world.becomeSteady();
    expect(revisions(world.live)).toBe('2'.repeat(16));
  });

  it.each([
    [2, 75, 125],
    [1, 100, 100],
    [3, 100, 125],
  ])(
    'of %d tasks that minimum %d and maximum %d make impossible says so at once, and what to change',
    (desiredCount, least, most) => {
      const world = steadyWorld({
        desiredCount,
        deploymentConfiguration: { minimumHealthyPercent: least, maximumPercent: most },
      });
      nextRevision(world);
      expect(world.settle()).toBe(1);
      expect(world.said.at(-1)).toContain(
        'was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value',
      );
    },
  );

  it('that waits for the port of the task it replaces says which setting keeps it there', () => {
    const world = new ServiceWorld();
    world.instance();
    const container = { name: 'web', image: 'web', memory: 128, portMappings: [{ containerPort: 80, hostPort: 8080 }] };
    world.definition([container]);
    world.given('CreateService', { serviceName: 'web', taskDefinition: 'web', desiredCount: 1, healthyAfterMs: 0 });
    world.becomeSteady();
    world.definition([container]);
    world.given('UpdateService', { service: 'web', taskDefinition: 'web' });
    expect(world.settle()).toBe(1);
    expect(world.said.at(-1)).toMatch(
      /RESOURCE:PORTS.*minimumHealthyPercent is 100 of 1 desired tasks. Lower it, or add capacity/,
    );
    world.given('UpdateService', { service: 'web', deploymentConfiguration: { minimumHealthyPercent: 0 } });
    world.becomeSteady();
    expect(revisions(world.live)).toBe('2');
  });

  it('waits for health checks where there are some, and replaces what fails them', () => {
    const world = new ServiceWorld();
    world.instance('1'.repeat(32), { attributes: Object.values(capabilities).map(({ name }) => ({ name })) });
    world.definition([{ name: 'web', image: 'web', memory: 128, healthCheck: { command: ['CMD', 'true'] } }]);
    world.given('CreateService', { serviceName: 'web', taskDefinition: 'web', desiredCount: 1 });
    world.settle();
    world.obey();
    world.wait(60_000);
    expect(world.settle()).toBe(0);
    world.report(world.live[0]!, 'RUNNING', { healthStatus: 'HEALTHY' });
    world.settle();
    expect(states(world)).toEqual(['PRIMARY COMPLETED']);
    const [sick] = world.live;
    world.report(sick!, 'RUNNING', { healthStatus: 'UNHEALTHY' });
    world.settle();
    expect(world.live).toHaveLength(2);
    world.obey();
    world.report(
      world.live.find((task) => task !== sick && task.healthStatus === 'UNKNOWN')!,
      'RUNNING',
      { healthStatus: 'HEALTHY' },
    );
    world.settle();
    expect(world.state.tasks.get(sick!.taskArn)).toMatchObject({ stoppedReason: 'Task failed container health checks' });
  });
});

describe('the circuit breaker', () => {
  const breaker = { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } };

  const failing = (world: ServiceWorld, fail: (task: Task) => void, rounds = 20) => {
    for (let round = 0; round < rounds && states(world)[0] === 'PRIMARY IN_PROGRESS'; round++) {
      world.settle();
      for (const task of world.live.filter((candidate) => candidate.lastStatus === 'PENDING')) fail(task);
      world.wait(120_000);
      if (world.service.deployments.length === 2 && world.service.taskDefinitionArn.endsWith(':1')) return;
    }
  };

  it('goes back to the revision that completed last, whose tasks never stopped', () => {
    const world = steadyWorld(breaker);
    const before = world.live.map((task) => task.taskArn);
    nextRevision(world);
    failing(world, (task) => world.failsToStart(task));
    world.becomeSteady();
    expect(world.live.map((task) => task.taskArn)).toEqual(before);
    expect(states(world)).toEqual(['PRIMARY COMPLETED']);
    expect(world.said.slice(-4)).toEqual([
      '(service web) (deployment ecs-svc/n) deployment failed: tasks failed to start.',
      '(service web) rolling back to deployment ecs-svc/n.',
      '(service web) (deployment ecs-svc/n) deployment completed.',
      '(service web) has reached a steady state.',
    ]);
    expect([...world.state.serviceDeployments.values()].map(({ status }) => status)).toEqual([
      'SUCCESSFUL',
      'ROLLBACK_SUCCESSFUL',
    ]);
  });

  it('counts tasks that exit before they are healthy', () => {
    const world = steadyWorld(breaker);
    nextRevision(world);
    failing(world, (task) => {
      world.report(task, 'RUNNING');
      world.exits(task);
    });
    expect(world.service.taskDefinitionArn).toMatch(/:1$/);
  });

  it('fails the first deployment, which has nothing to go back to, and starts no more tasks', () => {
    const world = new ServiceWorld();
    world.create(breaker);
    failing(world, (task) => world.failsToStart(task));
    world.settle();
    expect(states(world)).toEqual(['PRIMARY FAILED']);
    expect(world.service.deployments[0]).toMatchObject({
      failedTasks: 4,
      rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.',
    });
    expect(world.live).toHaveLength(0);
  });

  it('that is off lets the service try for ever, ever more slowly, until an update', () => {
    const world = new ServiceWorld();
    world.create({ desiredCount: 1 });
    const pausesMs: number[] = [];
    for (let failures = 0; failures < 14; failures++) {
      const startedMs = world.now;
      while (world.live.length === 0) if (!world.pass()) world.wait(500);
      pausesMs.push(world.now - startedMs);
      world.failsToStart(world.live[0]!);
    }
    expect(pausesMs[1]).toBeLessThan(2_000);
    expect(pausesMs.at(-1)).toBeGreaterThanOrEqual(15 * 60_000);
    expect(pausesMs.at(-1)).toBeLessThan(15 * 60_000 + 2_000);
    expect(world.said.filter((line) => line.includes('unable to consistently start tasks'))).toHaveLength(1);
    world.given('UpdateService', { service: 'web', forceNewDeployment: true });
    world.settle();
    expect(world.live).toHaveLength(1);
  });
});

describe('service deployments', () => {
  const list = (world: ServiceWorld, more: object = {}) =>
    world.query<any>('ListServiceDeployments', { service: 'web', ...more }).serviceDeployments;

  it('tell how each roll-out went, the newest first, and of which revisions', () => {
    const world = steadyWorld();
    nextRevision(world);
    world.settle();
    const [current, first] = list(world);
    expect([current.status, first.status]).toEqual(['IN_PROGRESS', 'SUCCESSFUL']);
    const { serviceDeployments } = world.query<any>('DescribeServiceDeployments', {
      serviceDeploymentArns: [current.serviceDeploymentArn],
    });
    expect(serviceDeployments).toEqual([
      expect.objectContaining({
        status: 'IN_PROGRESS',
        sourceServiceRevisions: [expect.objectContaining({ arn: first.targetServiceRevisionArn, runningTaskCount: 2 })],
        targetServiceRevision: expect.objectContaining({ requestedTaskCount: 2, pendingTaskCount: 2 }),
        deploymentCircuitBreaker: { status: 'DISABLED', failureCount: 0, threshold: 0 },
      }),
    ]);
    const { serviceRevisions } = world.query<any>('DescribeServiceRevisions', {
      serviceRevisionArns: [current.targetServiceRevisionArn],
    });
    expect(serviceRevisions).toMatchObject([
      { taskDefinition: expect.stringMatching(/web:2$/), containerImages: [{ image: 'web' }] },
    ]);
    expect(list(world, { status: ['SUCCESSFUL'] })).toHaveLength(1);
  });

  it('in progress can be stopped: rolled back, or left as it is', () => {
    for (const [stopType, revision] of [
      ['ROLLBACK', '1'],
      ['ABORT', '2'],
    ]) {
      const world = steadyWorld();
      nextRevision(world);
      world.settle();
      const [{ serviceDeploymentArn }] = list(world);
      world.given('StopServiceDeployment', { serviceDeploymentArn, stopType });
      expect(world.service.taskDefinitionArn).toMatch(new RegExp(`:${revision}$`));
      world.settle();
      world.obey();
      world.settle();
      if (stopType === 'ROLLBACK') expect(revisions(world.tasks)).toBe('11');
      else expect(states(world)).toEqual(['PRIMARY FAILED', 'ACTIVE COMPLETED']);
      expect(list(world)[0].status).toBe(stopType === 'ROLLBACK' ? 'ROLLBACK_SUCCESSFUL' : 'STOPPED');
      expect(world.command('StopServiceDeployment', { serviceDeploymentArn })).toMatchObject({
        rejection: { code: 'ConflictException' },
      });
    }
  });

  it('are remembered up to a limit', () => {
    const world = new ServiceWorld();
    world.create({ desiredCount: 0 });
    for (let n = 0; n < 60; n++) {
      world.given('UpdateService', { service: 'web', forceNewDeployment: true });
      world.settle();
    }
    expect([list(world).length, world.state.serviceRevisions.size]).toEqual([50, 50]);
  });
});

/** What may happen between two passes. */
const happening = fc.oneof(
  { weight: 6, arbitrary: fc.constant(['obey'] as const) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('wait' as const), fc.integer({ min: 1, max: 8_000 })) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('exit' as const), fc.nat(20)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('failsToStart' as const), fc.nat(20)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('scale' as const), fc.integer({ min: 0, max: 9 })) },
  { weight: 1, arbitrary: fc.constant(['roll'] as const) },
  { weight: 1, arbitrary: fc.constant(['drain'] as const) },
);

describe('whatever happens', () => {
  const bounds = (world: ServiceWorld) => {
    const counts = countsOf(world.state, world.service, world.service.deployments[0]!, world.now + 1);
    return { ...counts, healthyNow: counts.healthy.length };
  };

  it('the scheduler never starts more than the maximum, never goes below the minimum, and comes to rest as wanted', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9 }),
        fc.constantFrom([100, 200], [50, 100], [50, 150], [0, 100], [75, 150]),
        fc.boolean(),
        fc.array(happening, { maxLength: 25 }),
        (desiredCount, [minimumHealthyPercent, maximumPercent], rollback, happenings) => {
          const world = new ServiceWorld();
          const deploymentCircuitBreaker = { enable: rollback, rollback };
          world.create(
            { desiredCount, deploymentConfiguration: { minimumHealthyPercent, maximumPercent, deploymentCircuitBreaker } },
            3,
          );
          const step = () => {
            for (let passes = 0; passes < 50; passes++) {
              const before = bounds(world);
              if (!world.pass()) return;
              const after = bounds(world);
              if (after.live.length > before.live.length) expect(after.live.length).toBeLessThanOrEqual(after.most);
              if (after.healthyNow < before.healthyNow) expect(after.healthyNow).toBeGreaterThanOrEqual(after.least);
              const held = after.live.map((task) => `${task.replica!.deploymentId} ${task.replica!.number}`);
              expect(new Set(held).size).toBe(held.length);
            }
            throw new Error('no rest');
          };
          let drained = false;
          for (const [what, parameter] of happenings) {
            step();
            const { live } = world;
            if (what === 'obey') world.obey();
            else if (what === 'wait') world.wait(parameter);
            else if (what === 'scale') world.given('UpdateService', { service: 'web', desiredCount: parameter });
            else if (what === 'roll') nextRevision(world);
            else if (what === 'drain') {
              if (!drained)
                world.given('UpdateContainerInstancesState', { containerInstances: ['3'.repeat(32)], status: 'DRAINING' });
              drained = true;
            } else if (live.length > 0) {
              const task = live[parameter % live.length]!;
              if (what === 'exit') world.exits(task);
              else if (task.lastStatus === 'PENDING') world.failsToStart(task);
            }
          }
          // Safety first, then liveness: nothing fails any more, and the configuration lets the service move.
          world.given('UpdateService', { service: 'web', deploymentConfiguration: { maximumPercent: 200 } });
          world.wait(20 * 60_000);
          step();
          if (world.service.deployments[0]!.rolloutState === 'FAILED') nextRevision(world);
          world.becomeSteady();
          expect(world.live).toHaveLength(world.service.desiredCount);
          expect(world.service.deployments).toHaveLength(1);
          expect(world.live.every((task) => task.taskDefinitionArn === world.service.taskDefinitionArn)).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });
});
