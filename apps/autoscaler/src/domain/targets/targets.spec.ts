import { ScalingWorld, TARGET } from '../../../../../test/support/scaling-world.js';

const POLICY = { ...TARGET, PolicyName: 'cpu50' };
const TRACKING = {
  ...POLICY,
  PolicyType: 'TargetTrackingScaling',
  TargetTrackingScalingPolicyConfiguration: {
    TargetValue: 70,
    PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
    ScaleInCooldown: 60,
  },
};
const STEPS = [
  { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 1 },
  { MetricIntervalLowerBound: 10, ScalingAdjustment: 3 },
];
const STEP = {
  ...POLICY,
  PolicyName: 'steps',
  PolicyType: 'StepScaling',
  StepScalingPolicyConfiguration: { AdjustmentType: 'ChangeInCapacity', Cooldown: 60, StepAdjustments: STEPS },
};

describe('scalable targets', () => {
  let world: ScalingWorld;
  beforeEach(() => (world = new ScalingWorld()));
  const targets = () => world.ask('DescribeScalableTargets', { ServiceNamespace: 'ecs' }).ScalableTargets;
  const policies = (more: object = {}) =>
    world.ask('DescribeScalingPolicies', { ServiceNamespace: 'ecs', ...more }).ScalingPolicies;
  const alarms = () => world.ask('DescribeAlarms').MetricAlarms;

  it('are read back as they were registered, and change as far as they are registered again', () => {
    const { ScalableTargetARN } = world.target({ MinCapacity: 1, MaxCapacity: 4, Tags: { team: 'a' } });
    expect(targets()).toEqual([
      expect.objectContaining({
        ...TARGET,
        MinCapacity: 1,
        MaxCapacity: 4,
        SuspendedState: {
          DynamicScalingInSuspended: false,
          DynamicScalingOutSuspended: false,
          ScheduledScalingSuspended: false,
        },
        ScalableTargetARN,
      }),
    ]);
    expect(world.ask('ListTagsOfScalableTarget', { ResourceARN: ScalableTargetARN })).toEqual({ Tags: { team: 'a' } });
    const again = { ...TARGET, MaxCapacity: 6, SuspendedState: { DynamicScalingInSuspended: true } };
    expect(world.eventsOf('RegisterScalableTarget', again)).toEqual(['ScalableTargetUpdated']);
    expect(world.eventsOf('RegisterScalableTarget', again)).toEqual([]);
    expect(targets()[0]).toMatchObject({
      MinCapacity: 1,
      MaxCapacity: 6,
      SuspendedState: { DynamicScalingInSuspended: true, DynamicScalingOutSuspended: false },
    });
    world.ok('TagScalableTarget', { ResourceARN: ScalableTargetARN, Tags: { env: 'x' } });
    world.ok('UntagScalableTarget', { ResourceARN: ScalableTargetARN, TagKeys: ['team', 'none'] });
    expect(world.ask('ListTagsOfScalableTarget', { ResourceARN: ScalableTargetARN })).toEqual({ Tags: { env: 'x' } });
  });

  it('take their policies, alarms and scheduled actions with them', () => {
    world.target();
    world.ok('PutScalingPolicy', TRACKING);
    world.ok('PutScheduledAction', {
      ...TARGET,
      ScheduledActionName: 'night',
      Schedule: 'rate(1 day)',
      ScalableTargetAction: { MaxCapacity: 1 },
    });
    expect(alarms()).toHaveLength(2);
    world.ok('DeregisterScalableTarget', TARGET);
    expect([...targets(), ...policies(), ...alarms()]).toEqual([]);
    expect(world.ask('DescribeScheduledActions', { ServiceNamespace: 'ecs' }).ScheduledActions).toEqual([]);
    expect(world.refusal('DeregisterScalableTarget', TARGET)).toBe(
      'ObjectNotFoundException: No scalable target registered for service namespace: ecs, resource ID: service/default/web, ' +
        'scalable dimension: ecs:service:DesiredCount',
    );
  });

  it('are listed page by page', () => {
    for (const name of ['a', 'b', 'c']) world.target({ ResourceId: `service/default/${name}` });
    const first = world.ask('DescribeScalableTargets', { ServiceNamespace: 'ecs', MaxResults: 2 });
    const rest = world.ask('DescribeScalableTargets', { ServiceNamespace: 'ecs', MaxResults: 2, NextToken: first.NextToken });
    expect([first, rest].map(({ ScalableTargets }) => ScalableTargets.length)).toEqual([2, 1]);
    expect(world.refusal('DescribeScalableTargets', { ServiceNamespace: 'ecs', NextToken: 'x' })).toContain(
      'InvalidNextTokenException',
    );
    expect(world.ask('DescribeScalableTargets', { ServiceNamespace: 'dynamodb' }).ScalableTargets).toEqual([]);
  });

  it.each([
    ['ECSServiceAverageCPUUtilizationHighResolution', 'CPUUtilization'],
    ['ECSServiceAverageMemoryUtilizationHighResolution', 'MemoryUtilization'],
  ])('track %s by periods of 20 s', (PredefinedMetricType, MetricName) => {
    world.target();
    const TargetTrackingScalingPolicyConfiguration = { TargetValue: 50, PredefinedMetricSpecification: { PredefinedMetricType } };
    world.ok('PutScalingPolicy', { ...TRACKING, TargetTrackingScalingPolicyConfiguration });
    expect(alarms()).toMatchObject([
      { MetricName, Period: 20, EvaluationPeriods: 1, Threshold: 50 },
      { MetricName, Period: 20, EvaluationPeriods: 45, Threshold: 45 },
    ]);
    expect(policies()[0].TargetTrackingScalingPolicyConfiguration).toMatchObject(TargetTrackingScalingPolicyConfiguration);
  });

  it('track a target with two alarms, as AWS makes them', () => {
    world.target();
    const { PolicyARN, Alarms } = world.ok('PutScalingPolicy', TRACKING);
    expect(PolicyARN).toMatch(
      /^arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:[0-9a-f-]{36}:resource\/ecs\/service\/default\/web:policyName\/cpu50$/,
    );
    expect(Alarms.map(({ AlarmName }: any) => AlarmName)).toEqual([
      expect.stringMatching(/^TargetTracking-service\/default\/web-AlarmHigh-[0-9a-f-]{36}$/),
      expect.stringMatching(/^TargetTracking-service\/default\/web-AlarmLow-[0-9a-f-]{36}$/),
    ]);
    const [high, low] = alarms();
    const common = {
      AlarmDescription: expect.stringMatching(`^DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${PolicyARN}:createdBy/`),
      Namespace: 'AWS/ECS',
      MetricName: 'CPUUtilization',
      Statistic: 'Average',
      Unit: 'Percent',
      AlarmActions: [expect.stringMatching(`^${PolicyARN}`)],
      Dimensions: [
        { Name: 'ClusterName', Value: 'default' },
        { Name: 'ServiceName', Value: 'web' },
      ],
    };
    expect(high).toMatchObject({ ...common, Threshold: 70, ComparisonOperator: 'GreaterThanThreshold' });
    expect(low).toMatchObject({
      ...common,
      Threshold: 63,
      ComparisonOperator: 'LessThanThreshold',
      Period: 60,
      EvaluationPeriods: 15,
    });
    const [{ TargetTrackingScalingPolicyConfiguration: read }] = policies();
    expect(read).toEqual({ ...TRACKING.TargetTrackingScalingPolicyConfiguration, DisableScaleIn: false });
  });

  it('have policies that change in place: the ARN stays, the alarms are new', () => {
    world.target();
    const first = world.ok('PutScalingPolicy', TRACKING);
    expect(world.eventsOf('PutScalingPolicy', TRACKING)).toEqual([]);
    const changed = { ...TRACKING.TargetTrackingScalingPolicyConfiguration, TargetValue: 50, DisableScaleIn: true };
    const second = world.ok('PutScalingPolicy', { ...TRACKING, TargetTrackingScalingPolicyConfiguration: changed });
    expect(second.PolicyARN).toBe(first.PolicyARN);
    expect(alarms().map(({ Threshold }: any) => Threshold)).toEqual([50]);
    world.ok('DeleteScalingPolicy', POLICY);
    expect(alarms()).toEqual([]);
    expect(world.refusal('DeleteScalingPolicy', POLICY)).toContain('ObjectNotFoundException: No scaling policy found');
  });

  it('have step policies, whose alarms are the user’s', () => {
    world.target();
    const { PolicyARN } = world.ok('PutScalingPolicy', STEP);
    world.alarm('high', { AlarmActions: [PolicyARN] });
    const [policy] = policies({ PolicyNames: ['steps'] });
    expect(policy.StepScalingPolicyConfiguration).toEqual(STEP.StepScalingPolicyConfiguration);
    expect(policy.Alarms).toEqual([{ AlarmName: 'high', AlarmARN: 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:high' }]);
  });

  it('track metric math by the minute', () => {
    world.target();
    const CustomizedMetricSpecification = {
      Metrics: [
        { Id: 'perTask', Expression: 'messages / tasks', Label: 'Messages of a task' },
        ...['Messages', 'Tasks'].map((MetricName) => ({
          Id: MetricName.toLowerCase(),
          ReturnData: false,
          MetricStat: { Metric: { Namespace: 'queue', MetricName }, Stat: 'Average' },
        })),
      ],
    };
    const settings = { TargetValue: 100, CustomizedMetricSpecification };
    world.ok('PutScalingPolicy', { ...TRACKING, TargetTrackingScalingPolicyConfiguration: settings });
    expect(policies()[0].TargetTrackingScalingPolicyConfiguration).toEqual({ ...settings, DisableScaleIn: false });
    expect(
      alarms().map(({ Metrics, Threshold, EvaluationPeriods }: any) => [Metrics[0].Id, Threshold, EvaluationPeriods]),
    ).toEqual([
      ['perTask', 100, 1],
      ['perTask', 90, 15],
    ]);
    const [, ...noResult] = CustomizedMetricSpecification.Metrics;
    for (const [Metrics, words] of [
      [noResult, 'Exactly one element of the metrics list'],
      [[{ Id: 'e1', Expression: '1 +' }], "Error in expression 'e1'"],
    ] as const)
      expect(
        world.refusal('PutScalingPolicy', {
          ...TRACKING,
          TargetTrackingScalingPolicyConfiguration: { TargetValue: 1, CustomizedMetricSpecification: { Metrics } },
        }),
      ).toContain(words);
  });

  it('count requests per target and minute', () => {
    world.target();
    const ResourceLabel = 'app/front/0123456789abcdef/targetgroup/web/fedcba9876543210';
    const specification = { PredefinedMetricType: 'ALBRequestCountPerTarget', ResourceLabel };
    world.ok('PutScalingPolicy', {
      ...TRACKING,
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 600, PredefinedMetricSpecification: specification },
    });
    expect(alarms()[0]).toMatchObject({
      Namespace: 'AWS/ApplicationELB',
      MetricName: 'RequestCountPerTarget',
      Statistic: 'Sum',
      Period: 10,
      Threshold: 100,
    });
    expect(alarms()[1]).toMatchObject({ Period: 60, Threshold: 540 });
  });

  const tracking = (more: object) => ({ ...TRACKING, TargetTrackingScalingPolicyConfiguration: more });
  const stepping = (more: object) => ({
    ...STEP,
    StepScalingPolicyConfiguration: { ...STEP.StepScalingPolicyConfiguration, ...more },
  });
  it.each<[string, string, object, string]>([
    [
      'other namespaces',
      'RegisterScalableTarget',
      { ...TARGET, ServiceNamespace: 'dynamodb', ResourceId: 'table/t' },
      'ValidationException: Unsupported service namespace, resource type or scalable dimension',
    ],
    [
      'a smaller maximum',
      'RegisterScalableTarget',
      { ...TARGET, MaxCapacity: 0 },
      'Maximum capacity cannot be less than minimum',
    ],
    ['tags of what is there', 'RegisterScalableTarget', { ...TARGET, Tags: { a: 'b' } }, 'use TagResource'],
    [
      'what is no service',
      'RegisterScalableTarget',
      { ...TARGET, ResourceId: 'service/default/none', MinCapacity: 1, MaxCapacity: 1 },
      "ECS service doesn't exist: service/default/none",
    ],
    ['a policy of nothing', 'PutScalingPolicy', { ...TRACKING, ResourceId: 'service/default/none' }, 'ObjectNotFoundException'],
    ['a policy without settings', 'PutScalingPolicy', { ...POLICY, PolicyType: 'TargetTrackingScaling' }, 'must be specified'],
    ['forecasts', 'PutScalingPolicy', { ...POLICY, PolicyType: 'PredictiveScaling' }, 'Longshore forecasts nothing'],
    ['no metric', 'PutScalingPolicy', tracking({ TargetValue: 1 }), 'Exactly one of PredefinedMetricSpecification'],
    [
      'a metric of others',
      'PutScalingPolicy',
      tracking({
        TargetValue: 1,
        PredefinedMetricSpecification: { PredefinedMetricType: 'DynamoDBReadCapacityUtilization' },
      }),
      'is not valid for ecs:service:DesiredCount',
    ],
    ['nothing to track', 'PutScalingPolicy', tracking({ TargetValue: 0 }), 'TargetValue must be between'],
    ['no steps', 'PutScalingPolicy', stepping({ StepAdjustments: [] }), 'At least one StepAdjustment'],
    [
      'a gap',
      'PutScalingPolicy',
      stepping({ StepAdjustments: [STEPS[1], { ...STEPS[0], MetricIntervalUpperBound: 9 }] }),
      'gaps',
    ],
    [
      'an overlap',
      'PutScalingPolicy',
      stepping({ StepAdjustments: [STEPS[1], { ...STEPS[0], MetricIntervalUpperBound: 11 }] }),
      'overlap',
    ],
    [
      'a magnitude of counts',
      'PutScalingPolicy',
      stepping({ MinAdjustmentMagnitude: 1 }),
      'only valid for the AdjustmentType PercentChangeInCapacity',
    ],
    ['tags of nothing', 'TagScalableTarget', { ResourceARN: 'arn:aws:x', Tags: {} }, 'ResourceNotFoundException'],
  ])('refuse %s', (_what, operation, input, words) => {
    world.target();
    expect(world.refusal(operation, input)).toContain(words);
  });
});
