import { describe, expect, it } from '@jest/globals';
import { nextRevision, revisions, rollouts, ServiceWorld, steadyWorld } from '../../../../../test/support/service-world.js';
import { capabilities } from '../../placement/capabilities.js';

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
    expect(rollouts(world)).toEqual(['PRIMARY IN_PROGRESS', 'ACTIVE COMPLETED']);
    world.obey();
    world.settle();
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
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

  it('stops and starts in one step what minimum and maximum allow at once', () => {
    const world = steadyWorld({ desiredCount: 5, deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 150 } });
    nextRevision(world);
    expect(world.settle()).toBe(1);
    expect(revisions(world.live)).toBe('1112222');
  });

  it('above its maximum stops enough in one step to go on starting', () => {
    const world = steadyWorld({ desiredCount: 6, deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 150 } });
    nextRevision(world);
    world.settle();
    expect(revisions(world.live)).toBe('111222222');
    world.given('UpdateService', { service: 'web', deploymentConfiguration: { maximumPercent: 100 } });
    world.failsToStart(world.live.find(({ lastStatus }) => lastStatus === 'PENDING')!);
    expect(world.settle()).toBe(1);
    expect(revisions(world.live)).toBe('222222');
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
    [100, 16],
    [50, 8],
    [0, 0],
  ])('right after the start keeps minimum %d of the running tasks while the hosts have no room for others', (least, left) => {
    const world = new ServiceWorld();
    world.create({ desiredCount: 16, deploymentConfiguration: { minimumHealthyPercent: least } }, 1);
    world.settle();
    world.obey();
    nextRevision(world);
    world.settle();
    expect(revisions(world.live.filter(({ lastStatus }) => lastStatus === 'RUNNING'))).toBe('1'.repeat(left));
  });

  it.each([
    [2, 75, 125],
    [1, 100, 150],
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
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
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

  it('of sick tasks replaces one after the other, above the maximum as well', () => {
    const world = new ServiceWorld();
    world.instance('1'.repeat(32), { attributes: Object.values(capabilities).map(({ name }) => ({ name })) });
    world.definition([{ name: 'web', image: 'web', memory: 128, healthCheck: { command: ['CMD', 'true'] } }]);
    world.given('CreateService', { serviceName: 'web', taskDefinition: 'web', desiredCount: 7 });
    world.settle();
    world.obey();
    for (const task of world.live) world.report(task, 'RUNNING', { healthStatus: 'UNHEALTHY' });
    world.given('UpdateService', {
      service: 'web',
      desiredCount: 4,
      deploymentConfiguration: { minimumHealthyPercent: 75, maximumPercent: 125 },
    });
    expect(world.settle()).toBe(1);
    expect(world.live.map(({ healthStatus }) => healthStatus).sort()).toEqual([...Array(4).fill('UNHEALTHY'), 'UNKNOWN']);
  });

  it('makes room in one step with what may serve already and what is overlooked in its grace, whichever comes first', () => {
    const world = new ServiceWorld();
    world.instance('1'.repeat(32), { attributes: Object.values(capabilities).map(({ name }) => ({ name })) });
    world.definition([{ name: 'web', image: 'web', memory: 128, healthCheck: { command: ['CMD', 'true'] } }]);
    world.given('CreateService', {
      serviceName: 'web',
      taskDefinition: 'web',
      desiredCount: 2,
      healthCheckGracePeriodSeconds: 600,
      deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 },
    });
    world.settle();
    world.obey();
    world.report(world.live[0]!, 'RUNNING', { healthStatus: 'UNHEALTHY' });
    nextRevision(world);
    expect(world.settle()).toBe(1);
    expect(revisions(world.live)).toBe('22');
  });
});
