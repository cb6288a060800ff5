import { beforeEach, describe, expect, it } from '@jest/globals';
import { ScalingWorld } from '../../../../../test/support/scaling-world.js';

const GROUP = {
  AutoScalingGroupName: 'hosts',
  MinSize: 2,
  MaxSize: 4,
  VPCZoneIdentifier: 's',
  LaunchTemplate: { LaunchTemplateName: 'h' },
};
const ID = { accountId: '000000000000', region: 'us-east-1', name: 'hosts' };
const hosts = (more: object = {}) => ({ AutoScalingGroupName: 'hosts', ...more });

describe('an instance refresh', () => {
  let world: ScalingWorld;
  beforeEach(() => {
    world = new ScalingWorld();
    world.ok('CreateAutoScalingGroup', GROUP);
    world.ok('LaunchGroupInstances', { launches: [{ ...ID, count: 2, owned: 0, cause: 'two are missing.' }] });
  });
  const shown = () => world.ask('DescribeInstanceRefreshes', hosts()).InstanceRefreshes;
  const gone = () => {
    const [first] = [...world.state.autoScalingGroups.values()][0]!.instances;
    world.ok('RecordGroupInstances', { outcomes: [{ ...ID, instanceId: first!.id, outcome: 'gone' }] });
  };

  it('is told from its beginning to its end, and its configuration is the group’s then', () => {
    const DesiredConfiguration = { LaunchTemplate: { LaunchTemplateName: 'h', Version: '2' } };
    const { InstanceRefreshId } = world.ok('StartInstanceRefresh', hosts({ DesiredConfiguration }));
    const begun = {
      InstanceRefreshId,
      AutoScalingGroupName: 'hosts',
      Strategy: 'Rolling',
      Status: 'InProgress',
      StartTime: expect.any(String),
      PercentageComplete: 0,
      InstancesToUpdate: 2,
      Preferences: { MinHealthyPercentage: 90, MaxHealthyPercentage: 100 },
      DesiredConfiguration,
    };
    expect(shown()).toEqual([begun]);
    gone();
    expect(shown()).toMatchObject([{ PercentageComplete: 50, InstancesToUpdate: 1 }]);
    gone();
    const refreshId = [...world.state.autoScalingGroups.values()][0]!.refreshes![0]!.id;
    const finish = { refreshes: [{ ...ID, refreshId }] };
    expect(world.eventsOf('FinishInstanceRefreshes', finish)).toEqual(['AutoScalingGroupRefreshEnded']);
    expect(world.eventsOf('FinishInstanceRefreshes', finish)).toEqual([]);
    expect(shown()).toMatchObject([{ Status: 'Successful', PercentageComplete: 100, EndTime: expect.any(String) }]);
    expect(world.ask('DescribeAutoScalingGroups').AutoScalingGroups[0].LaunchTemplate).toEqual(
      DesiredConfiguration.LaunchTemplate,
    );
  });

  it('is one at a time, and can be cancelled', () => {
    const { InstanceRefreshId } = world.ok('StartInstanceRefresh', hosts());
    expect(world.refusal('StartInstanceRefresh', hosts())).toContain('InstanceRefreshInProgress');
    expect(world.ok('CancelInstanceRefresh', hosts())).toEqual({ InstanceRefreshId });
    expect(world.refusal('CancelInstanceRefresh', hosts())).toBe(
      'ActiveInstanceRefreshNotFound: No in progress or pending Instance Refresh found for Auto Scaling group hosts',
    );
    const next = world.ok('StartInstanceRefresh', hosts()).InstanceRefreshId;
    expect(shown().map((one: any) => [one.InstanceRefreshId, one.Status])).toEqual([
      [next, 'InProgress'],
      [InstanceRefreshId, 'Cancelled'],
    ]);
    expect(world.ask('DescribeInstanceRefreshes', hosts({ InstanceRefreshIds: [next] })).InstanceRefreshes).toHaveLength(1);
  });

  it('takes what the group’s maintenance policy says where it says nothing itself', () => {
    const InstanceMaintenancePolicy = { MinHealthyPercentage: 100, MaxHealthyPercentage: 150 };
    world.ok('UpdateAutoScalingGroup', hosts({ InstanceMaintenancePolicy }));
    world.ok('StartInstanceRefresh', hosts({ Preferences: { MaxHealthyPercentage: 200, SkipMatching: false } }));
    expect(shown()[0].Preferences).toEqual({ MinHealthyPercentage: 100, MaxHealthyPercentage: 200, SkipMatching: false });
  });

  it.each([
    ['another strategy', { Strategy: 'ReplaceRootVolume' }, /Strategy must be Rolling, not ReplaceRootVolume/],
    ['less than no host', { Preferences: { MinHealthyPercentage: -1 } }, /MinHealthyPercentage must be/],
    ['fewer than are wanted', { Preferences: { MaxHealthyPercentage: 99 } }, /MaxHealthyPercentage must be/],
    ['too far a way', { Preferences: { MinHealthyPercentage: 0, MaxHealthyPercentage: 101 } }, /cannot be greater than 100/],
    ['a way back to nowhere', { Preferences: { AutoRollback: true } }, /DesiredConfiguration parameter is empty/],
  ])('is refused with %s', (_what, more, message) => {
    expect(world.refusal('StartInstanceRefresh', hosts(more))).toMatch(message);
  });
});
