import { describe, expect, it } from '@jest/globals';
import { nextRevision, revisions, rollouts, ServiceWorld, steadyWorld } from '../../../../../test/support/service-world.js';

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
      else expect(rollouts(world)).toEqual(['PRIMARY FAILED', 'ACTIVE COMPLETED']);
      expect(list(world)[0].status).toBe(stopType === 'ROLLBACK' ? 'ROLLBACK_SUCCESSFUL' : 'STOPPED');
      expect(world.command('StopServiceDeployment', { serviceDeploymentArn })).toMatchObject({
        rejection: { code: 'ConflictException' },
      });
    }
  });

  it('that was left as it is leaves what to roll back to, even when all of its own tasks run', () => {
    const deploymentCircuitBreaker = { enable: true, rollback: true };
    const deploymentConfiguration = { minimumHealthyPercent: 0, maximumPercent: 100, deploymentCircuitBreaker };
    const world = steadyWorld({ deploymentConfiguration });
    nextRevision(world);
    world.settle();
    world.obey();
    const [{ serviceDeploymentArn }] = list(world);
    world.given('StopServiceDeployment', { serviceDeploymentArn, stopType: 'ABORT' });
    world.wait(5_000);
    world.settle();
    expect(revisions(world.tasks)).toBe('22');
    // What has no task is not shown: the service is stable, as its waiter sees it.
    expect(world.query<any>('DescribeServices', { services: ['web'] }).services[0]).toMatchObject({
      runningCount: 2,
      deployments: [{ status: 'PRIMARY', runningCount: 2 }],
    });
    nextRevision(world);
    world.settle();
    for (let failures = 0; failures < 4; failures++) {
      for (const task of world.live.filter(({ lastStatus }) => lastStatus === 'PENDING')) world.failsToStart(task);
      world.wait(60_000);
      world.settle();
    }
    expect(world.service.taskDefinitionArn).toMatch(/:1$/);
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
