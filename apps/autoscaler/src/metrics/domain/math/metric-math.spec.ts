import type { Metric } from '../metric.js';
import { evaluateExpression } from './evaluate-expression.js';
import { searched } from './search-metrics.js';
import type { Series, Value } from './value.js';

const MINUTE_MS = 60_000;
const T0 = Date.UTC(2026, 10, 29, 3, 0);
const series = (label: string, values: readonly (number | undefined)[]): Series => ({
  kind: 'series',
  label,
  periodMs: MINUTE_MS,
  points: new Map(values.flatMap((value, index) => (value === undefined ? [] : [[T0 + index * MINUTE_MS, value] as const]))),
});
const _ = undefined;
const METRICS: Readonly<Record<string, Series>> = {
  m1: series('one', [1, 2, 3, 4]),
  m2: series('two', [2, 0, -4, _]),
  gap: series('gap', [_, 10, _, 30]),
  none: series('none', []),
};

/** Minute by minute, `_` for none; a scalar as a number. */
const shown = (value: Value): unknown => {
  if (value.kind === 'scalar') return value.value;
  if (value.kind === 'list') return value.series.map(shown);
  if (value.kind !== 'series') return value;
  return [0, 1, 2, 3].map((minute) => value.points.get(T0 + minute * MINUTE_MS));
};
const valueOf = (expression: string): Value =>
  evaluateExpression('e1', expression, {
    range: { startMs: T0, endMs: T0 + 4 * MINUTE_MS, periodMs: MINUTE_MS, spend: () => undefined },
    valueOf: (id) => (Object.hasOwn(METRICS, id) ? METRICS[id] : undefined),
    metrics: (part) => ['m1', 'm2'].filter((id) => id.includes(part)).map((id) => METRICS[id]!),
    search: () => [METRICS.m1!, METRICS.none!],
  });

describe('metric math', () => {
  it.each<[string, unknown]>([
    ['m1 + m2', [3, 2, -1, _]],
    ['m1 / m2', [0.5, _, -0.75, _]],
    ['m1 * 100 / 4 - 1', [24, 49, 74, 99]],
    ['2 + 3 * 2 ^ 2', 14],
    ['2 ^ 3 ^ 0', 2],
    ['-m1 ^ 2', [-1, -4, -9, -16]],
    ['(1 + 2) * 3', 9],
    ['1e3 + .5', 1000.5],
    ['m1 > 2', [0, 0, 1, 1]],
    ['m1 >= 2 AND m1 < 4', [0, 1, 1, 0]],
    ['m2 == 0 || m1 == 1', [1, 1, 0, _]],
    ['m1 != 1 && 1', [0, 1, 1, 1]],
    [
      '[m1, m2] * 2',
      [
        [2, 4, 6, 8],
        [4, 0, -8, _],
      ],
    ],
    [
      'METRICS()',
      [
        [1, 2, 3, 4],
        [2, 0, -4, _],
      ],
    ],
    ['METRICS("2")', [[2, 0, -4, _]]],
    ['SUM(METRICS())', [3, 2, -1, 4]],
    ['AVG([m1, m2])', [1.5, 1, -0.5, 4]],
    ['SUM(m1)', 10],
    ['AVG(m1)', 2.5],
    ['MIN(m2)', -4],
    ['MAX(m2)', 2],
    ['STDDEV(m1)', Math.sqrt(1.25)],
    ['m1 / SUM(m1)', [0.1, 0.2, 0.3, 0.4]],
    ['ABS(m2)', [2, 0, 4, _]],
    ['CEIL(m1 / 2)', [1, 1, 2, 2]],
    ['FLOOR(m1 / 2)', [0, 1, 1, 2]],
    ['LOG10(m1 * 0 + 100)', [2, 2, 2, 2]],
    ['LOG(m2)', [Math.log(2), _, _, _]],
    ['DIFF(m1 * m1)', [_, 3, 5, 7]],
    ['DIFF_TIME(gap)', [_, _, _, 120]],
    ['RATE(m1 * 60)', [_, 1, 1, 1]],
    ['RUNNING_SUM(m1)', [1, 3, 6, 10]],
    ['FILL(m2, 7)', [2, 0, -4, 7]],
    ['FILL(gap, REPEAT)', [_, 10, 10, 30]],
    ['FILL(gap, LINEAR)', [_, 10, 20, 30]],
    ['FILL(none, 0)', [0, 0, 0, 0]],
    [
      'FILL([m2, none], 1)',
      [
        [2, 0, -4, 1],
        [1, 1, 1, 1],
      ],
    ],
    ['IF(m1 > 2, m1, 0)', [0, 0, 3, 4]],
    ['IF(m1 > 2, m2)', [_, _, -4, _]],
    ['IF(1, m1, m2)', [1, 2, 3, 4]],
    ['PERIOD(m1)', 60],
    ['SUM(m1) / PERIOD(m1)', 1 / 6],
    [
      'SORT(METRICS(), AVG, ASC)',
      [
        [2, 0, -4, _],
        [1, 2, 3, 4],
      ],
    ],
    ['SORT(METRICS(), MAX, DESC, 1)', [[1, 2, 3, 4]]],
    ['SLICE([m1, m2], 1)', [[2, 0, -4, _]]],
    [
      'SLICE([m1, m2, gap], 0, 2)',
      [
        [1, 2, 3, 4],
        [2, 0, -4, _],
      ],
    ],
    ['FIRST(METRICS())', [1, 2, 3, 4]],
    ['LAST(METRICS())', [2, 0, -4, _]],
    ['TIME_SERIES(5)', [5, 5, 5, 5]],
    ['TIME_SERIES(1 / 0)', [_, _, _, _]],
    ['METRIC_COUNT([m1, m2, none])', 3],
    ['DATAPOINT_COUNT(m2)', 3],
    ['DATAPOINT_COUNT(METRICS())', [2, 2, 2, 1]],
    ['REMOVE_EMPTY([m1, none])', [[1, 2, 3, 4]]],
    ["SUM(SEARCH('{a,b} c', 'Sum', 60))", [1, 2, 3, 4]],
    ['HOUR(m1) * 100 + MINUTE(m1)', [300, 301, 302, 303]],
    ['DAY(m1) + MONTH(m1) + DATE(m1) + YEAR(m1)', [2073, 2073, 2073, 2073]],
    ['SUM(none)', [_, _, _, _]],
  ])('%s', (expression, expected) => expect(shown(valueOf(expression))).toEqual(expected));

  it.each([
    ['m1 +', "Error in expression 'e1': Syntax error: it ends too early"],
    ['m1 % 2', "Error in expression 'e1': Syntax error: '%' was not expected at character 4"],
    ['x1 + 1', "Error in expression 'e1': Undefined id 'x1'"],
    ['ANOMALY_DETECTION_BAND(m1, 2)', 'Longshore has no anomaly detection'],
    ['SQRT(m1)', "Unsupported function 'SQRT'"],
    ['toString(m1)', 'Syntax error'],
    ['[m1] + [m2]', 'Unsupported operand type(s) for +'],
    ["m1 + 'text'", 'Unsupported operand type(s) for +'],
    ['FILL(m1, WRONG)', 'FILL takes a number, REPEAT or LINEAR'],
    ['SORT(m1, AVG, UP)', 'SORT takes ASC or DESC'],
    ['ABS(1)', 'a time series is expected'],
    ['('.repeat(1_000), 'it is too deep'],
    [`${'-'.repeat(1_000)}1`, 'it is too deep'],
  ])('%s is refused', (expression, words) => expect(() => valueOf(expression)).toThrow(words));
});

describe('a search', () => {
  const metric = (namespace: string, name: string, dimensions: Readonly<Record<string, string>> = {}): Metric => ({
    namespace,
    name,
    dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
  });
  const cpu = metric('AWS/ECS', 'CPUUtilization', { ClusterName: 'default', ServiceName: 'web-Front' });
  const requests = metric('AWS/ApplicationELB', 'RequestCount', { LoadBalancer: 'app/web/1' });
  const own = metric('my app', 'CustomCount2');

  it.each<[string, readonly Metric[]]>([
    ['{AWS/ECS,ClusterName,ServiceName} MetricName="CPUUtilization"', [cpu]],
    ['{AWS/ECS, ServiceName, ClusterName}', [cpu]],
    ['{AWS/ECS,ClusterName}', []],
    ['{"my app"}', [own]],
    ['Namespace="AWS/ECS" OR MetricName="RequestCount"', [cpu, requests]],
    ['MetricName="RequestCoun"', []],
    ['count', [requests, own]],
    ['CustomCount', [own]],
    ['customcount2', [own]],
    ['web NOT count', [cpu]],
    ['web AND (request OR cpu)', [cpu, requests]],
    ['ServiceName=front', [cpu]],
    ['ServiceName=("web-Front" OR "db")', [cpu]],
  ])('%s', (expression, expected) => expect([cpu, requests, own].filter(searched(expression))).toEqual(expected));

  it.each(['{', '{a} (', 'NOT', 'a ="', '('.repeat(1_000)])('%s is refused', (expression) =>
    expect(() => searched(expression)).toThrow('Invalid SEARCH expression'),
  );
});
