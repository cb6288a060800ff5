import { beforeEach, describe, expect, it } from '@jest/globals';
import { ScalingWorld } from '../../../../../test/support/scaling-world.js';

const GROUP = {
  AutoScalingGroupName: 'hosts',
  MinSize: 1,
  MaxSize: 3,
  LaunchTemplate: { LaunchTemplateName: 'host', Version: '$Latest' },
  VPCZoneIdentifier: 'subnet-a,subnet-b',
};
const CONFIGURATION = { LaunchConfigurationName: 'old', ImageId: 'ami-1', InstanceType: 't3.micro' };
const tag = (Key: string, Value: string, ResourceId = 'hosts') => ({
  ResourceId,
  ResourceType: 'auto-scaling-group',
  Key,
  Value,
  PropagateAtLaunch: true,
});

describe('Auto Scaling groups', () => {
  let world: ScalingWorld;
  beforeEach(() => {
    world = new ScalingWorld();
    world.ok('CreateAutoScalingGroup', { ...GROUP, Tags: [tag('b', '2'), tag('a', '1')] });
  });
  const described = (input: object = {}) => world.ask('DescribeAutoScalingGroups', input).AutoScalingGroups;
  const change = (more: object) => ({ AutoScalingGroupName: 'hosts', ...more });

  it('are told as they were made, with Auto Scaling’s defaults', () => {
    expect(described()).toEqual([
      {
        AutoScalingGroupName: 'hosts',
        AutoScalingGroupARN: expect.stringMatching(
          /^arn:aws:autoscaling:us-east-1:000000000000:autoScalingGroup:[0-9a-f]{8}-[0-9a-f-]{27}:autoScalingGroupName\/hosts$/,
        ),
        MinSize: 1,
        MaxSize: 3,
        DesiredCapacity: 1,
        DefaultCooldown: 300,
        HealthCheckType: 'EC2',
        HealthCheckGracePeriod: 0,
        NewInstancesProtectedFromScaleIn: false,
        AvailabilityZones: [],
        VPCZoneIdentifier: 'subnet-a,subnet-b',
        TerminationPolicies: ['Default'],
        ServiceLinkedRoleARN: expect.stringContaining('AWSServiceRoleForAutoScaling'),
        LaunchTemplate: GROUP.LaunchTemplate,
        CreatedTime: '2026-11-23T12:00:00.001Z',
        AvailabilityZoneDistribution: { CapacityDistributionStrategy: 'balanced-best-effort' },
        LoadBalancerNames: [],
        TargetGroupARNs: [],
        TrafficSources: [],
        SuspendedProcesses: [],
        EnabledMetrics: [],
        Tags: [tag('a', '1'), tag('b', '2')],
        Instances: [],
      },
    ]);
  });

  it('keep their desired capacity within new bounds, and write nothing for what is so already', () => {
    world.ok('UpdateAutoScalingGroup', change({ MinSize: 2, DefaultInstanceWarmup: 60 }));
    expect(described()[0]).toMatchObject({ MinSize: 2, DesiredCapacity: 2, DefaultInstanceWarmup: 60 });
    world.ok('UpdateAutoScalingGroup', change({ MinSize: 0, MaxSize: 1, DefaultInstanceWarmup: -1 }));
    expect(described()[0]).toMatchObject({ MinSize: 0, MaxSize: 1, DesiredCapacity: 1 });
    expect(described()[0]).not.toHaveProperty('DefaultInstanceWarmup');
    expect(world.eventsOf('UpdateAutoScalingGroup', change({ MaxSize: 1 }))).toEqual([]);
    expect(world.eventsOf('SetDesiredCapacity', change({ DesiredCapacity: 1 }))).toEqual([]);
    world.ok('SetDesiredCapacity', change({ DesiredCapacity: 0 }));
    expect(described()[0].DesiredCapacity).toBe(0);
  });

  it('show the metrics that are asked for, all where none is named', () => {
    const metrics = () => described()[0].EnabledMetrics.map(({ Metric }: { Metric: string }) => Metric);
    const Granularity = '1Minute';
    world.ok('EnableMetricsCollection', { ...change({}), Metrics: ['GroupMinSize'], Granularity });
    world.ok('EnableMetricsCollection', { ...change({}), Metrics: ['GroupMaxSize'], Granularity });
    expect(described()[0].EnabledMetrics).toEqual([
      { Metric: 'GroupMaxSize', Granularity },
      { Metric: 'GroupMinSize', Granularity },
    ]);
    expect(world.eventsOf('EnableMetricsCollection', { ...change({}), Metrics: ['GroupMinSize'], Granularity })).toEqual([]);
    world.ok('DisableMetricsCollection', { ...change({}), Metrics: ['GroupMinSize'] });
    expect(metrics()).toEqual(['GroupMaxSize']);
    world.ok('EnableMetricsCollection', { ...change({}), Granularity });
    expect(metrics()).toHaveLength(13);
    world.ok('UpdateAutoScalingGroup', change({ DefaultInstanceWarmup: 30 }));
    expect(metrics()).toHaveLength(13);
    world.ok('DisableMetricsCollection', change({}));
    expect(metrics()).toEqual([]);
    world.ok('UpdateAutoScalingGroup', change({ DefaultInstanceWarmup: -1 }));
  });

  it('are made of one thing at a time: another takes its place', () => {
    world.ok('CreateLaunchConfiguration', CONFIGURATION);
    world.ok('UpdateAutoScalingGroup', change({ LaunchConfigurationName: 'old' }));
    expect(described()[0]).toMatchObject({ LaunchConfigurationName: 'old' });
    expect(described()[0]).not.toHaveProperty('LaunchTemplate');
  });

  it('are found by name and by tag, page by page', () => {
    for (const name of ['a', 'z']) world.ok('CreateAutoScalingGroup', { ...GROUP, AutoScalingGroupName: name });
    const names = (input: object) => described(input).map((group: any) => group.AutoScalingGroupName);
    expect(names({ AutoScalingGroupNames: ['z', 'none'] })).toEqual(['z']);
    expect(names({ Filters: [{ Name: 'tag:a', Values: ['1'] }] })).toEqual(['hosts']);
    expect(names({ Filters: [{ Name: 'tag-key', Values: ['a', 'x'] }] })).toEqual(['hosts']);
    const { NextToken, AutoScalingGroups } = world.ask('DescribeAutoScalingGroups', { MaxRecords: 2 });
    expect(AutoScalingGroups).toHaveLength(2);
    expect(names({ MaxRecords: 2, NextToken })).toEqual(['z']);
  });

  it('have tags that are put, read and taken away', () => {
    world.ok('CreateOrUpdateTags', { Tags: [tag('a', '3'), tag('c', '4')] });
    expect(world.eventsOf('CreateOrUpdateTags', { Tags: [tag('a', '3')] })).toEqual([]);
    // A value that it does not have.
    world.ok('DeleteTags', { Tags: [{ ...tag('a', 'x') }, { ResourceId: 'hosts', Key: 'b' }] });
    expect(world.ask('DescribeTagsOfGroups').Tags).toEqual([tag('a', '3'), tag('c', '4')]);
    const Filters = [
      { Name: 'auto-scaling-group', Values: ['hosts'] },
      { Name: 'key', Values: ['c'] },
    ];
    const { Tags } = world.ask('DescribeTagsOfGroups', { Filters });
    expect(Tags).toEqual([tag('c', '4')]);
  });

  it('go when no host is in them any more, or by force', () => {
    expect(world.refusal('DeleteAutoScalingGroup', change({ instances: 1 }))).toMatch(/^ResourceInUseFault: You cannot delete/);
    expect(world.eventsOf('DeleteAutoScalingGroup', change({ instances: 1, ForceDelete: true }))).toEqual([
      'AutoScalingGroupDeleted',
    ]);
    expect(described()).toEqual([]);
  });

  it('are smaller by the host that is terminated, if it is to be so, and say why', () => {
    const terminate = (ShouldDecrementDesiredCapacity: boolean, more: object = {}) => ({
      InstanceId: 'i-0123456789abcdef0',
      ShouldDecrementDesiredCapacity,
      group: 'hosts',
      isGone: false,
      ...more,
    });
    expect(world.refusal('TerminateInstanceInAutoScalingGroup', terminate(true))).toMatch(/desiredSize equals minSize \(1\)/);
    expect(world.refusal('TerminateInstanceInAutoScalingGroup', terminate(false, { isGone: true }))).toMatch(
      /No managed instance found/,
    );
    world.ok('SetDesiredCapacity', change({ DesiredCapacity: 2 }));
    const { Activity } = world.ok('TerminateInstanceInAutoScalingGroup', terminate(true));
    expect(Activity).toMatchObject({
      Description: 'Terminating EC2 instance: i-0123456789abcdef0',
      Cause: expect.stringMatching(/in response to a user request, shrinking the capacity from 2 to 1\.$/),
    });
    expect(described()[0].DesiredCapacity).toBe(1);
    const { Activities } = world.ask('DescribeActivitiesOfGroups', change({}));
    expect(Activities).toEqual([Activity]);
  });

  it('take what AWS does by default, which Terraform sends with each update, and refuse anything else of that', () => {
    const [{ AvailabilityZoneDistribution }] = described();
    world.ok('UpdateAutoScalingGroup', change({ AvailabilityZoneDistribution, MaxSize: 4 }));
    expect(described()[0].MaxSize).toBe(4);
    const other = { AvailabilityZoneDistribution: { CapacityDistributionStrategy: 'balanced-only' } };
    expect(world.refusal('UpdateAutoScalingGroup', change(other))).toMatch(/does not have AvailabilityZoneDistribution/);
  });

  it('keep a maintenance policy until it is taken away', () => {
    const policy = (percentage: number) => ({ MinHealthyPercentage: percentage, MaxHealthyPercentage: percentage });
    world.ok('UpdateAutoScalingGroup', change({ InstanceMaintenancePolicy: policy(100) }));
    expect(described()[0].InstanceMaintenancePolicy).toEqual(policy(100));
    world.ok('UpdateAutoScalingGroup', change({ InstanceMaintenancePolicy: policy(-1) }));
    expect(described()[0]).not.toHaveProperty('InstanceMaintenancePolicy');
  });

  it.each<[string, string, object, RegExp]>([
    ['a second of the name', 'CreateAutoScalingGroup', GROUP, /^AlreadyExistsFault: .* A group with the name hosts already/],
    ['nothing to launch', 'CreateAutoScalingGroup', { ...GROUP, AutoScalingGroupName: 'b', LaunchTemplate: undefined }, /either/],
    ['no subnet', 'CreateAutoScalingGroup', { ...GROUP, AutoScalingGroupName: 'b', VPCZoneIdentifier: undefined }, /Subnet is/],
    ['bounds that cross', 'CreateAutoScalingGroup', { ...GROUP, AutoScalingGroupName: 'b', MinSize: 4 }, /Max bound, 3/],
    ['a colon', 'CreateAutoScalingGroup', { ...GROUP, AutoScalingGroupName: 'a:b' }, /colon/],
    [
      'a template without a name',
      'UpdateAutoScalingGroup',
      change({ LaunchTemplate: { Version: '1' } }),
      /either launchTemplateId/,
    ],
    ['a policy of nothing', 'UpdateAutoScalingGroup', change({ MixedInstancesPolicy: {} }), /must have a LaunchTemplate/],
    ['other health checks', 'UpdateAutoScalingGroup', change({ HealthCheckType: 'EC2,x' }), /HealthCheckType must be of/],
    ['other policies', 'UpdateAutoScalingGroup', change({ TerminationPolicies: ['x'] }), /Termination policy x is not valid/],
    ['other units', 'UpdateAutoScalingGroup', change({ DesiredCapacityType: 'x' }), /DesiredCapacityType must be one of/],
    ['a short life', 'UpdateAutoScalingGroup', change({ MaxInstanceLifetime: 60 }), /MaxInstanceLifetime must be 0 or 86400/],
    ['less than no time', 'UpdateAutoScalingGroup', change({ DefaultCooldown: -1 }), /DefaultCooldown must be 0 or more/],
    ['what is not kept', 'UpdateAutoScalingGroup', change({ LaunchConfigurationName: 'x' }), /with the name: x does not exist/],
    [
      'targets',
      'CreateAutoScalingGroup',
      { ...GROUP, AutoScalingGroupName: 'b', TargetGroupARNs: ['x'] },
      /Target Groups may not be valid/,
    ],
    ['another granularity', 'EnableMetricsCollection', { ...change({}), Granularity: '5Minute' }, /only granularity is 1Minute/],
    ['no metric', 'EnableMetricsCollection', { ...change({}), Metrics: ['CPU'], Granularity: '1Minute' }, /CPU is not a metric/],
    ['too much', 'SetDesiredCapacity', change({ DesiredCapacity: 4 }), /value 4 is above max value 3/],
    ['too little', 'SetDesiredCapacity', change({ DesiredCapacity: 0 }), /value 0 is below min value 1/],
    ['none of the name', 'UpdateAutoScalingGroup', { AutoScalingGroupName: 'x' }, /^ValidationError: .*'x' not found$/],
    ['a tag of AWS’s', 'CreateOrUpdateTags', { Tags: [tag('aws:x', '')] }, /aws: prefixed/],
    ['a tag of nothing', 'CreateOrUpdateTags', { Tags: [tag('x', '', 'none')] }, /'none' not found/],
    ['a filter of tags', 'DescribeTagsOfGroups', { Filters: [{ Name: 'x' }] }, /Filter type x is not correct/],
  ])('refuse %s', (_what, operation, input, message) => {
    expect(world.refusal(operation, input)).toMatch(message);
  });
});
