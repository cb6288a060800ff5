import { describe, expect, it } from '@jest/globals';
import { balancedWorld } from '../../../../test/support/balanced-world.js';
import { SERVICE_ARN, type ServiceWorld, steadyWorld } from '../../../../test/support/service-world.js';
import { touchedBy } from './services-touched.js';

/** Whether the service has to be looked at after what `happens` committed, commit by commit. */
function looks(world: ServiceWorld, happens: () => void): boolean[] {
  const before = world.commits.length;
  happens();
  return world.commits.slice(before).map((commit) => touchedBy(world.state, commit).services.has(SERVICE_ARN));
}

describe('the service scheduler looks at a service again', () => {
  const given = () => {
    const world = steadyWorld();
    return { world, task: world.live[0]! };
  };

  it('when a task of it exits, its replacement is placed, and that runs', () => {
    const { world, task } = given();
    expect(looks(world, () => world.exits(task))).toEqual([true]);
    expect(looks(world, () => world.pass())).toEqual([true]);
    const placed = world.live.find(({ lastStatus }) => lastStatus === 'PENDING')!;
    expect(looks(world, () => world.report(placed, 'RUNNING'))).toEqual([true]);
  });

  it('when a task ends by itself, from its first step, but not when one obeys that was asked to stop, until it has stopped', () => {
    const ending = { stoppingAt: new Date().toISOString(), stopCode: 'EssentialContainerExited' } as const;
    const { world, task } = given();
    expect(looks(world, () => world.report(task, 'STOPPING', ending))).toEqual([true]);
    const asked = world.live[0]!;
    expect(looks(world, () => world.given('StopTask', { task: asked.taskArn }))).toEqual([true]);
    expect(looks(world, () => world.report(asked, 'STOPPING'))).toEqual([false]);
    expect(looks(world, () => world.report(asked, 'STOPPED'))).toEqual([true]);
  });

  it('when the health of a task changes, not when its containers say anything else', () => {
    const { world, task } = given();
    const containers = [{ name: 'web', lastStatus: 'RUNNING', networkBindings: [], restartCount: 1 }] as const;
    const of = (healthStatus: 'UNKNOWN' | 'UNHEALTHY') => ({
      healthStatus,
      containers: containers.map((container) => ({ ...container, healthStatus })),
    });
    expect(looks(world, () => world.report(task, 'RUNNING', of('UNKNOWN')))).toEqual([false]);
    expect(looks(world, () => world.report(task, 'RUNNING', of('UNHEALTHY')))).toEqual([true]);
  });

  it('when the load balancer tells of a target, and when a task has drained', () => {
    const world = balancedWorld();
    const [task] = world.live;
    expect(looks(world, () => world.health([task!], 'unhealthy'))).toEqual([true]);
    world.given('StopTask', { task: task!.taskArn });
    expect(looks(world, () => world.drained())).toEqual([true]);
  });

  it('at once, but where tasks just come up', () => {
    const { world, task } = given();
    const isUrgent = (happens: () => void): boolean => {
      const before = world.commits.length;
      happens();
      return world.commits.slice(before).some((commit) => touchedBy(world.state, commit).urgent.has(SERVICE_ARN));
    };
    expect(isUrgent(() => world.exits(task))).toBe(true);
    expect(isUrgent(() => world.pass())).toBe(false);
    const placed = world.live.find(({ lastStatus }) => lastStatus === 'PENDING')!;
    expect(isUrgent(() => world.report(placed, 'RUNNING'))).toBe(false);
    expect(isUrgent(() => world.report(placed, 'RUNNING', { healthStatus: 'UNHEALTHY' }))).toBe(true);
    expect(isUrgent(() => world.given('StopTask', { task: placed.taskArn }))).toBe(true);
  });

  it('with time, when an instance comes whose room could even its spread out', () => {
    const { world, task } = given();
    const touched = (happens: () => void) => {
      happens();
      const { services, spread, urgent } = touchedBy(world.state, world.commits.at(-1)!);
      return [services.has(SERVICE_ARN), spread.has(SERVICE_ARN), urgent.has(SERVICE_ARN)];
    };
    expect(touched(() => world.instance('e'.repeat(32)))).toEqual([true, true, false]);
    // One that drains displaces tasks of the service.
    const containerInstances = [task.containerInstanceArn];
    const drains = () => world.given('UpdateContainerInstancesState', { containerInstances, status: 'DRAINING' });
    expect(touched(drains)).toEqual([true, false, true]);
  });

  it('not when all that it did was to say that it is steady', () => {
    const { world, task } = given();
    world.exits(task);
    world.settle();
    world.obey();
    world.wait(10_000);
    const [last] = world.commits.slice(-1);
    world.settle();
    expect(world.commits.at(-1)).not.toBe(last);
    expect(world.service.messages[0]!.message).toMatch(/steady state/);
    expect(touchedBy(world.state, world.commits.at(-1)!).services.size).toBe(0);
  });
});
