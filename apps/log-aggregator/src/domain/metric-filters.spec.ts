import { LoggingWorld } from '../../../../test/support/logging-world.js';

describe('metric filters', () => {
  let world: LoggingWorld;
  beforeEach(() => {
    world = new LoggingWorld();
    world.group('g');
    world.group('h');
  });
  const transformation = (more: object = {}) => ({
    metricName: 'Errors',
    metricNamespace: 'Shop',
    metricValue: '1',
    ...more,
  });
  const filter = (filterName: string, more: object = {}, transformed: object = {}) => ({
    logGroupName: 'g',
    filterName,
    filterPattern: 'ERROR',
    metricTransformations: [transformation(transformed)],
    ...more,
  });
  const names = (input: object = {}) =>
    world.ask('DescribeMetricFilters', input).metricFilters.map(({ filterName }: any) => filterName);

  it('are put, put anew and deleted, and go with their group', () => {
    expect(world.eventsOf('PutMetricFilter', filter('a'))).toEqual(['MetricFilterPut']);
    expect(world.eventsOf('PutMetricFilter', filter('a'))).toEqual([]);
    const [{ creationTime }] = world.ask('DescribeMetricFilters').metricFilters;
    world.ok('PutMetricFilter', filter('a', { filterPattern: '' }, { defaultValue: 0, unit: 'Count' }));
    expect(world.ask('DescribeMetricFilters', { logGroupName: 'g' }).metricFilters).toEqual([
      {
        filterName: 'a',
        filterPattern: '',
        metricTransformations: [transformation({ defaultValue: 0, unit: 'Count' })],
        creationTime,
        logGroupName: 'g',
        applyOnTransformedLogs: false,
      },
    ]);
    const [{ metricFilterCount }] = world.ask('DescribeLogGroups', { logGroupNamePrefix: 'g' }).logGroups;
    expect(metricFilterCount).toBe(1);
    world.ok('PutMetricFilter', filter('b'));
    expect(world.eventsOf('DeleteMetricFilter', { logGroupName: 'g', filterName: 'b' })).toEqual(['MetricFilterDeleted']);
    world.ok('DeleteLogGroup', { logGroupName: 'g' });
    expect(names()).toEqual([]);
  });

  it('are listed by group, prefix and metric, page by page', () => {
    for (const name of ['c', 'a', 'b']) world.ok('PutMetricFilter', filter(name));
    world.ok('PutMetricFilter', filter('a', { logGroupName: 'h' }, { metricName: 'Other' }));
    expect(names()).toEqual(['a', 'b', 'c', 'a']);
    expect(names({ logGroupName: 'g', filterNamePrefix: 'b' })).toEqual(['b']);
    expect(names({ metricName: 'Other', metricNamespace: 'Shop' })).toEqual(['a']);
    const first = world.ask('DescribeMetricFilters', { limit: 3 });
    expect(names({ limit: 3, nextToken: first.nextToken })).toEqual(['a']);
  });

  it.each<[string, string, object, string]>([
    ['a group that is not there', 'PutMetricFilter', filter('a', { logGroupName: 'x' }), 'ResourceNotFoundException: '],
    ['a pattern that cannot be read', 'PutMetricFilter', filter('a', { filterPattern: '{' }), 'InvalidParameterException: '],
    [
      'a value that is none',
      'PutMetricFilter',
      filter('a', {}, { metricValue: 'x' }),
      'InvalidParameterException: Invalid metric',
    ],
    [
      'a field that the pattern does not name',
      'PutMetricFilter',
      filter('a', {}, { metricValue: '$bytes' }),
      "InvalidParameterException: Invalid metric transformation: the pattern names no field '$bytes'.",
    ],
    [
      'a default value beside dimensions',
      'PutMetricFilter',
      filter('a', { filterPattern: '[a, b]' }, { defaultValue: 0, dimensions: { A: '$a' } }),
      'InvalidParameterException: Invalid metric transformation: dimensions and default value are mutually exclusive properties.',
    ],
    ['what transforms', 'PutMetricFilter', filter('a', { applyOnTransformedLogs: true }), 'InvalidParameterException: Longshore'],
    [
      'what is not there',
      'DeleteMetricFilter',
      { logGroupName: 'g', filterName: 'x' },
      'ResourceNotFoundException: The specified metric filter does not exist.',
    ],
    ['half a metric', 'DescribeMetricFilters', { metricName: 'x' }, 'InvalidParameterException: Both'],
    [
      'a pattern to be tested',
      'TestMetricFilter',
      { filterPattern: '{', logEventMessages: ['x'] },
      'InvalidParameterException: ',
    ],
  ])('refuse %s', (_what, operation, input, words) => {
    expect(world.refusal(operation, input)).toContain(words);
  });

  it('are a hundred of a group', () => {
    for (let n = 0; n < 100; n++) world.ok('PutMetricFilter', filter(`f${n}`));
    expect(world.refusal('PutMetricFilter', filter('more'))).toContain('LimitExceededException');
    world.ok('PutMetricFilter', filter('f1', { filterPattern: 'x' }));
  });

  it.each<[pattern: string, matches: object[]]>([
    ['ERROR', [{ eventNumber: 2, extractedValues: {} }]],
    ['[ip, ..., status = 4*, bytes]', [{ eventNumber: 1, extractedValues: { $ip: '10.0.0.1', $status: '404', $bytes: '7' } }]],
    ['[w1, w2]', [{ eventNumber: 2, extractedValues: { $w1: 'an', $w2: 'ERROR' } }]],
    ['{ $.ms > 5 && $.a[0].b = "x" }', [{ eventNumber: 3, extractedValues: { '$.ms': '9', '$.a[0].b': 'x' } }]],
  ])('are tried without any: %s', (filterPattern, matches) => {
    const logEventMessages = ['10.0.0.1 - [now] "GET /" 404 7', 'an ERROR', '{"ms":9,"a":[{"b":"x"}]}'];
    const answer = world.ask('TestMetricFilter', { filterPattern, logEventMessages });
    expect(answer.matches).toEqual(matches.map((one: any) => ({ ...one, eventMessage: logEventMessages[one.eventNumber - 1] })));
  });
});
