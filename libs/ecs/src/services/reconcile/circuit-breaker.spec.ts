import { describe, expect, it } from '@jest/globals';
import { nextRevision, rollouts, ServiceWorld, steadyWorld } from '../../../../../test/support/service-world.js';
import type { Task } from '../../model/task.js';
import type { ServiceDeployment } from '../../model/services.js';

describe('the circuit breaker', () => {
  const breaker = { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } };

  const failing = (world: ServiceWorld, fail: (task: Task) => void, rounds = 20) => {
    for (let round = 0; round < rounds && rollouts(world)[0] === 'PRIMARY IN_PROGRESS'; round++) {
      world.settle();
      for (const task of world.live.filter((candidate) => candidate.lastStatus === 'PENDING')) fail(task);
      world.wait(120_000);
      if (world.service.deployments.length === 2 && world.service.taskDefinitionArn!.endsWith(':1')) return;
    }
  };

  it('goes back to the revision that completed last, whose tasks never stopped', () => {
    const world = steadyWorld(breaker);
    const before = world.live.map((task) => task.taskArn);
    nextRevision(world);
    failing(world, (task) => world.failsToStart(task));
    world.becomeSteady();
    expect(world.live.map((task) => task.taskArn)).toEqual(before);
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
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
    const [, { serviceDeploymentArn }] = [...world.state.serviceDeployments.values()] as [unknown, ServiceDeployment];
    const described = world.query<any>('DescribeServiceDeployments', { serviceDeploymentArns: [serviceDeploymentArn] });
    expect(described.serviceDeployments[0].deploymentCircuitBreaker).toMatchObject({ status: 'TRIGGERED', failureCount: 4 });
  });

  it('goes back to a revision that the services-stable waiter took for stable before its tasks had run long enough', () => {
    const world = new ServiceWorld();
    world.create(breaker);
    world.settle();
    world.obey();
    const before = world.live.map((task) => task.taskArn);
    nextRevision(world);
    expect(rollouts(world)).toEqual(['PRIMARY IN_PROGRESS', 'ACTIVE COMPLETED']);
    failing(world, (task) => world.failsToStart(task));
    world.becomeSteady();
    expect(world.live.map((task) => task.taskArn)).toEqual(before);
  });

  it('never goes back to a revision whose tasks did not all run', () => {
    const world = new ServiceWorld();
    world.create(breaker);
    world.settle();
    world.report(world.live[0]!, 'RUNNING');
    nextRevision(world);
    expect(rollouts(world)).toEqual(['PRIMARY IN_PROGRESS', 'ACTIVE IN_PROGRESS']);
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

  it('begins to count anew after a task became healthy, even if no scheduler looked meanwhile', () => {
    const world = new ServiceWorld();
    world.create(breaker);
    world.settle();
    const [stays, fails] = world.live;
    world.report(stays!, 'RUNNING');
    world.failsToStart(fails!);
    world.settle();
    expect(world.service.deployments[0]!.failedTasks).toBe(1);
    world.wait(5_000);
    world.failsToStart(world.live.find(({ lastStatus }) => lastStatus === 'PENDING')!);
    expect(world.service.deployments[0]!.failedTasks).toBe(1);
  });

  it('begins to count anew after a task that was healthy and has ended since, even if no scheduler looked meanwhile', () => {
    const world = new ServiceWorld();
    world.create(breaker);
    world.settle();
    const [runs, fails] = world.live;
    world.report(runs!, 'RUNNING');
    world.failsToStart(fails!);
    world.settle();
    world.wait(5_000);
    world.exits(runs!);
    expect(world.service.deployments[0]!.failedTasks).toBe(0);
  });

  it('that a healthy task does not reset goes on counting', () => {
    const world = new ServiceWorld();
    const deploymentCircuitBreaker = { enable: true, rollback: true, resetOnHealthyTask: false };
    world.create({ deploymentConfiguration: { deploymentCircuitBreaker } });
    world.settle();
    const [stays, fails] = world.live;
    world.report(stays!, 'RUNNING');
    world.failsToStart(fails!);
    world.settle();
    world.wait(5_000);
    world.failsToStart(world.live.find(({ lastStatus }) => lastStatus === 'PENDING')!);
    expect(world.service.deployments[0]!.failedTasks).toBe(2);
  });

  it('fails the first deployment, which has nothing to go back to, and starts no more tasks', () => {
    const world = new ServiceWorld();
    world.create(breaker);
    failing(world, (task) => world.failsToStart(task));
    world.settle();
    expect(rollouts(world)).toEqual(['PRIMARY FAILED']);
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
