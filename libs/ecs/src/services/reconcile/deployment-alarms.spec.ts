import { beforeEach, describe, expect, it } from '@jest/globals';
import { nextRevision, rollouts, ServiceWorld } from '../../../../../test/support/service-world.js';
import { shiftWorld } from '../../../../../test/support/shift-world.js';

const alarms = { enable: true, rollback: true, alarmNames: ['errors', 'latency'] };
const BAKE_SECONDS = 75;

function sees(world: ServiceWorld, triggeredAlarmNames: readonly string[] = []): void {
  const { serviceDeploymentArn } = world.service.deployments[0]!;
  world.given('RecordDeploymentAlarms', { serviceDeploymentArn, bakeSeconds: BAKE_SECONDS, triggeredAlarmNames }, 'autoscaler');
}
/** Its tasks run long enough to be healthy. */
function runs(world: ServiceWorld): void {
  for (let round = 0; round < 6; round++) {
    world.settle();
    world.obey();
    world.wait(2_500);
  }
}
const bakes = (world: ServiceWorld) => {
  runs(world);
  world.wait(BAKE_SECONDS * 1_000);
  runs(world);
};
const rollOutOf = (world: ServiceWorld, at: number) => {
  const arns = [...world.state.serviceDeployments.values()].map(({ serviceDeploymentArn }) => serviceDeploymentArn);
  return world.query<any>('DescribeServiceDeployments', { serviceDeploymentArns: [arns.at(at)] }).serviceDeployments[0];
};

describe('a deployment that alarms watch', () => {
  let world: ServiceWorld;
  beforeEach(() => {
    world = new ServiceWorld();
    world.create({ deploymentConfiguration: { alarms } });
    sees(world);
    bakes(world);
  });

  it('is complete when its alarms have had the time to tell of its tasks', () => {
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
    nextRevision(world);
    sees(world);
    runs(world);
    expect(rollouts(world)).toEqual(['PRIMARY IN_PROGRESS', 'ACTIVE COMPLETED']);
    expect(rollOutOf(world, 1)).toMatchObject({
      lifecycleStage: 'BAKE_TIME',
      alarms: { status: 'MONITORING', alarmNames: ['errors', 'latency'], triggeredAlarmNames: [] },
    });
    world.wait(BAKE_SECONDS * 1_000);
    world.becomeSteady();
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
    expect(rollOutOf(world, 1)).toMatchObject({ status: 'SUCCESSFUL', alarms: { status: 'MONITORING_COMPLETE' } });
  });

  it('is not complete before anybody has looked at them', () => {
    nextRevision(world);
    bakes(world);
    expect(rollouts(world)).toEqual(['PRIMARY IN_PROGRESS', 'ACTIVE COMPLETED']);
    sees(world);
    bakes(world);
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
  });

  it.each(['while its tasks start', 'while it bakes'])('goes back when one goes to ALARM %s, and says which', (when) => {
    nextRevision(world);
    sees(world);
    if (when === 'while it bakes') runs(world);
    sees(world, ['latency']);
    world.becomeSteady();
    expect(world.service.taskDefinitionArn).toMatch(/:1$/);
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
    expect(world.said).toContain('(service web) (deployment ecs-svc/n) deployment failed: alarm detected: latency.');
    expect(world.said).toContain('(service web) rolling back to deployment ecs-svc/n.');
    expect(rollOutOf(world, 1)).toMatchObject({
      status: 'ROLLBACK_SUCCESSFUL',
      statusReason: expect.stringMatching(/^ECS deployment alarms: rolling back to deploymentId ecs-svc\/\d+\.$/),
      alarms: { status: 'TRIGGERED', triggeredAlarmNames: ['latency'] },
    });
  });

  it('fails and stays where it is not to be rolled back', () => {
    nextRevision(world, { deploymentConfiguration: { alarms: { ...alarms, rollback: false } } });
    sees(world, ['errors']);
    world.settle();
    expect(rollouts(world)[0]).toBe('PRIMARY FAILED');
    expect(world.service.deployments[0]!.rolloutStateReason).toBe('ECS deployment alarms: alarm detected: errors.');
  });

  it('hears an alarm that was seen once, also when it is well again', () => {
    nextRevision(world);
    sees(world, ['errors']);
    sees(world);
    expect(rollOutOf(world, 1).alarms.triggeredAlarmNames).toEqual(['errors']);
  });

  it('is not watched any more when it is over, nor while it is rolled back', () => {
    sees(world, ['errors']);
    expect(rollOutOf(world, 0).alarms).toMatchObject({ status: 'MONITORING_COMPLETE', triggeredAlarmNames: [] });
    nextRevision(world);
    sees(world, ['errors']);
    world.pass();
    sees(world, ['latency']);
    world.becomeSteady();
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
  });
});

it('a deployment that has moved the traffic takes it back when an alarm goes to ALARM', () => {
  const world = shiftWorld();
  nextRevision(world, { deploymentConfiguration: { alarms } });
  sees(world);
  world.rests();
  expect(world.stage).toBe('BAKE_TIME');
  const { alternate } = world.production;
  expect(alternate).toBe(100);
  sees(world, ['errors']);
  world.rests();
  expect(world.production).toMatchObject({ named: 100, alternate: 0 });
  expect(rollOutOf(world, -1)).toMatchObject({ status: 'ROLLBACK_SUCCESSFUL', alarms: { status: 'TRIGGERED' } });
});
