import { ScalingWorld } from '../../../../../test/support/scaling-world.js';

const CONFIGURATION = { LaunchConfigurationName: 'hosts', ImageId: 'ami-1', InstanceType: 't3.micro' };
const GROUP = { AutoScalingGroupName: 'web', MinSize: 0, MaxSize: 1, AvailabilityZones: ['us-east-1a'] };
const OLD = { LaunchConfigurationName: 'hosts' };

describe('launch configurations', () => {
  let world: ScalingWorld;
  beforeEach(() => {
    world = new ScalingWorld();
    world.ok('CreateLaunchConfiguration', CONFIGURATION);
  });
  const names = (input: object = {}) =>
    world.ask('DescribeLaunchConfigurations', input).LaunchConfigurations.map((one: any) => one.LaunchConfigurationName);

  it('are told as they were made, with Auto Scaling’s defaults', () => {
    expect(world.ask('DescribeLaunchConfigurations').LaunchConfigurations).toEqual([
      {
        LaunchConfigurationName: 'hosts',
        LaunchConfigurationARN: expect.stringMatching(
          /^arn:aws:autoscaling:us-east-1:000000000000:launchConfiguration:[0-9a-f]{8}-[0-9a-f-]{27}:launchConfigurationName\/hosts$/,
        ),
        ImageId: 'ami-1',
        InstanceType: 't3.micro',
        KeyName: '',
        SecurityGroups: [],
        ClassicLinkVPCSecurityGroups: [],
        UserData: '',
        KernelId: '',
        RamdiskId: '',
        BlockDeviceMappings: [],
        InstanceMonitoring: { Enabled: true },
        EbsOptimized: false,
        CreatedTime: '2026-11-23T12:00:00.001Z',
      },
    ]);
  });

  it('keep what they were given', () => {
    const given = {
      KeyName: 'key',
      SecurityGroups: ['sg-1'],
      UserData: 'IyEvYmluL3No',
      InstanceMonitoring: { Enabled: false },
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 30, VolumeType: 'gp3' } }],
      AssociatePublicIpAddress: false,
      MetadataOptions: { HttpTokens: 'required' },
    };
    world.ok('CreateLaunchConfiguration', { ...CONFIGURATION, LaunchConfigurationName: 'full', ...given });
    const [full] = world.ask('DescribeLaunchConfigurations', { LaunchConfigurationNames: ['full'] }).LaunchConfigurations;
    expect(full).toMatchObject(given);
  });

  it('are found by name, page by page', () => {
    for (const LaunchConfigurationName of ['a', 'z'])
      world.ok('CreateLaunchConfiguration', { ...CONFIGURATION, LaunchConfigurationName });
    expect(names()).toEqual(['a', 'hosts', 'z']);
    expect(names({ LaunchConfigurationNames: ['z', 'none'] })).toEqual(['z']);
    const { NextToken } = world.ask('DescribeLaunchConfigurations', { MaxRecords: 2 });
    expect(names({ MaxRecords: 2, NextToken })).toEqual(['z']);
  });

  it('go when no group is made of them any more', () => {
    world.ok('CreateAutoScalingGroup', { ...GROUP, LaunchConfigurationName: 'hosts' });
    expect(world.refusal('DeleteLaunchConfiguration', OLD)).toBe(
      'ResourceInUseFault: Cannot delete launch configuration hosts because it is attached to AutoScalingGroup web',
    );
    world.ok('UpdateAutoScalingGroup', { AutoScalingGroupName: 'web', LaunchTemplate: { LaunchTemplateName: 'new' } });
    expect(world.eventsOf('DeleteLaunchConfiguration', OLD)).toEqual(['LaunchConfigurationDeleted']);
    expect(names()).toEqual([]);
  });

  it.each<[string, string, object, RegExp]>([
    ['a second of the name', 'CreateLaunchConfiguration', CONFIGURATION, /^AlreadyExistsFault: .* exists with the name hosts$/],
    ['a colon', 'CreateLaunchConfiguration', { ...CONFIGURATION, LaunchConfigurationName: 'a:b' }, /colon/],
    ['no image', 'CreateLaunchConfiguration', { LaunchConfigurationName: 'b', InstanceType: 't3.micro' }, /both the ImageId and/],
    ['an instance', 'CreateLaunchConfiguration', { LaunchConfigurationName: 'b', InstanceId: 'i-1' }, /of an instance/],
    ['the end of none', 'DeleteLaunchConfiguration', { LaunchConfigurationName: 'x' }, /^ValidationError: .* x not found$/],
    ['a group of none', 'CreateAutoScalingGroup', { ...GROUP, LaunchConfigurationName: 'x' }, /the name: x does not exist$/],
    ['a token of something else', 'DescribeLaunchConfigurations', { NextToken: 'x' }, /^InvalidNextToken: /],
  ])('refuse %s', (_what, operation, input, message) => {
    expect(world.refusal(operation, input)).toMatch(message);
  });
});
