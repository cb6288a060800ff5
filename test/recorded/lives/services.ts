import type { Commit } from '#lib/journal';
import { BalancedWorld } from '../../support/balanced-world.js';
import { nextRevision, ServiceWorld } from '../../support/service-world.js';
import { BLUE_GREEN, MINUTE_MS, rollingOut } from '../../support/shift-world.js';
import { TaskSetWorld } from '../../support/task-set-world.js';

/** A service's life: roll-outs that stumble, complete, fail and go back; scaling; the end. */
export function recordService(): Commit[] {
  const world = new ServiceWorld();
  const update = (more: object) => world.given('UpdateService', { service: 'web', ...more });
  world.create({ deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } });
  world.becomeSteady();
  world.definition();
  update({ taskDefinition: 'web:2', desiredCount: 3 });
  world.pass();
  world.failsToStart(world.live.find((task) => task.lastStatus === 'PENDING')!);
  world.wait(60_000);
  world.becomeSteady();
  world.definition();
  update({ taskDefinition: 'web:3' });
  for (let round = 0; round < 20; round++) {
    world.settle();
    for (const task of world.live) if (task.taskDefinitionArn.endsWith('web:3')) world.failsToStart(task);
    world.wait(60_000);
  }
  world.becomeSteady();
  world.given('DeleteService', { service: 'web', force: true });
  for (let round = 0; round < 3; round++) {
    world.settle();
    world.obey();
  }
  world.wait(61 * 60 * 1000);
  world.given('Expire', {});
  return world.commits;
}

/** Blue and green: task sets are made, stumble, become steady, take over, shrink and go, the last one with its service. */
export function recordTaskSets(): Commit[] {
  const world = new TaskSetWorld();
  world.create({ desiredCount: 2 });
  const blue = world.taskSet(100, { externalId: 'blue', clientToken: 'one', tags: [{ key: 'a', value: 'b' }] });
  world.settle();
  world.failsToStart(world.live[0]!);
  world.wait(60_000);
  world.becomeSteady();
  world.promote(blue);
  world.definition();
  const green = world.taskSet(0);
  world.becomeSteady();
  world.scale(green, 100);
  world.becomeSteady();
  world.promote(green);
  world.remove(blue, true);
  world.settle();
  world.obey();
  world.becomeSteady();
  world.given('DeleteService', { service: 'web', force: true });
  for (let round = 0; round < 3; round++) {
    world.settle();
    world.obey();
  }
  return world.commits;
}

/** Traffic that moves: with a hook, taken back, superseded, by steps; and a rolling update that bakes. */
export function recordShift(): Commit[] {
  const hookTargetArn = 'https://hooks.example/';
  const lifecycleHooks = [{ hookTargetArn, lifecycleStages: ['POST_TEST_TRAFFIC_SHIFT'], hookDetails: { path: '/' } }];
  const world = rollingOut({ ...BLUE_GREEN, deploymentCircuitBreaker: { enable: true, rollback: true } });
  world.stopsDeployment();
  world.rests();
  nextRevision(world, { deploymentConfiguration: { lifecycleHooks } });
  world.rests();
  const { id: deploymentId, lifecycle } = world.primary;
  const answer = { serviceArn: world.service.serviceArn, deploymentId, hookId: lifecycle!.hooks![0]!.hookId };
  world.given('RecordHookAnswer', { ...answer, hookStatus: 'IN_PROGRESS', hookDetails: { seen: 1 } }, 'scheduler');
  world.given('RecordHookAnswer', { ...answer, hookStatus: 'SUCCEEDED' }, 'scheduler');
  world.rests();
  nextRevision(world, { deploymentConfiguration: { strategy: 'CANARY', lifecycleHooks: [] } });
  world.isDeaf = true;
  world.tellsTraffic(world.primary.id, world.primary.lifecycle!.shares!, 'The listener rule does not exist.');
  world.isDeaf = false;
  for (let minutes = 0; minutes < 20; minutes += 10) {
    world.rests();
    world.wait(10 * MINUTE_MS);
  }
  world.rests();
  nextRevision(world, { deploymentConfiguration: { strategy: 'ROLLING', bakeTimeInMinutes: 1 } });
  for (let round = 0; round < 3; round++) {
    world.rests();
    world.wait(MINUTE_MS);
  }
  world.rests();
  return world.commits;
}

/** Roll-outs that alarms watch, one of which they end. */
export function recordDeploymentAlarms(): Commit[] {
  const world = new ServiceWorld();
  const alarms = { enable: true, rollback: true, alarmNames: ['errors'] };
  const sees = (triggeredAlarmNames: readonly string[]) => {
    const { serviceDeploymentArn } = world.service.deployments[0]!;
    world.given('RecordDeploymentAlarms', { serviceDeploymentArn, bakeSeconds: 1, triggeredAlarmNames }, 'autoscaler');
  };
  world.create({ deploymentConfiguration: { alarms } });
  sees([]);
  world.becomeSteady();
  nextRevision(world);
  sees(['errors']);
  world.becomeSteady();
  return world.commits;
}

/** A service that is discovered by Cloud Map. */
export function recordRegistries(): Commit[] {
  const world = new BalancedWorld();
  const registryArn = 'arn:aws:servicediscovery:us-east-1:000000000000:service/srv-1';
  const serviceRegistries = [{ registryArn, containerName: 'web', containerPort: 80 }];
  world.create({ loadBalancers: [], serviceRegistries, registries: [{ registryArn, recordTypes: ['SRV'] }] }, 2);
  world.pass();
  world.obey();
  world.given('UpdateService', { service: 'web', serviceRegistries: [] });
  world.pass();
  return world.commits;
}
