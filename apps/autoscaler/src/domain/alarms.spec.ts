import { CPU_ALARM, ScalingWorld } from '../../../../test/support/scaling-world.js';

const ARN = 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:high';

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
    ['math', 'PutMetricAlarm', { ...CPU_ALARM, Metrics: [] }, 'ValidationError: Longshore evaluates alarms on one metric'],
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
      'ValidationError: Period must be 10, 20, 30 or a multiple of 60',
    ],
    [
      'more than a day',
      'PutMetricAlarm',
      { ...CPU_ALARM, Period: 3600, EvaluationPeriods: 25 },
      'ValidationError: Metrics cannot be checked across more than a day',
    ],
    [
      'more to alarm than there are',
      'PutMetricAlarm',
      { ...CPU_ALARM, DatapointsToAlarm: 2 },
      'ValidationError: DatapointsToAlarm must be',
    ],
    [
      'no threshold',
      'PutMetricAlarm',
      { ...CPU_ALARM, Threshold: undefined },
      'MissingRequiredParameterException: The parameter Threshold is required.',
    ],
    [
      'other treatments',
      'PutMetricAlarm',
      { ...CPU_ALARM, TreatMissingData: 'x' },
      'ValidationError: Option x is not supported.',
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
