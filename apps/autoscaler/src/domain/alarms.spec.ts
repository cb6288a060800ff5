import { CPU_ALARM, MATH_ALARM, ScalingWorld } from '../../../../test/support/scaling-world.js';

const ARN = 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:high';

const math = (Expression: string) => [
  { Id: 'e1', Expression, Label: 'Twice' },
  { Id: 'm1', ReturnData: false, MetricStat: { Metric: { Namespace: 'app', MetricName: 'Load' }, Period: 60, Stat: 'Sum' } },
];

describe('alarms', () => {
  let world: ScalingWorld;
  beforeEach(() => (world = new ScalingWorld()));
  const names = (input: object = {}) => world.ask('DescribeAlarms', input).MetricAlarms.map((alarm: any) => alarm.AlarmName);

  it('are told in CloudWatch’s shape, and begin without a state', () => {
    world.alarm('high', { AlarmDescription: 'd', Tags: [{ Key: 'a', Value: '1' }] });
    const [alarm] = world.ask('DescribeAlarms').MetricAlarms;
    expect(alarm).toMatchObject({
      AlarmArn: ARN,
      AlarmDescription: 'd',
      ActionsEnabled: true,
      AlarmActions: [],
      StateValue: 'INSUFFICIENT_DATA',
      StateReason: 'Unchecked: Initial alarm creation',
      Period: 10,
      Threshold: 70,
    });
    expect(alarm.TreatMissingData).toBeUndefined();
    expect(world.ask('ListTagsForResource', { ResourceARN: ARN })).toEqual({ Tags: [{ Key: 'a', Value: '1' }] });
  });

  it('keep their state when they are put again, and the same again writes nothing', () => {
    world.alarm('high');
    world.ok('SetAlarmState', { AlarmName: 'high', StateValue: 'ALARM', StateReason: 'a test' });
    expect(world.eventsOf('PutMetricAlarm', { ...CPU_ALARM, AlarmName: 'high' })).toEqual([]);
    world.alarm('high', { Threshold: 80 });
    expect(world.ask('DescribeAlarms').MetricAlarms[0]).toMatchObject({ StateValue: 'ALARM', Threshold: 80 });
    const { AlarmHistoryItems } = world.ask('DescribeAlarmHistory', { AlarmName: 'high' });
    expect(AlarmHistoryItems.map((item: any) => item.HistorySummary)).toEqual([
      'Alarm "high" updated',
      'Alarm updated from INSUFFICIENT_DATA to ALARM',
      'Alarm "high" created',
    ]);
    const first = world.ask('DescribeAlarmHistory', { MaxRecords: 2, ScanBy: 'TimestampAscending' });
    const rest = world.ask('DescribeAlarmHistory', { MaxRecords: 2, ScanBy: 'TimestampAscending', NextToken: first.NextToken });
    expect([first.AlarmHistoryItems.length, rest.AlarmHistoryItems.length, rest.NextToken]).toEqual([2, 1, undefined]);
  });

  it('are found by name, prefix, state, action and metric, page by page', () => {
    for (const name of ['a-1', 'a-2', 'b-1']) world.alarm(name);
    world.alarm('b-2', { AlarmActions: ['arn:aws:sns:us-east-1:000000000000:ops'] });
    world.ok('SetAlarmState', { AlarmName: 'a-2', StateValue: 'OK', StateReason: '' });
    expect(names({ AlarmNamePrefix: 'a-' })).toEqual(['a-1', 'a-2']);
    expect(names({ AlarmNames: ['b-1', 'x'] })).toEqual(['b-1']);
    expect(names({ StateValue: 'OK' })).toEqual(['a-2']);
    expect(names({ ActionPrefix: 'arn:aws:sns' })).toEqual(['b-2']);
    expect(names({ AlarmTypes: ['CompositeAlarm'] })).toEqual([]);
    const page = world.ask('DescribeAlarms', { MaxRecords: 3 });
    expect(names({ MaxRecords: 3, NextToken: page.NextToken })).toEqual(['b-2']);
    const ofMetric = { ...CPU_ALARM, Dimensions: [...CPU_ALARM.Dimensions].reverse() };
    expect(world.ask('DescribeAlarmsForMetric', ofMetric).MetricAlarms).toHaveLength(4);
    expect(world.ask('DescribeAlarmsForMetric', { ...ofMetric, Dimensions: [] }).MetricAlarms).toEqual([]);
  });

  it('on metric math are read back as they were put', () => {
    world.ok('PutMetricAlarm', { AlarmName: 'rate', ...MATH_ALARM, Metrics: math('m1 * 2') });
    const [shown] = world.ask('DescribeAlarms').MetricAlarms;
    expect(shown).toMatchObject({ Metrics: math('m1 * 2'), Threshold: 5, EvaluationPeriods: 1, StateValue: 'INSUFFICIENT_DATA' });
    for (const absent of ['MetricName', 'Namespace', 'Statistic', 'Dimensions', 'Period']) expect(shown[absent]).toBeUndefined();
    expect(world.ask('DescribeAlarmsForMetric', { Namespace: 'app', MetricName: 'Load' }).MetricAlarms).toEqual([]);
  });

  it('have actions that are switched off and on, tags, and an end', () => {
    world.alarm('high');
    world.ok('DisableAlarmActions', { AlarmNames: ['high'] });
    expect(world.ask('DescribeAlarms').MetricAlarms[0].ActionsEnabled).toBe(false);
    expect(world.eventsOf('EnableAlarmActions', { AlarmNames: ['high', 'x'] })).toEqual(['AlarmActionsSet']);
    world.ok('TagResource', {
      ResourceARN: ARN,
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    });
    world.ok('UntagResource', { ResourceARN: ARN, TagKeys: ['a', 'x'] });
    expect(world.ask('ListTagsForResource', { ResourceARN: ARN })).toEqual({ Tags: [{ Key: 'b', Value: '2' }] });
    expect(world.eventsOf('DeleteAlarms', { AlarmNames: ['high'] })).toEqual(['AlarmDeleted']);
    expect(names()).toEqual([]);
  });

  it.each<[string, string, object, string]>([
    [
      'anomaly detection',
      'PutMetricAlarm',
      { ...CPU_ALARM, ThresholdMetricId: 'a' },
      'ValidationException: Longshore has no anomaly detection',
    ],
    [
      'metric math beside a metric',
      'PutMetricAlarm',
      { ...CPU_ALARM, Metrics: math('m1') },
      'InvalidParameterCombinationException: The parameters Metrics and [Namespace, MetricName, Dimensions, Statistic, Period]',
    ],
    [
      'no metrics',
      'PutMetricAlarm',
      { ...MATH_ALARM, Metrics: [] },
      'ValidationException: Exactly one element of the metrics list',
    ],
    [
      'two results',
      'PutMetricAlarm',
      { ...MATH_ALARM, Metrics: [...math('m1'), { Id: 'e2', Expression: 'm1' }] },
      'ValidationException: Exactly one element of the metrics list',
    ],
    [
      'expressions that are none',
      'PutMetricAlarm',
      { ...MATH_ALARM, Metrics: math('m1 +') },
      "ValidationException: Error in expression 'e1'",
    ],
    [
      'what is not there',
      'PutMetricAlarm',
      { ...MATH_ALARM, Metrics: math('m2') },
      "ValidationException: Error in expression 'e1'",
    ],
    ['a number', 'PutMetricAlarm', { ...MATH_ALARM, Metrics: math('SUM(m1)') }, 'must be of a single time series'],
    [
      'a search',
      'PutMetricAlarm',
      { ...MATH_ALARM, Metrics: math("SUM(SEARCH('{app} load', 'Sum', 60))") },
      'must be of a single time series',
    ],
    [
      'metrics of others',
      'PutMetricAlarm',
      { ...MATH_ALARM, Metrics: math('m1').map((query) => ({ ...query, AccountId: '999999999999' })) },
      'ValidationException: Metrics of other accounts are not read.',
    ],
    [
      'two statistics',
      'PutMetricAlarm',
      { ...CPU_ALARM, ExtendedStatistic: 'p99' },
      'InvalidParameterCombinationException: The parameters Statistic and ExtendedStatistic',
    ],
    [
      'statistics that there are not',
      'PutMetricAlarm',
      { ...CPU_ALARM, Statistic: undefined, ExtendedStatistic: 'q99' },
      'InvalidParameterValueException: The value q99',
    ],
    [
      'odd periods',
      'PutMetricAlarm',
      { ...CPU_ALARM, Period: 15 },
      'ValidationException: Period must be 10, 20, 30 or a multiple of 60',
    ],
    [
      'more than a day',
      'PutMetricAlarm',
      { ...CPU_ALARM, Period: 3600, EvaluationPeriods: 25 },
      'ValidationException: Metrics cannot be checked across more than a day',
    ],
    [
      'more to alarm than there are',
      'PutMetricAlarm',
      { ...CPU_ALARM, DatapointsToAlarm: 2 },
      'ValidationException: DatapointsToAlarm must be',
    ],
    ['no threshold', 'PutMetricAlarm', { ...CPU_ALARM, Threshold: undefined }, 'ValidationException: Threshold must not be null'],
    [
      'other treatments',
      'PutMetricAlarm',
      { ...CPU_ALARM, TreatMissingData: 'x' },
      'ValidationException: Option x is not supported.',
    ],
    ['a state of nothing', 'SetAlarmState', { StateValue: 'OK', StateReason: '' }, 'ResourceNotFound: Unknown alarm'],
    [
      'tags of nothing',
      'TagResource',
      { ResourceARN: ARN, Tags: [] },
      `ResourceNotFoundException: The resource ${ARN} does not exist.`,
    ],
    ['a token of something else', 'DescribeAlarms', { NextToken: 'x' }, 'InvalidNextToken: '],
  ])('refuse %s', (_what, operation, input, words) => {
    expect(world.refusal(operation, { AlarmName: 'other', ...input })).toContain(words);
  });
});
