import { ScalingWorld } from '../../../../../test/support/scaling-world.js';
import { holds, parseAlarmRule } from './alarm-rule.js';

describe('an alarm rule', () => {
  const states: Readonly<Record<string, 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'>> = {
    a: 'ALARM',
    b: 'OK',
    'c (d)': 'INSUFFICIENT_DATA',
  };

  it.each<[string, boolean]>([
    ['ALARM(a)', true],
    ['ALARM("b")', false],
    ['OK(b) AND INSUFFICIENT_DATA("c (d)")', true],
    ['NOT ALARM(a) OR OK(b)', true],
    ['NOT (ALARM(a) OR OK(b))', false],
    ['ALARM(b) AND ALARM(b) OR TRUE', true],
    ['TRUE OR ALARM(b) AND FALSE', true],
    ['NOT NOT TRUE', true],
    [' ( (ALARM( a )) )\n', true],
    ['ALARM(gone) OR OK(gone) OR INSUFFICIENT_DATA(gone)', false],
    ['NOT ALARM(gone)', true],
    ['AT_LEAST(1, ALARM, (a, b))', true],
    ['AT_LEAST(2, ALARM, (a, b))', false],
    ['AT_LEAST( 2 , NOT INSUFFICIENT_DATA , ("a", b, "c (d)") )', true],
    ['AT_LEAST(50%, OK, (a, b)) AND NOT AT_LEAST(51%, OK, (a, b))', true],
    ['AT_LEAST(67%, NOT ALARM, (a, b, "c (d)"))', false],
    ['AT_LEAST(1, NOT OK, (gone))', true],
    ['ALARM(AT_LEAST)', false],
  ])('%s is %p', (rule, expected) => expect(holds(parseAlarmRule(rule), (name) => states[name])).toBe(expected));

  it.each([
    ['', 'it ends too early'],
    ['ALARM', 'it ends too early'],
    ['ALARM()', "')' was not expected"],
    ['WARNING(a)', "'W' was not expected"],
    ['ALARM(a) ALARM(b)', "'A' was not expected"],
    ['(ALARM(a)', 'it ends too early'],
    ['NOTALARM(a)', 'was not expected'],
    ['AT_LEAST(0, OK, (a))', 'takes 1 to 1'],
    ['NOT (TRUE AND AT_LEAST(2, OK, (a)))', 'takes 1 to 1, as many as it lists'],
    ['AT_LEAST(101%, OK, (a))', 'takes 1 to 100%'],
    ['AT_LEAST(1, OK, ())', 'was not expected'],
    ['AT_LEAST(1, OK, a)', 'was not expected'],
    ['('.repeat(5_000), 'at most 500 elements'],
    [Array.from({ length: 101 }, (_, index) => `OK(a${index})`).join(' AND '), 'more than 100 alarms'],
  ])('is refused as %p', (rule, words) => expect(() => parseAlarmRule(rule)).toThrow(words));
});

describe('a composite alarm', () => {
  let world: ScalingWorld;
  const arn = (name: string) => `arn:aws:cloudwatch:us-east-1:000000000000:alarm:${name}`;
  const put = (AlarmName: string, AlarmRule: string, more: object = {}) =>
    world.eventsOf('PutCompositeAlarm', { AlarmName, AlarmRule, ...more });
  const set = (AlarmName: string, StateValue: string) =>
    world.eventsOf('SetAlarmState', { AlarmName, StateValue, StateReason: 'a test' });
  const composites = (input: object = {}) =>
    world.ask('DescribeAlarms', { AlarmTypes: ['CompositeAlarm'], ...input }).CompositeAlarms;
  const stateOf = (name: string) => composites({ AlarmNames: [name] })[0].StateValue;
  beforeEach(() => {
    world = new ScalingWorld();
    for (const name of ['a', 'b']) world.alarm(name);
  });

  it('is read back as it was written, and has its state at once', () => {
    const given = {
      AlarmDescription: 'd',
      ActionsEnabled: false,
      AlarmActions: ['arn:aws:sns:us-east-1:000000000000:ops'],
      ActionsSuppressor: arn('b'),
      ActionsSuppressorWaitPeriod: 10,
      ActionsSuppressorExtensionPeriod: 20,
    };
    const rule = `ALARM("a")  OR ALARM(${arn('b')})`;
    put('both', rule, { ...given, Tags: [{ Key: 'team', Value: 'x' }] });
    expect(composites()).toEqual([
      expect.objectContaining({
        ...given,
        AlarmName: 'both',
        AlarmArn: arn('both'),
        AlarmRule: rule,
        OKActions: [],
        InsufficientDataActions: [],
        StateValue: 'OK',
        StateReason: `${arn('both')} was created and its alarm rule evaluates to OK`,
      }),
    ]);
    expect(world.ask('DescribeAlarms').CompositeAlarms).toEqual([]);
    expect(put('both', rule, given)).toEqual([]);
    expect(world.ask('ListTagsForResource', { ResourceARN: arn('both') })).toEqual({ Tags: [{ Key: 'team', Value: 'x' }] });
    world.ok('EnableAlarmActions', { AlarmNames: ['both'] });
    expect(composites()[0].ActionsEnabled).toBe(true);
  });

  it('changes with the alarms of its rule in the same transaction, through other composites, and says which', () => {
    put('inner', 'ALARM(a) AND ALARM(b)');
    // Comes before those that it hangs on.
    put('An outer one', 'ALARM(inner)');
    expect(set('a', 'ALARM')).toEqual(['AlarmStateChanged']);
    expect(set('b', 'ALARM')).toEqual(['AlarmStateChanged', 'AlarmStateChanged', 'AlarmStateChanged']);
    expect([stateOf('inner'), stateOf('An outer one')]).toEqual(['ALARM', 'ALARM']);
    const [{ StateReason, StateReasonData }] = composites({ AlarmNames: ['inner'] });
    expect(StateReason).toMatch(
      new RegExp(`^${arn('b')} transitioned to ALARM at [A-Z][a-z]+day \\d\\d [A-Z][a-z]+, \\d{4} \\d\\d:\\d\\d:\\d\\d UTC$`),
    );
    expect(JSON.parse(StateReasonData)).toMatchObject({ triggeringAlarms: [{ arn: arn('b'), state: { value: 'ALARM' } }] });
    const { AlarmHistoryItems } = world.ask('DescribeAlarmHistory', { AlarmName: 'inner', HistoryItemType: 'StateUpdate' });
    expect(AlarmHistoryItems[0]).toMatchObject({ AlarmType: 'CompositeAlarm', HistorySummary: 'Alarm updated from OK to ALARM' });
    put('inner', 'FALSE');
    expect([stateOf('inner'), stateOf('An outer one')]).toEqual(['OK', 'OK']);
  });

  it('changes with what the evaluation of metrics found', () => {
    put('either', 'ALARM(a) OR ALARM(b)');
    const configuredAt = (name: string) => [...world.state.alarms.values()].find((alarm) => alarm.name === name)!.configuredAt;
    const found = { accountId: '000000000000', region: 'us-east-1', value: 'ALARM', reason: '', reasonData: '{}' };
    const states = [
      { ...found, name: 'a', configuredAt: configuredAt('a') },
      { ...found, name: 'b', configuredAt: configuredAt('b') },
    ];
    expect(world.eventsOf('RecordAlarmStates', { states })).toHaveLength(3);
    expect(stateOf('either')).toBe('ALARM');
  });

  it('keeps a state that it was set to until an alarm of its rule changes', () => {
    world.alarm('c');
    put('top', 'ALARM(a)');
    set('top', 'ALARM');
    set('c', 'ALARM');
    expect(stateOf('top')).toBe('ALARM');
    set('a', 'OK');
    expect(stateOf('top')).toBe('OK');
  });

  it('is told of its children and parents', () => {
    put('inner', 'ALARM(a)');
    put('top', 'ALARM(inner) OR ALARM(b)');
    const names = (input: object) => {
      const { MetricAlarms, CompositeAlarms } = world.ask('DescribeAlarms', input);
      return [MetricAlarms, CompositeAlarms].map((alarms) => alarms.map(({ AlarmName }: any) => AlarmName));
    };
    expect(names({ ChildrenOfAlarmName: 'top' })).toEqual([['b'], ['inner']]);
    expect(names({ ParentsOfAlarmName: 'a' })).toEqual([[], ['inner']]);
    expect(world.refusal('DescribeAlarms', { ChildrenOfAlarmName: 'top', StateValue: 'OK' })).toMatch(/^ValidationException/);
    const page = world.ask('DescribeAlarms', { AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], MaxRecords: 3 });
    expect([page.MetricAlarms.length, page.CompositeAlarms.length]).toEqual([2, 1]);
    const rest = { AlarmTypes: ['CompositeAlarm', 'MetricAlarm'], NextToken: page.NextToken };
    expect(names(rest)).toEqual([[], ['top']]);
  });

  it('holds on to the alarms of its rule', () => {
    put('top', 'ALARM(a)');
    expect(world.refusal('DeleteAlarms', { AlarmNames: ['a'] })).toBe(
      'ValidationException: Cannot delete a as there are composite alarm(s) depending on it.',
    );
    expect(world.eventsOf('DeleteAlarms', { AlarmNames: ['top', 'b'] })).toEqual(['AlarmDeleted', 'AlarmDeleted']);
    expect(world.eventsOf('DeleteAlarms', { AlarmNames: ['a'] })).toEqual(['AlarmDeleted']);
    expect(composites()).toEqual([]);
  });

  it('has its actions suppressed while its suppressor is in ALARM, and for the periods around it', () => {
    put('top', 'ALARM(a)', { ActionsSuppressor: 'b', ActionsSuppressorWaitPeriod: 60, ActionsSuppressorExtensionPeriod: 120 });
    const by = () => composites()[0].ActionsSuppressedBy;
    expect(by()).toBeUndefined();
    set('a', 'ALARM');
    expect(by()).toBe('WaitPeriod');
    world.now += 61_000;
    expect(by()).toBeUndefined();
    set('b', 'ALARM');
    expect([by(), composites()[0].ActionsSuppressedReason]).toEqual(['Alarm', 'Actions suppressed by Alarm']);
    world.now += 600_000;
    set('b', 'OK');
    expect(by()).toBe('ExtensionPeriod');
    world.now += 121_000;
    expect(by()).toBeUndefined();
  });

  it.each<[string, object, string]>([
    ['alarms that are not there', { AlarmRule: 'ALARM(a) OR ALARM(x)' }, 'as alarms [x] in the alarm rule do not exist'],
    [
      'alarms of others',
      { AlarmRule: `ALARM("${arn('a').replace('us-east-1', 'eu-north-1')}")` },
      'in the alarm rule do not exist',
    ],
    ['itself', { AlarmRule: 'ALARM(top) OR ALARM(a)' }, 'leads back to top'],
    ['a cycle', { AlarmName: 'inner', AlarmRule: 'ALARM(top)' }, 'leads back to inner'],
    ['half a suppressor', { AlarmRule: 'TRUE', ActionsSuppressor: 'a' }, 'must be specified together'],
    ['the name of a metric alarm', { AlarmName: 'a', AlarmRule: 'TRUE' }, 'The alarm a is a metric alarm.'],
  ])('is refused with %s', (_what, input, words) => {
    put('inner', 'ALARM(a)');
    put('top', 'ALARM(inner)');
    const refusal = world.refusal('PutCompositeAlarm', { AlarmName: 'top', ...input });
    expect(refusal).toMatch(/^ValidationException: /);
    expect(refusal).toContain(words);
  });
});
