import { ScalingWorld } from '../../../../../test/support/scaling-world.js';

const NAMED = { AutoScalingGroupName: 'hosts', PolicyName: 'more' };
const SIMPLE = { ...NAMED, AdjustmentType: 'ChangeInCapacity', ScalingAdjustment: 1, Cooldown: 60 };
const STEPS = [
  { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 20, ScalingAdjustment: 1 },
  { MetricIntervalLowerBound: 20, ScalingAdjustment: 2 },
];
const STEP = { ...NAMED, PolicyType: 'StepScaling', AdjustmentType: 'ChangeInCapacity', StepAdjustments: STEPS };
const RESERVED = { Namespace: 'AWS/ECS', MetricName: 'CPUReservation', Statistic: 'Average' };
const TRACKING = {
  ...NAMED,
  PolicyType: 'TargetTrackingScaling',
  TargetTrackingConfiguration: { TargetValue: 70, CustomizedMetricSpecification: RESERVED },
};
const predefined = (PredefinedMetricType: string) => ({
  ...TRACKING,
  TargetTrackingConfiguration: { TargetValue: 70, PredefinedMetricSpecification: { PredefinedMetricType } },
});

describe('scaling policies of Auto Scaling groups', () => {
  let world: ScalingWorld;
  beforeEach(() => {
    world = new ScalingWorld();
    const LaunchTemplate = { LaunchTemplateName: 'host' };
    for (const AutoScalingGroupName of ['hosts', 'others'])
      world.ok('CreateAutoScalingGroup', {
        AutoScalingGroupName,
        MinSize: 1,
        MaxSize: 4,
        LaunchTemplate,
        AvailabilityZones: ['a'],
      });
  });
  const policies = (input: object = {}) => world.ask('DescribePolicies', input).ScalingPolicies;
  const desired = () =>
    world.ask('DescribeAutoScalingGroups', { AutoScalingGroupNames: ['hosts'] }).AutoScalingGroups[0].DesiredCapacity;

  it('are told as they were put, with the alarms that name them', () => {
    const { PolicyARN, Alarms } = world.ok('PutPolicyOfGroup', SIMPLE);
    expect(PolicyARN).toMatch(
      /^arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:[0-9a-f-]{36}:autoScalingGroupName\/hosts:policyName\/more$/,
    );
    expect(Alarms).toEqual([]);
    world.alarm('busy', { AlarmActions: [PolicyARN] });
    expect(policies()).toEqual([
      {
        ...SIMPLE,
        PolicyARN,
        PolicyType: 'SimpleScaling',
        Enabled: true,
        Alarms: [{ AlarmName: 'busy', AlarmARN: 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:busy' }],
      },
    ]);
    expect(world.eventsOf('PutPolicyOfGroup', SIMPLE)).toEqual([]);
    // Another one takes its place, under its ARN.
    expect(world.ok('PutPolicyOfGroup', STEP).PolicyARN).toBe(PolicyARN);
    expect(policies()[0]).toMatchObject({ PolicyType: 'StepScaling', StepAdjustments: STEPS });
    expect(policies()[0]).not.toHaveProperty('Cooldown');
  });

  it('are found by group, name, ARN and type, page by page', () => {
    const { PolicyARN } = world.ok('PutPolicyOfGroup', SIMPLE);
    world.ok('PutPolicyOfGroup', { ...STEP, AutoScalingGroupName: 'others' });
    world.ok('PutPolicyOfGroup', { ...TRACKING, PolicyName: 'tracking' });
    const found = (input: object) => policies(input).map((one: any) => `${one.AutoScalingGroupName}/${one.PolicyName}`);
    expect(found({})).toEqual(['hosts/more', 'hosts/tracking', 'others/more']);
    expect(found({ AutoScalingGroupName: 'hosts' })).toEqual(['hosts/more', 'hosts/tracking']);
    expect(found({ PolicyNames: ['more'] })).toEqual(['hosts/more', 'others/more']);
    expect(found({ PolicyNames: [PolicyARN] })).toEqual(['hosts/more']);
    expect(found({ PolicyTypes: ['StepScaling'] })).toEqual(['others/more']);
    const { NextToken } = world.ask('DescribePolicies', { MaxRecords: 2 });
    expect(found({ MaxRecords: 2, NextToken })).toEqual(['others/more']);
  });

  it('of target tracking make their alarms, which go with them and with their group', () => {
    const { PolicyARN, Alarms } = world.ok('PutPolicyOfGroup', TRACKING);
    expect(Alarms.map((one: any) => one.AlarmName)).toEqual([
      expect.stringMatching(/^TargetTracking-hosts-AlarmHigh-/),
      expect.stringMatching(/^TargetTracking-hosts-AlarmLow-/),
    ]);
    const [high] = world.ask('DescribeAlarms').MetricAlarms;
    expect(high).toMatchObject({ MetricName: 'CPUReservation', Threshold: 70 });
    expect(high.AlarmActions[0]).toContain(PolicyARN);
    expect(world.eventsOf('DeletePolicy', { PolicyName: PolicyARN })).toEqual([
      'AutoScalingGroupPolicyDeleted',
      'AlarmDeleted',
      'AlarmDeleted',
    ]);
    world.ok('PutPolicyOfGroup', TRACKING);
    world.ok('DeleteAutoScalingGroup', { AutoScalingGroupName: 'hosts', instances: 0 });
    expect([policies(), world.ask('DescribeAlarms').MetricAlarms]).toEqual([[], []]);
  });

  it('are executed when somebody asks, within the bounds of the group', () => {
    world.ok('PutPolicyOfGroup', SIMPLE);
    world.ok('ExecutePolicy', NAMED);
    expect(desired()).toBe(2);
    expect(world.refusal('ExecutePolicy', { ...NAMED, HonorCooldown: true })).toMatch(
      /^ScalingActivityInProgressFault: .* cools down/,
    );
    world.ok('PutPolicyOfGroup', STEP);
    world.ok('ExecutePolicy', { ...NAMED, MetricValue: 95, BreachThreshold: 70 });
    expect(desired()).toBe(4);
    expect(world.eventsOf('ExecutePolicy', { ...NAMED, MetricValue: 75, BreachThreshold: 70 })).toEqual([]);
    world.ok('PutPolicyOfGroup', { ...SIMPLE, AdjustmentType: 'PercentChangeInCapacity', ScalingAdjustment: -50 });
    world.ok('ExecutePolicy', NAMED);
    expect(desired()).toBe(2);
    world.now += 300_000;
    world.ok('ExecutePolicy', { ...NAMED, HonorCooldown: true });
    expect(desired()).toBe(1);
  });

  it.each<[string, object, RegExp]>([
    ['no group', { ...SIMPLE, AutoScalingGroupName: 'x' }, /'x' not found/],
    ['another type', { ...SIMPLE, PolicyType: 'x' }, /PolicyType must be one of/],
    ['forecasts', { ...SIMPLE, PolicyType: 'PredictiveScaling' }, /forecasts nothing/],
    ['no adjustment', { ...SIMPLE, ScalingAdjustment: undefined }, /ScalingAdjustment is required/],
    ['another adjustment', { ...SIMPLE, AdjustmentType: 'x' }, /AdjustmentType must be one of/],
    ['no adjustment type', { ...SIMPLE, AdjustmentType: undefined }, /AdjustmentType must be one of/],
    [
      'steps of simple scaling',
      { ...SIMPLE, StepAdjustments: STEPS },
      /StepAdjustments is not supported for the policy type Simple/,
    ],
    ['a cooldown of steps', { ...STEP, Cooldown: 60 }, /Cooldown is not supported for the policy type StepScaling/],
    ['steps with gaps', { ...STEP, StepAdjustments: [STEPS[1], { ...STEPS[0], MetricIntervalUpperBound: 10 }] }, /gaps/],
    ['no time', { ...SIMPLE, Cooldown: -1 }, /must be 0 or more/],
    ['no target', { ...TRACKING, TargetTrackingConfiguration: undefined }, /TargetTrackingConfiguration is required/],
    ['processors of hosts', predefined('ASGAverageCPUUtilization'), /does not measure ASGAverageCPUUtilization/],
    ['requests of nothing', predefined('ALBRequestCountPerTarget'), /ResourceLabel/],
  ])('refuse %s', (_what, input, message) => {
    expect(world.refusal('PutPolicyOfGroup', input)).toMatch(/^ValidationError: /);
    expect(world.refusal('PutPolicyOfGroup', input)).toMatch(message);
  });

  it.each<[string, object, object, RegExp]>([
    ['a value of simple scaling', SIMPLE, { MetricValue: 1 }, /are not supported for the policy type SimpleScaling/],
    ['no value of steps', STEP, { MetricValue: 1 }, /are required for the policy type StepScaling/],
    ['target tracking', TRACKING, {}, /cannot be executed/],
    ['one that is not there', SIMPLE, { PolicyName: 'x' }, /^ValidationError: .*'x' not found/],
    ['one without a group', SIMPLE, { AutoScalingGroupName: undefined }, /AutoScalingGroupName is required/],
  ])('are not executed: %s', (_what, policy, input, message) => {
    world.ok('PutPolicyOfGroup', policy);
    expect(world.refusal('ExecutePolicy', { ...NAMED, ...input })).toMatch(message);
  });
});
