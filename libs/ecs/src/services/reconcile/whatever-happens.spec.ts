import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nextRevision, ServiceWorld } from '../../../../../test/support/service-world.js';
import { countsOf } from './service-counts.js';

const setThird = (world: ServiceWorld, status: string) =>
  world.given('UpdateContainerInstancesState', { containerInstances: ['3'.repeat(32)], status });

/** What may happen between two passes. */
const happening = fc.oneof(
  { weight: 6, arbitrary: fc.constant(['obey'] as const) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('wait' as const), fc.integer({ min: 1, max: 8_000 })) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('exit' as const), fc.nat(20)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('failsToStart' as const), fc.nat(20)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('scale' as const), fc.integer({ min: 0, max: 9 })) },
  { weight: 1, arbitrary: fc.constant(['roll'] as const) },
  { weight: 2, arbitrary: fc.constant(['drain'] as const) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('protect' as const), fc.nat(20)) },
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
              const safe = before.live.filter(before.isProtected);
              if (!world.pass()) return;
              const after = bounds(world);
              for (const task of safe) expect(world.state.tasks.get(task.taskArn)!.desiredStatus).toBe('RUNNING');
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
              drained = !drained;
              setThird(world, drained ? 'DRAINING' : 'ACTIVE');
            } else if (live.length > 0) {
              const task = live[parameter % live.length]!;
              if (what === 'exit') world.exits(task);
              else if (what === 'protect') {
                world.given('UpdateTaskProtection', { cluster: 'default', tasks: [task.taskArn], protectionEnabled: true });
              } else if (task.lastStatus === 'PENDING') world.failsToStart(task);
            }
          }
          // Safety first, then liveness: nothing fails any more, and the configuration lets the service move.
          const free = { deploymentConfiguration: { maximumPercent: 200 }, availabilityZoneRebalancing: 'ENABLED' };
          world.given('UpdateService', { service: 'web', ...free });
          // Also the last protection is over by then.
          world.wait(121 * 60_000);
          step();
          if (world.service.deployments[0]!.rolloutState === 'FAILED') nextRevision(world);
          world.becomeSteady();
          expect(world.live).toHaveLength(world.service.desiredCount);
          const hosts = [...world.state.containerInstances.values()].filter(({ status }) => status === 'ACTIVE');
          const perHost = hosts.map(({ runningTasksCount }) => runningTasksCount);
          expect(Math.max(...perHost) - Math.min(...perHost)).toBeLessThanOrEqual(1);
          expect(world.settle()).toBe(0);
          expect(world.service.deployments).toHaveLength(1);
          expect(world.live.every((task) => task.taskDefinitionArn === world.service.taskDefinitionArn)).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });
});
