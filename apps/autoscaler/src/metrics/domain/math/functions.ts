import { list, mapped, scalar, type Series, type Value, withPoints } from './value.js';

/** What functions are told beside their arguments. */
export interface MathRange {
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  /** Of a series that is made of nothing. */
  readonly periodMs: number;
  /** Told before so many points are made; throws when a request has made enough. */
  readonly spend: (points: number) => void;
}

/** Thrown with the sentence's end: the evaluator knows the expression that it is of. */
export class BadExpression extends Error {}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const average = (values: readonly number[]) => sum(values) / values.length;

/** Of a series a scalar; of several a series: what they have at each moment. */
const STATISTICS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  AVG: average,
  MIN: (values) => values.reduce((least, value) => Math.min(least, value), Infinity),
  MAX: (values) => values.reduce((most, value) => Math.max(most, value), -Infinity),
  SUM: sum,
  STDDEV: (values) => {
    const mean = average(values);
    return Math.sqrt(average(values.map((value) => (value - mean) ** 2)));
  },
  DATAPOINT_COUNT: (values) => values.length,
};

const utc = (read: (date: Date) => number) => (series: Series) => mapped(series, (_value, atMs) => read(new Date(atMs)));

/** Each series by itself. */
const OF_SERIES: Readonly<Record<string, (series: Series) => Series>> = {
  ABS: (series) => mapped(series, Math.abs),
  CEIL: (series) => mapped(series, Math.ceil),
  FLOOR: (series) => mapped(series, Math.floor),
  LOG: (series) => mapped(series, Math.log),
  LOG10: (series) => mapped(series, Math.log10),
  DIFF: (series) => steps(series, (value, before) => value - before),
  DIFF_TIME: (series) => steps(series, (_value, _before, ms) => ms / 1_000),
  RATE: (series) => steps(series, (value, before, ms) => (value - before) / (ms / 1_000)),
  RUNNING_SUM: (series) => {
    let total = 0;
    return mapped(series, (value) => (total += value));
  },
  MINUTE: utc((date) => date.getUTCMinutes()),
  HOUR: utc((date) => date.getUTCHours()),
  DAY: utc((date) => date.getUTCDay() || 7),
  DATE: utc((date) => date.getUTCDate()),
  MONTH: utc((date) => date.getUTCMonth() + 1),
  YEAR: utc((date) => date.getUTCFullYear()),
  EPOCH: utc((date) => date.getTime() / 1_000),
};

function steps(series: Series, step: (value: number, before: number, ms: number) => number): Series {
  const points = [...series.points];
  return withPoints(
    series,
    points.slice(1).map(([atMs, value], index) => [atMs, step(value, points[index]![1], atMs - points[index]![0])] as const),
  );
}

const seriesOf = (value: Value | undefined): readonly Series[] => {
  if (value?.kind === 'series') return [value];
  if (value?.kind === 'list') return value.series;
  throw new BadExpression('a time series is expected');
};
const numberOf = (value: Value | undefined): number => {
  if (value?.kind !== 'scalar') throw new BadExpression('a number is expected');
  return value.value;
};
const each = (value: Value | undefined, change: (series: Series) => Series): Value =>
  value?.kind === 'series' ? change(value) : list(seriesOf(value).map(change));

function acrossSeries(series: readonly Series[], statistic: (values: readonly number[]) => number): Value {
  if (series.length === 0) return list([]);
  const values = new Map<number, number[]>();
  for (const { points } of series)
    for (const [atMs, value] of points) {
      const known = values.get(atMs);
      if (known) known.push(value);
      else values.set(atMs, [value]);
    }
  return withPoints(
    series[0]!,
    [...values].map(([atMs, some]) => [atMs, statistic(some)] as const),
  );
}

const momentsIn = ({ startMs, endMs }: MathRange, periodMs: number): number => Math.ceil((endMs - startMs) / periodMs) + 1;

export function* moments({ startMs, endMs }: MathRange, periodMs: number): Iterable<number> {
  for (let atMs = Math.floor(startMs / periodMs) * periodMs; atMs < endMs; atMs += periodMs) yield atMs;
}

/** A number in the gaps, the last value before them, or the line between their ends; nothing is known outside of the first and the last. */
function filled(series: Series, way: Value | undefined, range: MathRange): Series {
  const isLine = way?.kind === 'word' && way.name === 'LINEAR';
  if (way?.kind !== 'scalar' && !isLine && !(way?.kind === 'word' && way.name === 'REPEAT'))
    throw new BadExpression('FILL takes a number, REPEAT or LINEAR');
  range.spend(momentsIn(range, series.periodMs));
  const known = [...series.points];
  let next = 0;
  const fill = (atMs: number): number => {
    while (next < known.length && known[next]![0] <= atMs) next++;
    const [before, after] = [known[next - 1], known[next]];
    if (before?.[0] === atMs) return before[1];
    if (way.kind === 'scalar') return way.value;
    if (!before || (isLine && !after)) return NaN;
    return isLine ? before[1] + ((after![1] - before[1]) * (atMs - before[0])) / (after![0] - before[0]) : before[1];
  };
  return withPoints(
    series,
    [...moments(range, series.periodMs)].map((atMs) => [atMs, fill(atMs)] as const),
  );
}

/** "You can use IF only with a single time series" of conditions; where the chosen one has no value, nothing is. */
function chosen([condition, yes, no]: readonly Value[]): Value {
  const at = (value: Value | undefined, atMs: number): number => {
    if (value === undefined) return NaN;
    if (value.kind === 'scalar') return value.value;
    if (value.kind !== 'series') throw new BadExpression('IF takes numbers and single time series');
    return value.points.get(atMs) ?? NaN;
  };
  if (condition?.kind === 'scalar') {
    const value = condition.value ? yes : no;
    return value ?? list([]);
  }
  if (condition?.kind !== 'series') throw new BadExpression('IF takes numbers and single time series');
  return mapped(condition, (value, atMs) => at(value ? yes : no, atMs));
}

function sorted([value, by, order, most]: readonly Value[]): Value {
  if (by?.kind !== 'word' || !Object.hasOwn(STATISTICS, by.name)) throw new BadExpression('SORT takes AVG, MIN, MAX or SUM');
  if (order?.kind !== 'word' || !['ASC', 'DESC'].includes(order.name)) throw new BadExpression('SORT takes ASC or DESC');
  const sign = order.name === 'ASC' ? 1 : -1;
  const ranked = seriesOf(value)
    .filter(({ points }) => points.size > 0)
    .map((series) => ({ series, rank: STATISTICS[by.name]!([...series.points.values()]) }))
    .sort((a, b) => sign * (a.rank - b.rank))
    .map(({ series }) => series);
  return list(most === undefined ? ranked : ranked.slice(0, numberOf(most)));
}

/** Functions of the User Guide's table but those that need what Longshore has not (anomaly bands, Contributor Insights, quotas, Lambda). */
export const FUNCTIONS: Readonly<Record<string, (values: readonly Value[], range: MathRange) => Value>> = {
  ...Object.fromEntries(
    Object.entries(OF_SERIES).map(([name, change]) => [name, ([value]: readonly Value[]) => each(value, change)]),
  ),
  ...Object.fromEntries(
    Object.entries(STATISTICS).map(([name, statistic]) => [
      name,
      ([value]: readonly Value[]) =>
        value?.kind === 'series'
          ? value.points.size === 0
            ? value
            : scalar(statistic([...value.points.values()]))
          : acrossSeries(seriesOf(value), statistic),
    ]),
  ),
  FILL: ([value, way], range) => each(value, (series) => filled(series, way, range)),
  FIRST: ([value]) => seriesOf(value)[0] ?? list([]),
  LAST: ([value]) => seriesOf(value).at(-1) ?? list([]),
  IF: (values) => chosen(values),
  METRIC_COUNT: ([value]) => scalar(seriesOf(value).length),
  PERIOD: ([value]) => scalar((seriesOf(value)[0]?.periodMs ?? NaN) / 1_000),
  REMOVE_EMPTY: ([value]) => list(seriesOf(value).filter(({ points }) => points.size > 0)),
  SLICE: ([value, from, to]) => list(seriesOf(value).slice(numberOf(from), to === undefined ? numberOf(from) + 1 : numberOf(to))),
  SORT: (values) => sorted(values),
  TIME_SERIES: ([value], range) => {
    const number = numberOf(value);
    range.spend(momentsIn(range, range.periodMs));
    const empty: Series = { kind: 'series', label: '', periodMs: range.periodMs, points: new Map() };
    return withPoints(
      empty,
      [...moments(range, range.periodMs)].map((atMs) => [atMs, number] as const),
    );
  },
};
