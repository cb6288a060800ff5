import { beforeEach, describe, expect, it } from '@jest/globals';
import { CapacityWorld, factOf, groupArn } from '../../../../test/support/capacity-world.js';

const ARN = 'arn:aws:ecs:us-east-1:000000000000:capacity-provider/spot';
const group = (more: object = {}) => ({ autoScalingGroupArn: groupArn('spot'), ...more });
const DEFAULT_SCALING = {
  status: 'DISABLED',
  targetCapacity: 100,
  minimumScalingStepSize: 1,
  maximumScalingStepSize: 10_000,
  instanceWarmupPeriod: 300,
};

let world: CapacityWorld;
beforeEach(() => {
  world = new CapacityWorld();
});

const create = (more: object = {}, provider: object = {}) =>
  world.given<any>('CreateCapacityProvider', {
    name: 'spot',
    autoScalingGroupProvider: group(provider),
    ...factOf('spot'),
    ...more,
  }).capacityProvider;
const describeIt = (input: object = {}) => world.query<any>('DescribeCapacityProviders', input);

describe('a capacity provider of an Auto Scaling group', () => {
  it('has ECS’s shape and defaults, and reads back what was given', () => {
    expect(create()).toEqual({
      capacityProviderArn: ARN,
      name: 'spot',
      status: 'ACTIVE',
      type: 'EC2_AUTOSCALING',
      autoScalingGroupProvider: {
        autoScalingGroupArn: groupArn('spot'),
        managedScaling: DEFAULT_SCALING,
        managedTerminationProtection: 'DISABLED',
        managedDraining: 'ENABLED',
      },
      tags: [],
    });
    const managedScaling = { status: 'ENABLED', targetCapacity: 80, instanceWarmupPeriod: 0 };
    const settings = { managedScaling, managedTerminationProtection: 'ENABLED', managedDraining: 'DISABLED' };
    const autoScalingGroupProvider = { autoScalingGroupArn: 'other', ...settings };
    const tags = [{ key: 'a', value: 'b' }];
    const made = world.given<any>('CreateCapacityProvider', { name: 'x', autoScalingGroupProvider, tags, ...factOf('other') });
    expect(made.capacityProvider).toMatchObject({
      autoScalingGroupProvider: {
        autoScalingGroupArn: groupArn('other'),
        ...settings,
        managedScaling: { ...DEFAULT_SCALING, ...managedScaling },
      },
      tags,
    });
  });

  it.each([
    ['a reserved name', { name: 'fargate-x' }, /^InvalidParameterException: The specified capacity provider name is invalid/],
    ['a name with a blank', { name: 'my x' }, /name is invalid/],
    [
      'a group that there is not',
      { autoScalingGroup: undefined },
      /^ClientException: The specified Auto Scaling group .* not found/,
    ],
    ['no group', { autoScalingGroupProvider: undefined }, /autoScalingGroupProvider cannot be empty/],
    ['managed instances', { managedInstancesProvider: {} }, /^UnsupportedFeatureException/],
    [
      'termination protection without managed scaling',
      { autoScalingGroupProvider: group({ managedTerminationProtection: 'ENABLED' }) },
      /^ClientException: The managed termination protection setting .* is invalid/,
    ],
    [
      'steps of which the least is the larger',
      { autoScalingGroupProvider: group({ managedScaling: { minimumScalingStepSize: 3, maximumScalingStepSize: 2 } }) },
      /cannot be larger/,
    ],
  ])('is refused with %s', (_what, more, message) => {
    const input = { name: 'spot', autoScalingGroupProvider: group(), ...factOf('spot'), ...more };
    expect(world.refused('CreateCapacityProvider', input)).toMatch(message);
  });

  it('belongs to no cluster', () => {
    world.given('CreateCluster', {});
    const input = { name: 'spot', cluster: 'default', autoScalingGroupProvider: group(), ...factOf('spot') };
    expect(world.refused('CreateCapacityProvider', input)).toMatch(/belongs to no cluster/);
  });

  it('is made once of a name, and a group has one', () => {
    create();
    const again = { name: 'spot', autoScalingGroupProvider: group(), ...factOf('spot') };
    expect(world.refused('CreateCapacityProvider', again)).toMatch(
      /^ClientException: The specified capacity provider already exists/,
    );
    expect(world.refused('CreateCapacityProvider', { ...again, name: 'other' })).toMatch(/already being used by another/);
  });

  it('changes what is given, and says that the change is complete', () => {
    create({}, { managedScaling: { status: 'ENABLED', targetCapacity: 80 } });
    const change = { name: 'spot', autoScalingGroupProvider: { managedScaling: { targetCapacity: 90 } } };
    expect(world.given<any>('UpdateCapacityProvider', change).capacityProvider).toMatchObject({
      updateStatus: 'UPDATE_COMPLETE',
      autoScalingGroupProvider: { managedScaling: { status: 'ENABLED', targetCapacity: 90 } },
    });
    expect(world.command('UpdateCapacityProvider', change)).toMatchObject({ events: [] });
    expect(world.refused('UpdateCapacityProvider', { ...change, name: 'none' })).toMatch(/^ClientException: .* does not exist/);
    expect(world.refused('UpdateCapacityProvider', { ...change, name: 'FARGATE' })).toMatch(/is reserved/);
  });

  it('is described with those of Fargate, by name or ARN, with tags only when asked; what is missing is named', () => {
    create({ tags: [{ key: 'a', value: '1' }] });
    const names = (input: object) => describeIt(input).capacityProviders.map(({ name }: { name: string }) => name);
    expect(names({})).toEqual(['FARGATE', 'FARGATE_SPOT', 'spot']);
    const { capacityProviders, failures } = describeIt({ capacityProviders: [ARN, 'none'] });
    expect(capacityProviders).toMatchObject([{ name: 'spot', tags: [] }]);
    expect(failures).toEqual([{ arn: ARN.replace('spot', 'none'), reason: 'MISSING' }]);
    expect(describeIt({ capacityProviders: ['spot'], include: ['TAGS'] }).capacityProviders[0].tags).toHaveLength(1);
    world.given('CreateCluster', {});
    expect(names({ cluster: 'default' })).toEqual(['FARGATE', 'FARGATE_SPOT']);
    world.associate(['spot']);
    expect(names({ cluster: 'default' })).toEqual(['FARGATE', 'FARGATE_SPOT', 'spot']);
  });

  it('of another account or region is not there', () => {
    create();
    const foreign = ARN.replace('000000000000', '111111111111');
    expect(describeIt({ capacityProviders: [foreign] }).failures).toEqual([{ arn: foreign, reason: 'MISSING' }]);
    expect(world.refused('DeleteCapacityProvider', { capacityProvider: foreign })).toMatch(/does not exist/);
  });

  it('is deleted when no cluster has it, stays INACTIVE for an hour, and its name and group are free', () => {
    create();
    world.associate(['spot']);
    expect(world.refused('DeleteCapacityProvider', { capacityProvider: 'spot' })).toMatch(
      /^ClientException: The capacity provider cannot be deleted because it is associated with cluster: default\./,
    );
    world.associate([]);
    expect(world.given<any>('DeleteCapacityProvider', { capacityProvider: ARN }).capacityProvider).toMatchObject({
      status: 'ACTIVE',
      updateStatus: 'DELETE_IN_PROGRESS',
    });
    const [gone] = describeIt({ capacityProviders: ['spot'] }).capacityProviders;
    expect(gone).toMatchObject({ status: 'INACTIVE', updateStatus: 'DELETE_COMPLETE' });
    expect(describeIt().capacityProviders).toHaveLength(2);
    expect(world.refused('DeleteCapacityProvider', { capacityProvider: 'spot' })).toMatch(/does not exist/);
    world.now += 3_600_000;
    world.given('Expire', {});
    expect(describeIt({ capacityProviders: ['spot'] }).failures).toHaveLength(1);
    expect(create()).toMatchObject({ status: 'ACTIVE' });
  });

  it('takes tags', () => {
    create();
    world.given('TagResource', { resourceArn: ARN, tags: [{ key: 'a', value: '1' }] });
    world.given('UntagResource', { resourceArn: ARN, tagKeys: ['b'] });
    expect(world.query<any>('ListTagsForResource', { resourceArn: ARN }).tags).toEqual([{ key: 'a', value: '1' }]);
  });
});

describe('a cluster', () => {
  it('has a provider, also as its default, and keeps it while services or tasks use it', () => {
    world.provider('spot');
    world.hostOf('spot', '1');
    world.associate(['spot'], [{ capacityProvider: 'spot', weight: 1 }]);
    expect(world.query<any>('DescribeClusters', {}).clusters[0]).toMatchObject({
      capacityProviders: ['spot'],
      defaultCapacityProviderStrategy: [{ capacityProvider: 'spot', weight: 1, base: 0 }],
    });
    const nothing = { cluster: 'default', capacityProviders: [], defaultCapacityProviderStrategy: [] };
    world.create({ desiredCount: 1 }, 0);
    expect(world.refused('PutClusterCapacityProviders', nothing)).toMatch(/^ResourceInUseException/);
    world.settle();
    world.given('DeleteService', { service: 'web', force: true });
    for (let round = 0; round < 3; round++) {
      world.obey();
      world.settle();
    }
    world.given('PutClusterCapacityProviders', nothing);
  });

  it.each([
    [['none'], [], /'none' was not found/],
    [[], [{ capacityProvider: 'spot' }], /not associated with the cluster/],
    [['spot', 'FARGATE'], [{ capacityProvider: 'spot', weight: 1 }, { capacityProvider: 'FARGATE' }], /cannot contain a mix/],
  ])('is refused %j with the strategy %j', (capacityProviders, strategy, message) => {
    world.provider('spot');
    world.given('CreateCluster', {});
    const input = { cluster: 'default', capacityProviders, defaultCapacityProviderStrategy: strategy };
    expect(world.refused('PutClusterCapacityProviders', input)).toMatch(message);
  });
});
