import { createHash } from 'node:crypto';
import type { Scope } from '#lib/kernel';
import { placeOf, tokenAt } from '../domain/pages.js';
import { refusals } from '../domain/refusals.js';
import { anyStatisticOf, isAnyStatistic } from './domain/extended-statistic.js';
import { evaluateExpression } from './domain/math/evaluate-expression.js';
import { searched } from './domain/math/search-metrics.js';
import type { Series, Value } from './domain/math/value.js';
import { dynamicLabel, isDynamic, offsetOf } from './domain/dynamic-label.js';
import type { DataQuery } from './domain/data-query.js';
import type { Metric } from './domain/metric.js';
import type { MetricStore } from './metric-store.js';
import { type AskedRange, rangeOf } from './time-range.js';

const MOST_QUERIES = 500;
const MOST_RETURNED = 100_800;
/** Points that one request reads and computes, over all steps of its expressions: about half a second, in which the process does nothing else. */
const MOST_COMPUTED = 2_000_000;
/** "A search expression can return as many as 500 time series." */
const MOST_FOUND = 500;
const DEFAULT_PERIOD_SECONDS = 60;

export interface MetricDataInput extends AskedRange {
  readonly MetricDataQueries: readonly DataQuery[];
  readonly ScanBy?: 'TimestampDescending' | 'TimestampAscending';
  readonly MaxDatapoints?: number;
  readonly NextToken?: string;
  readonly LabelOptions?: { readonly Timezone?: string };
}

/** GetMetricData: what its queries are, a page of them at a time. */
export function metricData(store: MetricStore, scope: Scope, input: MetricDataInput, nowMs: number): object {
  const { MetricDataQueries: queries } = input;
  checkQueries(queries);
  const values = new QueryValues(store, scope, input);
  const offsetMs = offsetOf(input.LabelOptions?.Timezone ?? '+0000');
  if (offsetMs === undefined) throw refusals.validation('The value of LabelOptions.Timezone must be like +0130.');
  const labelled = (template: string, series: Series) => dynamicLabel(template, { ...series, ...scope, nowMs, offsetMs });
  // Also what is not returned is computed: what is wrong with it is said.
  const results = queries.map((query) => ({ query, series: resultOf(query, values.of(query.Id)!, labelled) }));
  const returned = results
    .filter(({ query }) => query.ReturnData !== false)
    .flatMap(({ query, series }) => series.map(({ label, points }) => shownOf(query.Id, label, points, input.ScanBy)));
  return pageOf(returned, input);
}

/**
 * The one series that queries of which one returns data are about, as an alarm evaluates it; undefined: what they find is no single series.
 * Refuses as GetMetricData does.
 */
export function dataOf(
  store: Pick<MetricStore, 'metrics' | 'points'>,
  scope: Scope,
  queries: readonly DataQuery[],
  range: AskedRange,
): Series | undefined {
  checkQueries(queries);
  const returned = queries.find(({ ReturnData }) => ReturnData !== false);
  const values = new QueryValues(store, scope, { ...range, MetricDataQueries: queries });
  const value = returned && values.of(returned.Id);
  return value?.kind === 'series' ? value : undefined;
}

function checkQueries(queries: readonly DataQuery[]): void {
  if (queries.length === 0 || queries.length > MOST_QUERIES)
    throw refusals.validation(`MetricDataQueries must have 1 to ${MOST_QUERIES} queries.`);
  if (new Set(queries.map(({ Id }) => Id)).size < queries.length)
    throw refusals.validation('The values for parameter id in the MetricDataQueries list must be unique.');
  for (const { Id, Expression, MetricStat } of queries) {
    if (!/^[a-z][a-zA-Z0-9_]*$/.test(Id))
      throw refusals.validation(`The value ${Id} for parameter id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`);
    if ((Expression === undefined) === (MetricStat === undefined))
      throw refusals.validation(`Each of the MetricDataQueries needs either a MetricStat or an Expression: ${Id} has not.`);
  }
}

/** A time series is one result, an array one each, with the labels of its series after the query's own. */
function resultOf({ Id, Label }: DataQuery, value: Value, labelled: (template: string, of: Series) => string): readonly Series[] {
  if (Label !== undefined && isDynamic(Label)) {
    const all = value.kind === 'series' ? [value] : value.kind === 'list' ? value.series : [];
    if (all.length > 0) return all.map((series) => ({ ...series, label: labelled(Label, series) }));
  }
  if (value.kind === 'series') return [{ ...value, label: Label ?? value.label }];
  if (value.kind === 'list')
    return value.series.map((series) => ({ ...series, label: Label === undefined ? series.label : `${Label} ${series.label}` }));
  throw refusals.validation(
    `Error in expression '${Id}': The result of an expression must be a time series or an array of them.`,
  );
}

/** GetMetricData's model has no class for a value or for two that do not go together. */
const IN_GENERAL = { invalidValue: refusals.validation, invalidCombination: refusals.validation };

/** The value of each query, computed when it is first asked for. */
class QueryValues {
  private readonly known = new Map<string, Value>();
  private readonly underWay = new Set<string>();
  private readonly queries: ReadonlyMap<string, DataQuery>;
  private computed = 0;

  constructor(
    private readonly store: Pick<MetricStore, 'metrics' | 'points'>,
    private readonly scope: Scope,
    private readonly input: MetricDataInput,
  ) {
    this.queries = new Map(input.MetricDataQueries.map((query) => [query.Id, query]));
  }

  of(id: string): Value | undefined {
    const query = this.queries.get(id);
    const known = this.known.get(id);
    if (!query || known) return known;
    if (this.underWay.has(id)) throw refusals.validation(`Error in expression '${id}': it refers to itself.`);
    this.underWay.add(id);
    const value = this.compute(query);
    this.known.set(id, value);
    return value;
  }

  private compute({ Id, Expression, MetricStat, Period: ownPeriod }: DataQuery): Value {
    if (MetricStat) {
      const { Metric: given, Period: seconds, Stat, Unit } = MetricStat;
      const name = given.MetricName ?? '';
      return this.series(
        { namespace: given.Namespace ?? '', name, dimensions: given.Dimensions ?? [] },
        Stat,
        seconds,
        name,
        Unit,
      );
    }
    const Period = ownPeriod ?? this.shortestPeriod();
    const value = evaluateExpression(Id, Expression!, {
      range: { ...this.range(Period), spend: (points) => this.spend(points) },
      valueOf: (id) => this.of(id),
      metrics: (part) => this.metrics(part),
      search: (expression, stat, seconds = Period) => this.search(expression, stat, seconds),
    });
    return value.kind === 'series' ? { ...value, label: Id } : value;
  }

  private metrics(part: string): readonly Series[] {
    const ids = [...this.queries.values()].filter(({ Id, MetricStat }) => MetricStat && Id.includes(part)).map(({ Id }) => Id);
    return ids.map((id) => this.of(id) as Series);
  }

  private search(expression: string, stat: string, seconds: number): readonly Series[] {
    const isWanted = searched(expression);
    const found = [...this.store.metrics(this.scope)].filter(({ metric }) => isWanted(metric)).slice(0, MOST_FOUND);
    return found.map(({ metric }) => this.series(metric, stat, seconds, labelOf(metric)));
  }

  private series(metric: Metric, stat: string, seconds: number, label: string, unit?: string): Series {
    if (!isAnyStatistic(stat)) throw refusals.validation(`The value ${stat} for parameter Stat is not supported.`);
    const range = this.range(seconds);
    const points = new Map<number, number>();
    for (const { atMs, summary } of this.store.points(this.scope, metric, { unit, ...range })) {
      const value = anyStatisticOf(summary, stat);
      if (value !== undefined) points.set(atMs, value);
    }
    this.spend(points.size);
    return { kind: 'series', label, periodMs: range.periodMs, points, of: { metric, stat } };
  }

  private spend(points: number): void {
    this.computed += points;
    if (this.computed > MOST_COMPUTED)
      throw refusals.validation(
        `This request computes more than ${MOST_COMPUTED} data points. Ask for longer periods, for a shorter time or for less at once.`,
      );
  }

  /** The newest periods: whoever asks for a year of seconds is not to stop the process, and nothing is kept that finely for as long. */
  private range(seconds: number) {
    const { startMs, endMs, periodMs } = rangeOf(this.input, seconds, IN_GENERAL);
    return { startMs: Math.max(startMs, endMs - MOST_RETURNED * periodMs), endMs, periodMs };
  }

  private shortestPeriod(): number {
    const periods = [...this.queries.values()].flatMap(({ MetricStat }) => MetricStat?.Period ?? []);
    return periods.length > 0 ? periods.reduce((a, b) => Math.min(a, b)) : DEFAULT_PERIOD_SECONDS;
  }
}

const labelOf = ({ name, dimensions }: Metric): string => [...dimensions.map(({ Value: value }) => value), name].join(' ');

interface Result {
  readonly Id: string;
  readonly Label: string;
  /** Seconds since the epoch: there may be 100,800. */
  readonly times: readonly number[];
  readonly values: readonly number[];
}

function shownOf(
  Id: string,
  Label: string,
  points: ReadonlyMap<number, number>,
  order: MetricDataInput['ScanBy'] = 'TimestampDescending',
): Result {
  const times = Array.from(points.keys(), (atMs) => atMs / 1_000);
  const values = [...points.values()];
  return order === 'TimestampAscending'
    ? { Id, Label, times, values }
    : { Id, Label, times: times.reverse(), values: values.reverse() };
}

/** `PartialData`: the rest of the series is on the next page. */
function pageOf(results: readonly Result[], { MaxDatapoints = MOST_RETURNED, NextToken, ...asked }: MetricDataInput): object {
  if (MaxDatapoints < 1) throw refusals.validation('MaxDatapoints must be at least 1.');
  const list = createHash('sha256').update(JSON.stringify(asked)).digest('base64url');
  const from = NextToken === undefined ? 0 : Number(placeOf(NextToken, list));
  if (!Number.isInteger(from) || from < 0) throw refusals.badToken();
  const end = from + Math.min(MaxDatapoints, MOST_RETURNED);
  const isLast = results.reduce((sum, { times }) => sum + times.length, 0) <= end;
  let at = 0;
  const MetricDataResults = results.flatMap(({ Id, Label, times, values }) => {
    const begins = at;
    at += times.length;
    // A series without points is told once: on the page on which it would begin.
    const isHere = times.length === 0 ? begins >= from && (begins < end || isLast) : begins < end && at > from;
    if (!isHere) return [];
    const page = [Math.max(0, from - begins), end - begins] as const;
    return {
      Id,
      Label,
      Timestamps: times.slice(...page),
      Values: values.slice(...page),
      StatusCode: at > end ? 'PartialData' : 'Complete',
    };
  });
  return { MetricDataResults, Messages: [], ...(isLast ? {} : { NextToken: tokenAt(list, String(end)) }) };
}
