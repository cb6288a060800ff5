import type { ApiRequest } from '#lib/messaging';
import { MemoryMetricStore } from './memory-metric-store.js';
import { MetricsApi } from './metrics-api.js';

const NOW = Date.UTC(2026, 10, 28, 12, 0, 30);
const iso = (ms: number) => new Date(ms).toISOString();

describe('CloudWatch’s metrics', () => {
  let told: unknown[];
  let api: MetricsApi;
  beforeEach(() => {
    told = [];
    const store = new MemoryMetricStore();
    api = new MetricsApi(store, { now: () => NOW } as never, async (scope, samples) => {
      for (const sample of samples) store.put(scope, sample, NOW);
      told.push(...samples);
    });
  });
  const request = (input: object) =>
    ({ input, context: { accountId: '000000000000', region: 'us-east-1' } }) as unknown as ApiRequest<never>;
  const ask = (operation: 'checkedPut' | 'getMetricStatistics' | 'getMetricData' | 'listMetrics', input: object): any => {
    const answer: any = api[operation](request(input));
    return answer.output ?? `${answer.rejection.code}: ${answer.rejection.message}`;
  };
  /** Answered when it is kept; that is at once here. */
  const put = (...MetricData: object[]) => {
    void api.putMetricData(request({ Namespace: 'app', MetricData }));
    return ask('checkedPut', { Namespace: 'app', MetricData });
  };
  const range = { StartTime: iso(NOW - 300_000), EndTime: iso(NOW + 1), Period: 60 };
  const statistics = (...Statistics: string[]) =>
    ask('getMetricStatistics', { Namespace: 'app', MetricName: 'Load', ...range, Statistics }).Datapoints;

  it('are read back at once, whichever way they were put', () => {
    put({ MetricName: 'Load', Value: 1, Unit: 'Count' }, { MetricName: 'Load', Values: [4, 10], Counts: [2, 1], Unit: 'Count' });
    put({ MetricName: 'Load', Unit: 'Count', StatisticValues: { SampleCount: 2, Sum: 3, Minimum: 0.5, Maximum: 2.5 } });
    expect(statistics('SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum')).toEqual([
      {
        Timestamp: '2026-11-28T12:00:00.000Z',
        SampleCount: 6,
        Sum: 22,
        Average: 22 / 6,
        Minimum: 0.5,
        Maximum: 10,
        Unit: 'Count',
      },
    ]);
    expect(told).toHaveLength(3);
  });

  it('have percentiles, of samples and of values with counts, but not of statistic sets', () => {
    put({ MetricName: 'Load', Values: Array.from({ length: 100 }, (_, index) => index + 1) });
    const extended = () =>
      ask('getMetricStatistics', { Namespace: 'app', MetricName: 'Load', ...range, ExtendedStatistics: ['p50', 'p100'] })
        .Datapoints;
    const [{ ExtendedStatistics }] = extended();
    expect(ExtendedStatistics.p50 / 50).toBeCloseTo(1, 1);
    expect(ExtendedStatistics.p100).toBe(100);
    const MetricStat = { Metric: { Namespace: 'app', MetricName: 'Load' }, Period: 60, Stat: 'PR(:100)' };
    const { MetricDataResults } = ask('getMetricData', { ...range, MetricDataQueries: [{ Id: 'a', MetricStat }] });
    expect(MetricDataResults[0].Values).toEqual([100]);
    put({ MetricName: 'Load', StatisticValues: { SampleCount: 2, Sum: 3, Minimum: 1, Maximum: 2 } });
    expect(extended()).toEqual([]);
    expect(statistics('SampleCount')).toMatchObject([{ SampleCount: 102 }]);
  });

  it('are of seconds where they are put in high resolution, and not where they are not', () => {
    const at = (ms: number, more: object = {}) => ({ MetricName: 'Load', Value: 2, Timestamp: iso(NOW + ms), ...more });
    const fine = { StorageResolution: 1 };
    put(at(-7_000, fine), at(-6_400, fine), at(-5_000, fine), at(-3_000, { ...fine, MetricName: 'Other' }));
    const read = (Period: number, MetricName = 'Load') =>
      ask('getMetricStatistics', {
        Namespace: 'app',
        MetricName,
        ...range,
        StartTime: iso(NOW - 10_000),
        Period,
        Statistics: ['Sum'],
      }).Datapoints.map(({ Timestamp, Sum }: any) => [(Date.parse(Timestamp) - NOW) / 1_000, Sum]);
    expect(read(1)).toEqual([
      [-7, 4],
      [-5, 2],
    ]);
    expect(read(5)).toEqual([
      [-10, 4],
      [-5, 2],
    ]);
    expect(read(10)).toEqual([[-10, 6]]);
    put({ MetricName: 'Coarse', Value: 1 });
    expect(read(1, 'Coarse')).toEqual([]);
    const MetricStat = { Metric: { Namespace: 'app', MetricName: 'Load' }, Period: 1, Stat: 'Sum' };
    const { MetricDataResults } = ask('getMetricData', { ...range, MetricDataQueries: [{ Id: 'a', MetricStat }] });
    expect(MetricDataResults[0].Values).toEqual([2, 4]);
  });

  it('are read many at a time, the newest first', () => {
    put({ MetricName: 'Load', Value: 1, Timestamp: iso(NOW - 60_000) }, { MetricName: 'Load', Value: 2 });
    const query = (Id: string, more: object = {}) => ({
      Id,
      MetricStat: { Metric: { Namespace: 'app', MetricName: 'Load' }, Period: 60, Stat: 'Sum' },
      ...more,
    });
    const { MetricDataResults } = ask('getMetricData', {
      ...range,
      MetricDataQueries: [query('a'), query('b', { ReturnData: false }), query('c', { Label: 'mine' })],
    });
    expect(MetricDataResults).toMatchObject([
      { Id: 'a', Label: 'Load', Values: [2, 1], StatusCode: 'Complete' },
      { Id: 'c', Label: 'mine', Values: [2, 1] },
    ]);
  });

  it('are computed with, found by a search, and labelled', () => {
    const at = (minutes: number, value: number, host: string) => ({
      MetricName: 'Load',
      Value: value,
      Timestamp: iso(NOW - minutes * 60_000),
      Dimensions: [{ Name: 'host', Value: host }],
    });
    put(at(0, 4, 'a'), at(1, 8, 'a'), at(0, 2, 'b'), at(1, 0, 'b'), { MetricName: 'Load', Value: 100 });
    const load = (Id: string, host: string) => ({
      Id,
      ReturnData: false,
      MetricStat: {
        Metric: { Namespace: 'app', MetricName: 'Load', Dimensions: [{ Name: 'host', Value: host }] },
        Period: 60,
        Stat: 'Sum',
      },
    });
    const MetricDataQueries = [
      { Id: 'ratio', Expression: 'm1 / m2' },
      { Id: 'twice', Expression: 'ratio * 2', Label: 'Twice' },
      { Id: 'all', Expression: "SEARCH('{app,host} load', 'Sum', 60)", Label: 'of' },
      { Id: 'sum', Expression: 'SUM(METRICS())' },
      load('m1', 'a'),
      load('m2', 'b'),
    ];
    const { MetricDataResults } = ask('getMetricData', { ...range, MetricDataQueries });
    expect(MetricDataResults.map(({ Id, Label, Values }: any) => [Id, Label, Values])).toEqual([
      // 8 / 0 is no point.
      ['ratio', 'ratio', [2]],
      ['twice', 'Twice', [4]],
      ['all', 'of a Load', [4, 8]],
      ['all', 'of b Load', [2, 0]],
      ['sum', 'sum', [6, 8]],
    ]);
  });

  it('are labelled with what they show, each series of a search with its own', () => {
    const at = (minutes: number, value: number, host: string) => ({
      MetricName: 'Load',
      Value: value,
      Timestamp: iso(NOW - minutes * 60_000),
      Dimensions: [{ Name: 'host', Value: host }],
    });
    put(at(0, 4, 'a'), at(1, 8, 'a'), at(0, 2.5, 'b'));
    const labels = (Label: string, more: object = {}) => {
      const MetricDataQueries = [{ Id: 'all', Expression: "SEARCH('{app,host} load', 'Sum', 60)", Label }];
      const answer = ask('getMetricData', { ...range, MetricDataQueries, ...more });
      return answer.MetricDataResults?.map((one: { Label: string }) => one.Label) ?? answer;
    };
    expect(labels("${PROP('Dim.host')}: ${PROP('MetricName')}: ${MIN}–${MAX}, last ${LAST} (${DATAPOINT_COUNT})")).toEqual([
      'a: Load: 4–8, last 4 (2)',
      'b: Load: 2.5–2.5, last 2.5 (1)',
    ]);
    expect(labels('${LABEL} ${NONE} ${MAX_TIME}', { LabelOptions: { Timezone: '+0130' } })[0]).toMatch(
      /^a Load \$\{NONE\} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0130$/,
    );
    expect(labels('${AVG} ${SUM} ${FIRST_LAST_RANGE} ${FIRST_LAST_TIME_RANGE} ${MIN_MAX_RANGE} ${FIRST} ${LAST}')[0]).toBe(
      '6 12 4 1m 4 8 ${LAST}',
    );
    expect(labels('${MAX}', { LabelOptions: { Timezone: 'CET' } })).toMatch(/^ValidationException: /);
  });

  it('are not computed without end', () => {
    put({ MetricName: 'Load', Value: 1 });
    const filled = (Id: string) => ({ Id, Expression: "FILL(SEARCH('{app} load', 'Sum', 60), 0)" });
    const days = (count: number) => ({ StartTime: iso(NOW - count * 86_400_000), EndTime: iso(NOW) });
    const MetricDataQueries = Array.from({ length: 50 }, (_, index) => filled(`e${index}`));
    expect(ask('getMetricData', { ...days(1), MetricDataQueries }).MetricDataResults).toHaveLength(50);
    expect(ask('getMetricData', { ...days(60), MetricDataQueries })).toMatch(
      /^ValidationException: .* more than 2000000 data points/,
    );
  });

  it('are told page by page, each point once', () => {
    for (const minutes of [0, 1, 2]) put({ MetricName: 'Load', Value: minutes, Timestamp: iso(NOW - minutes * 60_000) });
    const of = (Id: string, MetricName: string) => ({
      Id,
      MetricStat: { Metric: { Namespace: 'app', MetricName }, Period: 60, Stat: 'Sum' },
    });
    const asked = { ...range, MetricDataQueries: [of('a', 'Load'), of('none', 'None'), of('b', 'Load'), of('last', 'None')] };
    const pages: any[] = [];
    let NextToken: string | undefined;
    do {
      const page = ask('getMetricData', { ...asked, MaxDatapoints: 2, NextToken });
      pages.push(page.MetricDataResults.map(({ Id, Values, StatusCode }: any) => [Id, Values, StatusCode]));
      ({ NextToken } = page);
    } while (NextToken !== undefined);
    expect(pages).toEqual([
      [['a', [0, 1], 'PartialData']],
      [
        ['a', [2], 'Complete'],
        ['none', [], 'Complete'],
        ['b', [0], 'PartialData'],
      ],
      [
        ['b', [1, 2], 'Complete'],
        ['last', [], 'Complete'],
      ],
    ]);
    const first = ask('getMetricData', { ...asked, MaxDatapoints: 2 });
    expect(ask('getMetricData', { ...range, MetricDataQueries: [of('a', 'x')], NextToken: first.NextToken })).toMatch(
      /^InvalidNextToken/,
    );
  });

  it('are listed by namespace, name and dimensions', () => {
    const Dimensions = [{ Name: 'host', Value: 'a' }];
    put({ MetricName: 'Load', Value: 1 }, { MetricName: 'Load', Value: 1, Dimensions });
    const list = (input: object) => ask('listMetrics', input).Metrics.length;
    expect([list({}), list({ Namespace: 'app' }), list({ Dimensions: [{ Name: 'host' }] })]).toEqual([2, 2, 1]);
    expect([list({ MetricName: 'x' }), list({ Dimensions: [{ Name: 'host', Value: 'b' }] })]).toEqual([0, 0]);
  });

  it.each<[string, object, string]>([
    ['nothing', {}, 'MissingRequiredParameterException: The parameter MetricData.member.1.Value or'],
    [
      'two values',
      { Value: 1, Values: [1] },
      'InvalidParameterCombinationException: The parameters MetricData.member.1.Value and MetricData.member.1.Values are',
    ],
    [
      'the past',
      { Value: 1, Timestamp: iso(NOW - 15 * 86_400_000) },
      'InvalidParameterValueException: The parameter MetricData.member.1.Timestamp',
    ],
    [
      'the future',
      { Value: 1, Timestamp: iso(NOW + 3 * 3_600_000) },
      'InvalidParameterValueException: The parameter MetricData.member.1.Timestamp',
    ],
    [
      'no number',
      { Value: NaN },
      'InvalidParameterValueException: The value NaN for parameter MetricData.member.1.Value is invalid',
    ],
    ['too much', { Value: 2 ** 361 }, 'InvalidParameterValueException: The value'],
    ['counts of others', { Values: [1], Counts: [1, 2] }, 'InvalidParameterValueException: '],
  ])('refuse %s', (_what, datum, words) => {
    expect(put({ MetricName: 'Load', ...datum })).toContain(words);
    expect(statistics('Sum')).toEqual([]);
  });

  it.each<[string, 'getMetricStatistics' | 'getMetricData' | 'checkedPut', object, string]>([
    [
      'statistics that there are not',
      'getMetricStatistics',
      { ExtendedStatistics: ['p101'] },
      'InvalidParameterValueException: The value p101',
    ],
    [
      'both kinds of statistics',
      'getMetricStatistics',
      { Statistics: ['Sum'], ExtendedStatistics: ['p99'] },
      'InvalidParameterCombinationException: The parameters Statistics and',
    ],
    ['no statistic', 'getMetricStatistics', {}, 'MissingRequiredParameterException: '],
    [
      'odd periods',
      'getMetricStatistics',
      { Statistics: ['Sum'], Period: 7 },
      'InvalidParameterValueException: The parameter Period',
    ],
    [
      'too many',
      'getMetricStatistics',
      { Statistics: ['Sum'], StartTime: iso(NOW - 90_000_000) },
      'InvalidParameterCombinationException: You have requested up to 1,501 datapoints',
    ],
    [
      'math on what is not there',
      'getMetricData',
      { MetricDataQueries: [{ Id: 'a', Expression: 'b*2' }] },
      "ValidationException: Error in expression 'a': Undefined id 'b'",
    ],
    [
      'names of AWS',
      'checkedPut',
      { Namespace: 'AWS/ECS', MetricData: [{ MetricName: 'x', Value: 1 }] },
      'InvalidParameterValueException: ',
    ],
  ])('refuse %s', (_what, operation, input, words) => {
    expect(ask(operation, { Namespace: 'app', MetricName: 'Load', ...range, ...input })).toContain(words);
  });
});
