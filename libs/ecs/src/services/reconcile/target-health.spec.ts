import { capabilities } from '../../placement/capabilities.js';
import { BalancedWorld, balancedWorld, GROUP, webContainer } from '../../../../../test/support/balanced-world.js';
import { nextRevision, revisions, rollouts } from '../../../../../test/support/service-world.js';

const REASON = 'Health checks failed with these codes: [404]';

describe('a service behind a target group', () => {
  it('is steady when all its targets are healthy, not before', () => {
    const world = new BalancedWorld();
    world.create();
    world.settle();
    for (const task of world.tasks) world.runs(task);
    world.register();
    world.wait(60_000);
    world.settle();
    expect(rollouts(world)).toEqual(['PRIMARY IN_PROGRESS']);
    world.health(world.live.slice(0, 1), 'healthy');
    world.settle();
    expect(rollouts(world)).toEqual(['PRIMARY IN_PROGRESS']);
    world.health(world.live, 'healthy');
    world.settle();
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
  });

  it('waits for the health checks of containers too, where they have some', () => {
    const world = new BalancedWorld();
    world.instance('1'.repeat(32), { attributes: Object.values(capabilities).map(({ name }) => ({ name })) });
    world.definition([webContainer({ healthCheck: { command: ['CMD', 'true'] } })]);
    world.create({ desiredCount: 1, taskDefinition: 'web:1' }, 0);
    world.settle();
    const [task] = world.tasks;
    world.runs(task!);
    world.register();
    world.health(world.live, 'healthy');
    world.settle();
    expect(rollouts(world)).toEqual(['PRIMARY IN_PROGRESS']);
    world.report(task!, 'RUNNING', { healthStatus: 'HEALTHY' });
    world.settle();
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
  });

  it('starts the replacement of an unhealthy task first, and then stops it with the words of ECS', () => {
    const world = balancedWorld();
    const [sick] = world.live;
    world.health([sick!], 'unhealthy', REASON);
    world.settle();
    expect(world.live).toHaveLength(3);
    world.runs(world.live.find(({ lastStatus }) => lastStatus === 'PENDING')!);
    world.register();
    world.settle();
    expect(world.latest(sick!).desiredStatus).toBe('RUNNING');
    world.health(
      world.live.filter(({ taskArn }) => taskArn !== sick!.taskArn),
      'healthy',
    );
    world.settle();
    expect(world.latest(sick!)).toMatchObject({
      lastStatus: 'DEACTIVATING',
      stoppedReason: `Task failed ELB health checks in (target-group ${GROUP})`,
    });
    expect(world.said).toContain(`(service web) (port 49153) is unhealthy in (target-group ${GROUP}) due to (reason ${REASON})`);
    world.becomeSteady();
    expect(world.live).toHaveLength(2);
  });

  it('keeps a task whose target is healthy again', () => {
    const world = balancedWorld();
    const [sick] = world.live;
    world.health([sick!], 'unhealthy', REASON);
    world.health([sick!], 'healthy');
    expect(world.plan()).toBeUndefined();
    expect(world.latest(sick!).targets![0]).not.toHaveProperty('reason');
  });

  it('overlooks what the checks find during the grace period', () => {
    const world = new BalancedWorld();
    world.create({ desiredCount: 1, healthCheckGracePeriodSeconds: 30 });
    world.settle();
    world.runs(world.live[0]!);
    world.register();
    world.health(world.live, 'unhealthy', REASON);
    world.settle();
    expect(world.tasks).toHaveLength(1);
    expect(world.wakeAtMs).toBe(Date.parse(world.live[0]!.runningSince!) + 30_000);
    world.wait(30_000);
    world.settle();
    expect(world.live).toHaveLength(2);
  });

  it('counts tasks whose targets fail their checks, until the circuit breaker rolls back', () => {
    const world = balancedWorld({
      desiredCount: 1,
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    });
    const good = world.service.deployments[0]!.id;
    nextRevision(world);
    for (let round = 0; round < 12 && world.service.deployments[0]!.id !== good; round++) {
      world.settle();
      world.drained();
      for (const task of world.tasks) if (task.desiredStatus === 'STOPPED') world.report(task, 'STOPPED');
      for (const task of world.inStatus('PENDING')) world.runs(task);
      world.register();
      world.health(
        world.live.filter(({ taskDefinitionArn }) => taskDefinitionArn.endsWith(':2')),
        'unhealthy',
        REASON,
      );
      world.wait(5_000);
    }
    expect(world.service.deployments[0]!.id).toBe(good);
    world.becomeSteady();
    expect(revisions(world.live)).toBe('1');
    expect(world.said).toContain('(service web) (deployment ecs-svc/n) deployment failed: tasks failed to start.');
  });

  it('rolls out without ever having fewer healthy targets than wanted, and is done when the last task has drained', () => {
    const world = balancedWorld();
    nextRevision(world);
    for (let round = 0; round < 30 && world.service.deployments.length > 1; round++) {
      world.pass();
      expect(
        world.live.filter(({ targets }) => targets!.every(({ health }) => health === 'healthy')).length,
      ).toBeGreaterThanOrEqual(2);
      world.obey();
      world.wait(1_000);
    }
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
    expect(revisions(world.tasks)).toBe('22');
  });

  it('drains what it scales in', () => {
    const world = balancedWorld();
    world.given('UpdateService', { service: 'web', desiredCount: 1 });
    world.settle();
    const [task] = world.inStatus('DEACTIVATING');
    expect(task?.stoppedReason).toMatch(/^Scaling activity initiated by \(deployment ecs-svc\/\d+\)$/);
    expect(world.said.slice(-2)).toEqual([
      '(service web) has stopped 1 running tasks: (task).',
      '(service web, taskSet ecs-svc/n) has begun draining connections on 1 tasks.',
    ]);
  });

  it('drains when it is deleted, and is INACTIVE when the last task has ended', () => {
    const world = balancedWorld();
    world.given('DeleteService', { service: 'web', force: true });
    world.settle();
    expect(world.inStatus('DEACTIVATING')).toHaveLength(2);
    world.obey();
    world.settle();
    expect(world.service.status).toBe('INACTIVE');
  });

  it('replaces a daemon only when the one before has drained and ended', () => {
    const world = new BalancedWorld();
    world.create({ schedulingStrategy: 'DAEMON', desiredCount: undefined });
    world.becomeSteady();
    nextRevision(world);
    world.settle();
    expect(world.inStatus('DEACTIVATING')).toHaveLength(2);
    expect(world.inStatus('PENDING')).toHaveLength(0);
    world.becomeSteady();
    expect(revisions(world.tasks)).toBe('22');
  });
});
