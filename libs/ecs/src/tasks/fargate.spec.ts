import { describe, expect, it } from '@jest/globals';
import { FargateWorld, SUBNET } from '../../../../test/support/fargate-world.js';
import { steadyWorld } from '../../../../test/support/service-world.js';
import type { EcsEvents } from '../model/events.js';
import type { Task } from '../model/task.js';
import { describeTask } from './describe.js';

const steady = (more: object = {}) => {
  const world = new FargateWorld();
  world.create(more);
  world.becomeSteady();
  return world;
};
const shown = (world: FargateWorld) => describeTask(world.live[0]!) as any;
const clusterOf = (world: FargateWorld, name: string) => world.query<any>('DescribeClusters', { clusters: [name] }).clusters[0];

describe('a service of Fargate', () => {
  it('runs on hosts of other clusters when its own has none, and counts in its own', () => {
    const world = steady();
    expect(world.live).toHaveLength(2);
    for (const { containerInstanceArn } of world.live) expect(containerInstanceArn).toContain('container-instance/default/');
    expect(clusterOf(world, 'apps')).toMatchObject({ runningTasksCount: 2, registeredContainerInstancesCount: 0 });
    expect(clusterOf(world, 'default')).toMatchObject({ runningTasksCount: 0, registeredContainerInstancesCount: 2 });
  });

  it('has tasks with an interface of their own, shown as ECS shows it', () => {
    const task = shown(steady());
    expect(task).toMatchObject({
      launchType: 'FARGATE',
      platformVersion: '1.4.0',
      platformFamily: 'Linux',
      ephemeralStorage: { sizeInGiB: 20 },
    });
    const [{ id, type, status, details }] = task.attachments;
    expect({ type, status }).toEqual({ type: 'ElasticNetworkInterface', status: 'ATTACHED' });
    expect(details.map(({ name }: { name: string }) => name)).toEqual([
      'subnetId',
      'networkInterfaceId',
      'macAddress',
      'privateDnsName',
      'privateIPv4Address',
    ]);
    const { value } = details[4];
    expect(task.containers[0].networkInterfaces).toEqual([{ attachmentId: id, privateIpv4Address: value }]);
  });

  it('is PROVISIONING and names its subnet before there is an interface, and says that it is gone afterwards', () => {
    const world = new FargateWorld();
    world.create();
    world.settle();
    expect(shown(world).attachments).toMatchObject([{ status: 'PRECREATED', details: [{ name: 'subnetId', value: SUBNET }] }]);
    const [task] = world.live;
    expect(task!.lastStatus).toBe('PROVISIONING');
    world.attach(task!);
    expect(world.live[0]!.lastStatus).toBe('PENDING');
    world.exits(world.live[0]!);
    expect((describeTask(world.state.tasks.get(task!.taskArn)!) as any).attachments).toMatchObject([{ status: 'DELETED' }]);
  });

  it('is DEPROVISIONING while its interface is taken away, whether its host has said so or only that it is over', () => {
    const world = steady();
    const [told, untold] = world.live;
    const passed = ({ taskArn }: Task) =>
      world.commits.flatMap(({ transactions }) =>
        transactions.flatMap(({ events }) =>
          events.flatMap(({ type, data }) => {
            const changed = data as EcsEvents['TaskStatusChanged'];
            return type === 'TaskStatusChanged' && changed.taskArn === taskArn ? [changed.to] : [];
          }),
        ),
      );
    world.given('StopTask', { cluster: 'apps', task: told!.taskArn });
    world.report(told!, 'STOPPING');
    world.report(told!, 'DEPROVISIONING');
    const going = describeTask(world.state.tasks.get(told!.taskArn)!);
    expect(going).toMatchObject({ lastStatus: 'DEPROVISIONING', attachments: [{ status: 'ATTACHED' }] });
    world.report(told!, 'STOPPED');
    world.exits(untold!);
    for (const task of [told!, untold!]) expect(passed(task).slice(-3)).toEqual(['STOPPING', 'DEPROVISIONING', 'STOPPED']);
  });

  it('of a task without an interface of its own is never DEPROVISIONING, whatever its host says', () => {
    const world = steadyWorld();
    const [task] = world.live;
    world.report(task!, 'DEPROVISIONING', { stoppingAt: new Date(world.now).toISOString() });
    expect(world.state.tasks.get(task!.taskArn)!.lastStatus).toBe('STOPPING');
  });

  it('shares its tasks among capacity providers, shown instead of a launch type', () => {
    const strategy = [
      { capacityProvider: 'FARGATE', weight: 1, base: 1 },
      { capacityProvider: 'FARGATE_SPOT', weight: 1, base: 0 },
    ];
    const world = steady({ launchType: undefined, capacityProviderStrategy: strategy });
    expect(world.live.map(({ capacityProviderName }) => capacityProviderName)).toEqual(['FARGATE', 'FARGATE']);
    const [service] = world.query<any>('DescribeServices', { cluster: 'apps', services: ['web'] }).services;
    expect(service).toMatchObject({ capacityProviderStrategy: strategy, platformVersion: 'LATEST', platformFamily: 'Linux' });
    expect(service).not.toHaveProperty('launchType');
  });

  it('reads back the strategy that was written, also without a weight', () => {
    const world = steady({ launchType: undefined, capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT' }] });
    expect(world.service.capacityProviderStrategy).toEqual([{ capacityProvider: 'FARGATE_SPOT', weight: 0, base: 0 }]);
    expect(world.live.map(({ capacityProviderName }) => capacityProviderName)).toEqual(['FARGATE_SPOT', 'FARGATE_SPOT']);
  });

  it('takes the strategy of its cluster when it names neither', () => {
    const world = new FargateWorld();
    const defaults = { defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }] };
    world.given('CreateCluster', { clusterName: 'apps', capacityProviders: ['FARGATE', 'FARGATE_SPOT'], ...defaults });
    world.create({ launchType: undefined });
    expect(world.service.capacityProviderStrategy).toEqual([{ capacityProvider: 'FARGATE_SPOT', weight: 1, base: 0 }]);
  });
});

it('an address is not recorded of a task that asked for none, nor of one that is over', () => {
  const world = steady();
  const [task] = world.live;
  world.exits(task!);
  const networkInterface = { ...task!.networkInterface!, privateIpv4Address: '10.0.0.1' };
  world.given('RecordNetworkInterface', { taskArn: task!.taskArn, networkInterface }, 'network');
  expect(world.state.tasks.get(task!.taskArn)!.networkInterface).toEqual(task!.networkInterface);
  const bridge = steadyWorld();
  bridge.given('RecordNetworkInterface', { taskArn: bridge.live[0]!.taskArn, networkInterface }, 'network');
  expect(bridge.live[0]!.networkInterface).toBeUndefined();
});
