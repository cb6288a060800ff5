import { refusable, type Rejection, type Scope } from '#lib/kernel';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { Clock } from '#lib/platform';
import { messageOf } from '#lib/journal';
import { page } from '../domain/pages.js';
import { refusals } from '../domain/refusals.js';
import type { Dimension } from './domain/metric.js';
import { type MetricDatum, sampleOf } from './domain/metric-datum.js';
import { anyStatisticOf, extendedStatistic } from './domain/extended-statistic.js';
import { type Statistic, statisticOf } from './domain/summary.js';
import { type MetricDataInput, metricData } from './metric-data.js';
import type { MetricStore, Sample } from './metric-store.js';
import { rangeOf } from './time-range.js';

const MOST_DATA = 1_000;
const MOST_DATAPOINTS = 1_440;
const METRICS_A_PAGE = 500;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export interface PutMetricDataInput {
  readonly Namespace: string;
  readonly MetricData?: readonly MetricDatum[];
  readonly EntityMetricData?: readonly unknown[];
}

interface StatisticsInput {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly Dimension[];
  readonly StartTime: string;
  readonly EndTime: string;
  readonly Period: number;
  readonly Statistics?: readonly Statistic[];
  readonly ExtendedStatistics?: readonly string[];
  readonly Unit?: string;
}

interface ListInput {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value?: string }[];
  readonly NextToken?: string;
  readonly RecentlyActive?: 'PT3H';
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** CloudWatch's reads and writes of metrics. They are of now: samples are in no journal. */
export class MetricsApi {
  constructor(
    private readonly store: MetricStore,
    private readonly clock: Clock,
    /** They are on disk, and in the store, when it returns; it throws where that is not certain. A request that comes again is the same one. */
    private readonly put: (scope: Scope, samples: readonly Sample[], requestId: string) => Promise<void>,
  ) {}

  /** The same over another store. */
  over(store: MetricStore): MetricsApi {
    return new MetricsApi(store, this.clock, this.put);
  }

  async putMetricData(request: ApiRequest<PutMetricDataInput>): Promise<ApiReply> {
    const checked = this.checkedPut(request);
    if (!('output' in checked)) return checked;
    const { scope, samples } = checked.output;
    try {
      await this.put(scope, samples, request.context.requestId);
    } catch (error) {
      return { unavailable: `what was put is not certainly kept: ${messageOf(error)}` };
    }
    return { output: {} };
  }

  /** What would be put. */
  checkedPut(request: ApiRequest<PutMetricDataInput>) {
    return answer(request, ({ Namespace, MetricData = [], EntityMetricData }, scope) => {
      if (EntityMetricData) throw refusals.validation('Longshore has no entities: EntityMetricData is not supported.');
      if (Namespace.startsWith('AWS/'))
        throw refusals.invalidValue('The value AWS/ for parameter Namespace is invalid: it is reserved.');
      if (MetricData.length === 0) throw refusals.missing('The parameter MetricData is required.');
      if (MetricData.length > MOST_DATA)
        throw refusals.invalidValue(`The collection MetricData must not have a size greater than ${MOST_DATA}.`);
      const nowMs = this.clock.now();
      const samples = MetricData.map((datum, index) => sampleOf(Namespace, datum, nowMs, `MetricData.member.${index + 1}`));
      if (!this.store.hasRoom(scope, samples)) throw refusals.limit('There is no room for another metric.');
      return { scope, samples };
    });
  }

  getMetricStatistics(request: ApiRequest<StatisticsInput>): ApiReply {
    return answer(request, (input, scope) => {
      const { Statistics = [], ExtendedStatistics = [], Period, Unit: unit } = input;
      if (Statistics.length + ExtendedStatistics.length === 0) throw refusals.missing('The parameter Statistics is required.');
      if (Statistics.length > 0 && ExtendedStatistics.length > 0)
        throw refusals.invalidCombination('The parameters Statistics and ExtendedStatistics are mutually exclusive.');
      for (const text of ExtendedStatistics)
        if (!extendedStatistic(text))
          throw refusals.invalidValue(`The value ${text} for parameter ExtendedStatistics.member is not supported.`);
      const metric = { namespace: input.Namespace, name: input.MetricName, dimensions: input.Dimensions ?? [] };
      const range = rangeOf(input, Period, refusals);
      const asked = Math.ceil((range.endMs - range.startMs) / (Period * 1_000));
      if (asked > MOST_DATAPOINTS)
        throw refusals.invalidCombination(
          `You have requested up to ${asked.toLocaleString('en-US')} datapoints, which exceeds the limit of ${MOST_DATAPOINTS.toLocaleString('en-US')}. ` +
            'You may reduce the datapoints requested by increasing Period, or decreasing the time range.',
        );
      const points = this.store.points(scope, metric, { unit, ...range });
      return {
        Label: input.MetricName,
        Datapoints: points.flatMap(({ atMs, unit: Unit, summary }) => {
          const known = ExtendedStatistics.map((text) => [text, anyStatisticOf(summary, text)] as const).filter(
            ([, value]) => value !== undefined,
          );
          if (Statistics.length === 0 && known.length === 0) return [];
          return {
            Timestamp: iso(atMs),
            ...Object.fromEntries(Statistics.map((statistic) => [statistic, statisticOf(summary, statistic)])),
            ...(known.length === 0 ? {} : { ExtendedStatistics: Object.fromEntries(known) }),
            Unit,
          };
        }),
      };
    });
  }

  getMetricData(request: ApiRequest<MetricDataInput>): ApiReply {
    return answer(request, (input, scope) => metricData(this.store, scope, input, this.clock.now()));
  }

  listMetrics(request: ApiRequest<ListInput>): ApiReply {
    return answer(request, (input, scope) => {
      const { Namespace, MetricName, Dimensions = [], NextToken: token, RecentlyActive } = input;
      const since = RecentlyActive === undefined ? 0 : this.clock.now() - 3 * HOUR_MS;
      const matching = [...this.store.metrics(scope)].filter(
        ({ metric }) =>
          (Namespace === undefined || metric.namespace === Namespace) &&
          (MetricName === undefined || metric.name === MetricName) &&
          metric.lastAtMs >= since &&
          Dimensions.every(({ Name, Value }) =>
            metric.dimensions.some((one) => one.Name === Name && (Value === undefined || one.Value === Value)),
          ),
      );
      const list = JSON.stringify([Namespace, MetricName, Dimensions, RecentlyActive]);
      const paging = { list, limit: METRICS_A_PAGE, token, badToken: refusals.badTokenValue };
      const { items, nextToken } = page(matching, ({ key }) => key, paging);
      return {
        Metrics: items.map(({ metric: { namespace, name, dimensions } }) => ({
          Namespace: namespace,
          MetricName: name,
          Dimensions: dimensions,
        })),
        NextToken: nextToken,
      };
    });
  }
}

function answer<I, O>(
  { input, context }: ApiRequest<I>,
  read: (input: I, scope: Scope) => O,
): { readonly output: O } | { readonly rejection: Rejection } {
  const answered = refusable(() => {
    if (context.asOf !== undefined)
      throw refusals.validation(
        'Metrics are read as they are now: give StartTime and EndTime in place of a moment in the endpoint.',
      );
    return read(input, { accountId: context.accountId, region: context.region } as Scope);
  });
  return 'ok' in answered ? { output: answered.ok } : answered;
}
