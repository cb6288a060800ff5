import type { Task } from '#lib/ecs/model';
import type { Commit } from '#lib/journal';
import { BalancedWorld, behind, DELAY_MS, FACTS, OTHER_GROUP } from '../../support/balanced-world.js';
import { CapacityWorld } from '../../support/capacity-world.js';
import { EcsWorld } from '../../support/ecs-world.js';
import { FargateWorld } from '../../support/fargate-world.js';
import { ServiceWorld } from '../../support/service-world.js';

/** Accounts, clusters, definitions, instances and tasks: every event that they had at first. */
export function recordLife(): Commit[] {
  const world = new EcsWorld();
  world.given('CreateAccessKey', {
    accessKeyId: 'AKIA0000000000000000',
    sealedSecret: 'c2VhbGVk',
    accountId: '000000000000',
    principalArn: 'arn:aws:iam::000000000000:root',
  });
  world.given('CreateAccessKey', {
    accessKeyId: 'AKIA0000000000000001',
    sealedSecret: 'c2VhbGVk',
    accountId: '111122223333',
    principalArn: 'arn:aws:iam::111122223333:root',
  });
  world.given('DeleteAccessKey', { accessKeyId: 'AKIA0000000000000001' });
  world.given('PutAccountSetting', { name: 'containerInsights', value: 'enabled' });
  world.given('DeleteAccountSetting', { name: 'containerInsights' });
  world.given('CreateCluster', { clusterName: 'second', tags: [{ key: 'a', value: 'b' }] });
  world.given('UpdateClusterSettings', { cluster: 'second', settings: [{ name: 'containerInsights', value: 'enabled' }] });
  world.given('TagResource', {
    resourceArn: 'arn:aws:ecs:us-east-1:000000000000:cluster/second',
    tags: [{ key: 'c', value: 'd' }],
  });
  world.given('UntagResource', { resourceArn: 'arn:aws:ecs:us-east-1:000000000000:cluster/second', tagKeys: ['a'] });
  world.given('DeleteCluster', { cluster: 'second' });
  const instance = world.instance();
  world.given('PutAttributes', { attributes: [{ name: 'stack', value: 'prod', targetId: instance }] });
  world.given('DeleteAttributes', { attributes: [{ name: 'stack', targetId: instance }] });
  world.given('SetAgentConnectivity', { containerInstanceArns: [instance], connected: false }, 'health-monitor');
  world.given('SetAgentConnectivity', { containerInstanceArns: [instance], connected: true }, 'health-monitor');
  const definition = world.definition([{ name: 'web', image: 'web', memory: 128, portMappings: [{ containerPort: 80 }] }]);
  world.place(definition, [instance, instance], { rememberToken: true });
  const [first] = [...world.state.tasks.values()];
  const at = '2026-11-23T12:00:01.000Z';
  const report = (sequence: number, change: object) =>
    world.given(
      'RecordTaskProgress',
      {
        reports: [
          {
            containerInstanceArn: instance,
            report: { taskArn: first!.taskArn, sequence, healthStatus: 'UNKNOWN', containers: [], ...change },
          },
        ],
      },
      'health-monitor',
    );
  const web = { name: 'web', lastStatus: 'RUNNING', healthStatus: 'UNKNOWN', restartCount: 0 };
  const networkBindings = [{ bindIP: '127.0.0.1', containerPort: 80, hostPort: 49153, protocol: 'tcp' }];
  report(1, {
    status: 'RUNNING',
    startedAt: at,
    pullStartedAt: at,
    pullStoppedAt: at,
    containers: [{ ...web, networkBindings }],
  });
  world.given('StopTask', { task: first!.taskArn, reason: 'enough' });
  report(2, {
    status: 'STOPPED',
    stoppingAt: at,
    stoppedAt: at,
    containers: [{ ...web, lastStatus: 'STOPPED', exitCode: 0, networkBindings }],
  });
  world.now += 61 * 60 * 1000;
  world.given('Expire', {});
  world.given('UpdateContainerInstancesState', { containerInstances: [instance], status: 'DRAINING' });
  world.given('DeregisterContainerInstance', { containerInstance: instance, force: true });
  world.given('DeregisterTaskDefinition', { taskDefinition: 'web:1' });
  world.given('DeleteTaskDefinitions', { taskDefinitions: ['web:1'] });
  world.now += 25 * 60 * 60 * 1000;
  world.given('Expire', {});
  return world.commits;
}

/** An instance and a cluster that are gone, and an hour later forgotten. */
export function recordForgetting(): Commit[] {
  const world = new EcsWorld();
  const containerInstance = world.instance();
  world.place(world.definition(), [containerInstance]);
  const [{ taskArn }] = [...world.state.tasks.values()] as [Task];
  for (const [sequence, status] of [[1, 'RUNNING'] as const, [2, 'STOPPED'] as const]) {
    const report = { taskArn, sequence, status, healthStatus: 'UNKNOWN', containers: [], stopCode: 'EssentialContainerExited' };
    world.given('RecordTaskProgress', { reports: [{ containerInstanceArn: containerInstance, report }] }, 'health-monitor');
  }
  world.given('DeregisterContainerInstance', { containerInstance });
  world.given('DeleteCluster', { cluster: 'default' });
  world.now += 61 * 60 * 1000;
  // What is remembered of a cluster goes before it.
  for (let round = 0; round < 2; round++) world.given('Expire', {});
  return world.commits;
}

/** A protected task that outlives a scale-in, and goes when its protection is taken back. */
export function recordProtection(): Commit[] {
  const world = new ServiceWorld();
  world.create();
  world.becomeSteady();
  const tasks = world.live.map(({ taskArn }) => taskArn);
  const protect = (protectionEnabled: boolean) =>
    world.given('UpdateTaskProtection', { cluster: 'default', tasks, protectionEnabled });
  protect(true);
  world.given('UpdateService', { service: 'web', desiredCount: 1 });
  world.settle();
  protect(false);
  world.becomeSteady();
  return world.commits;
}

/** A task that moves to an instance that is back, and a daemon that comes to one that joins. */
export function recordMoves(): Commit[] {
  const world = new ServiceWorld();
  const setSecond = (status: string) =>
    world.given('UpdateContainerInstancesState', { containerInstances: ['2'.repeat(32)], status });
  world.create();
  world.becomeSteady();
  setSecond('DRAINING');
  world.becomeSteady();
  setSecond('ACTIVE');
  world.becomeSteady();
  world.given('DeleteService', { service: 'web', force: true });
  for (let round = 0; round < 3; round++) {
    world.settle();
    world.obey();
  }
  world.given('CreateService', { serviceName: 'web', taskDefinition: 'web', schedulingStrategy: 'DAEMON', healthyAfterMs: 0 });
  world.becomeSteady();
  world.instance('3'.repeat(32));
  world.becomeSteady();
  return world.commits;
}

/** Tasks behind a load balancer: registered, sick, replaced, drained by the load balancer and by their deadline. */
export function recordTargets(): Commit[] {
  const world = new BalancedWorld();
  world.create({ role: 'ecsServiceRole', healthCheckGracePeriodSeconds: 1 });
  world.becomeSteady();
  world.health(world.live.slice(0, 1), 'unhealthy', 'Health checks failed with these codes: [404]');
  world.wait(2_000);
  world.becomeSteady();
  world.definition();
  world.given('UpdateService', { service: 'web', taskDefinition: 'web:2', loadBalancers: [behind(OTHER_GROUP)], ...FACTS });
  world.becomeSteady();
  const [task] = world.live as [Task];
  world.given('StopTask', { task: task.taskArn, reason: 'enough' });
  world.wait(DELAY_MS);
  world.given('Expire', {});
  world.becomeSteady();
  world.given('UpdateService', { service: 'web', loadBalancers: [] });
  world.becomeSteady();
  return world.commits;
}

/** A service of Fargate in a cluster without instances: its tasks run on those of another, with interfaces of their own. */
export function recordFargate(): Commit[] {
  const world = new FargateWorld();
  world.create();
  world.becomeSteady();
  world.given('UpdateService', {
    cluster: 'apps',
    service: 'web',
    capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT' }],
  });
  world.becomeSteady();
  return world.commits;
}

/** One that says when its interface is taken away, and one that says only when it is over. */
export function recordDeprovisioning(): Commit[] {
  const world = new FargateWorld();
  world.create();
  world.becomeSteady();
  const [told, untold] = world.live;
  world.report(told!, 'DEPROVISIONING');
  world.report(told!, 'STOPPED');
  world.exits(untold!);
  world.becomeSteady();
  return world.commits;
}

/** Capacity providers of Auto Scaling groups, and a service that shares its tasks among two. */
export function recordCapacityProviders(): Commit[] {
  const world = new CapacityWorld();
  for (const name of ['a', 'b', 'gone']) world.provider(name, { managedScaling: { status: 'ENABLED' } });
  world.associate(['a', 'b']);
  world.hostOf('a', '1');
  world.hostOf('b', '2');
  const shared = [
    { capacityProvider: 'a', base: 1 },
    { capacityProvider: 'b', weight: 1 },
  ];
  world.create({ capacityProviderStrategy: shared }, 0);
  world.becomeSteady();
  const managedScaling = { status: 'ENABLED', targetCapacity: 80 };
  world.given('UpdateCapacityProvider', { name: 'a', autoScalingGroupProvider: { managedScaling } });
  world.given('TagResource', {
    resourceArn: world.service.serviceArn.replace(/service.*/, 'capacity-provider/a'),
    tags: [{ key: 'a', value: '1' }],
  });
  world.given('DeleteCapacityProvider', { capacityProvider: 'gone' });
  world.now += 3_600_000;
  world.given('Expire', {});
  return world.commits;
}

/** Tasks that wait for capacity: one gets a place, one is stopped, one waits in vain. */
export function recordWaitingTasks(): Commit[] {
  const world = new CapacityWorld();
  world.provider('a', { managedScaling: { status: 'ENABLED' } });
  world.associate(['a']);
  const [one, other] = world.accepted(3);
  const containerInstanceArn = world.hostOf('a', '1');
  world.given('PlaceWaitingTasks', { placements: [{ taskArn: one!.taskArn, containerInstanceArn }] }, 'scheduler');
  world.given('StopTask', { task: other!.taskArn });
  world.given('UpdateContainerInstancesState', { containerInstances: ['1'.repeat(32)], status: 'DRAINING' });
  world.now += 15 * 60_000;
  world.given('Expire', {});
  return world.commits;
}
