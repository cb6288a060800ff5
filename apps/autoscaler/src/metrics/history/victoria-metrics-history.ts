import type { Scope } from '#lib/kernel';
import type { Bins } from '../domain/bins.js';
import type { Dimension } from '../domain/metric.js';
import { labelsText, type SeriesName, seriesName } from '../domain/series-name.js';
import type { Extremes, Sums } from '../domain/summary.js';
import { type Matrix, matrixOf } from './matrix.js';
import { HttpStore, type HttpStoreLimits, TooLarge } from './http-store.js';
import {
  type ById,
  type HistoryRange,
  type HistoryRow,
  HistoryUnavailable,
  type MetricHistory,
  type SearchAnswer,
  type SearchRequest,
  type SeenSeries,
} from './metric-history.js';

const INFO = 'longshore_metric_info';
const ROWS_A_WRITE = 5_000;
/** Of one query's matcher. */
const IDS_A_QUERY = 25;
const OWN: HttpStoreLimits = { timeoutMs: 8_000, mostBytes: 64 * 1024 * 1024 };
const SEARCH: HttpStoreLimits = { timeoutMs: 9_000, mostBytes: 4 * 1024 * 1024 };

/**
 * History in VictoriaMetrics, a single node or whatever speaks its HTTP API (`vmauth` before a cluster). A row's sum, count, minimum and
 * maximum are a series each (`aws_ecs_cpuutilization_sum`), bins one for each of their sizes (`…_bin{b="12"}`). What metrics there are is in
 * `longshore_metric_info`, whose value is when they came last. `-dedup.minScrapeInterval=1ms` makes a row that is sent again the same row.
 */
export class VictoriaMetricsHistory implements MetricHistory {
  private readonly http: HttpStore;
  private readonly heads = new WeakMap<SeriesName, string>();

  constructor(url: string) {
    this.http = new HttpStore(url);
  }

  /** For people: without its password. */
  get shown(): string {
    return this.http.shown;
  }

  async write(rows: readonly HistoryRow[], seen: readonly SeenSeries[]): Promise<void> {
    for (let at = 0; at < rows.length; at += ROWS_A_WRITE) {
      let [points, lines] = ['', ''];
      for (const row of rows.slice(at, at + ROWS_A_WRITE)) {
        const head = row.values && this.headOf(row.series);
        if (head) points += pointOf(head, row.values!, row.atMs);
        else if (row.values) lines += valueLinesOf(row.series, row.values, row.atMs);
        if (row.bins) lines += binLinesOf(row.series, row.bins, row.atMs);
      }
      if (points !== '') await this.import(points, '/influx/write?precision=ms');
      if (lines !== '') await this.import(lines);
    }
    for (let at = 0; at < seen.length; at += ROWS_A_WRITE)
      await this.import(
        seen
          .slice(at, at + ROWS_A_WRITE)
          .map(infoOf)
          .join(''),
      );
  }

  async life(): Promise<string | undefined> {
    const { status, body } = await this.http.post('/metrics', '', OWN);
    return status === 200 ? /^vm_app_start_timestamp(?:\{[^}]*\})? (\S+)$/m.exec(body)?.[1] : undefined;
  }

  /** What a point of it begins with; undefined: it has what InfluxDB's lines cannot say. */
  private headOf(series: SeriesName): string | undefined {
    let head = this.heads.get(series);
    if (head === undefined) this.heads.set(series, (head = influxHeadOf(series)));
    return head || undefined;
  }

  async settle(): Promise<void> {
    await this.http.post('/internal/force_flush', '', OWN);
  }

  sums(ids: readonly string[], range: HistoryRange): Promise<ById<Sums>> {
    return inParts(ids, async (some) => {
      // One question: of two the second may find what the first has not.
      const both = await this.overTime('sum', '(sum|count)', some, range);
      const of = (part: string) => both.filter(({ metric }) => metric.__name__!.endsWith(part));
      return joined(range, (sum, count) => ({ sum, count }), of('_sum'), of('_count'));
    });
  }

  extremes(ids: readonly string[], range: HistoryRange): Promise<ById<Extremes>> {
    return inParts(ids, async (some) => {
      const both = [this.overTime('min', 'min', some, range), this.overTime('max', 'max', some, range)] as const;
      return joined(range, (min, max) => ({ min, max }), ...(await Promise.all(both)));
    });
  }

  bins(ids: readonly string[], range: HistoryRange): Promise<ById<Bins>> {
    return inParts(ids, async (some) => {
      const counts = new Map<string, Map<number, [bin: number, count: number][]>>();
      for (const { metric, points } of await this.overTime('sum', 'bin', some, range)) {
        const periods = entryOf(counts, metric.id!, () => new Map());
        for (let at = 0; at < points.length; at += 2)
          entryOf(periods, startOf(points[at]!, range), () => []).push([Number(metric.b), points[at + 1]!]);
      }
      const sorted = (bins: [number, number][]): Bins => bins.sort(([a], [b]) => a - b).flat();
      return new Map([...counts].map(([id, periods]) => [id, new Map([...periods].map(([at, bins]) => [at, sorted(bins)]))]));
    });
  }

  async seen(): Promise<readonly SeenSeries[]> {
    const { status, body } = await this.http.post(
      '/api/v1/query',
      new URLSearchParams({ query: `max_over_time(${INFO}[400d])`, time: String(Date.now() / 1_000 + 60), nocache: '1' }),
      OWN,
    );
    const { data } = parsed(status, body) as {
      readonly data: { readonly result: readonly { metric: Record<string, string>; value: [number, string] }[] };
    };
    return data.result.map(({ metric: { account, region, namespace, metric: name, unit, dimensions }, value }) => ({
      series: seriesName(
        { accountId: account, region } as Scope,
        { namespace: namespace ?? '', name: name ?? '', dimensions: JSON.parse(dimensions ?? '[]') as Dimension[] },
        unit ?? 'None',
      ),
      lastAtMs: Number(value[1]) * 1_000,
    }));
  }

  async search({ accountId, region }: Scope, { api, label, form }: SearchRequest): Promise<SearchAnswer> {
    const parameters = new URLSearchParams(form);
    // Each selector of the query gets these matchers too, whatever it says itself.
    parameters.set(
      'extra_filters[]',
      `{${labelsText([
        ['account', accountId],
        ['region', region],
      ])}}`,
    );
    parameters.set('nocache', '1');
    parameters.set('timeout', `${Math.min(secondsOf(parameters.get('timeout')) ?? 8, 8)}s`);
    try {
      const answer = await this.http.post(`/api/v1/${label === undefined ? api : `label/${label}/values`}`, parameters, SEARCH);
      return answer;
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      return { status: 422, body: JSON.stringify({ status: 'error', errorType: 'execution', error: error.message }) };
    }
  }

  private async import(lines: string, path = '/api/v1/import/prometheus'): Promise<void> {
    const { status, body } = await this.http.post(path, lines, OWN);
    if (status >= 300) throw new HistoryUnavailable(`The store of metrics takes nothing: ${status} ${body.slice(0, 200)}`);
  }

  /** Exactly [T, T + P): a window reaches back from the last millisecond of its period. */
  private async overTime(
    how: 'sum' | 'min' | 'max',
    parts: '(sum|count)' | 'min' | 'max' | 'bin',
    ids: readonly string[],
    { startMs, endMs, periodMs }: HistoryRange,
  ): Promise<Matrix> {
    const periods = Math.ceil((endMs - startMs) / periodMs);
    if (periods <= 0 || ids.length === 0) return [];
    const matcher = `{id=~"${ids.join('|')}",__name__=~".+_${parts}"}`;
    const { status, body } = await this.http.post(
      '/api/v1/query_range',
      new URLSearchParams({
        query: `${how}_over_time(${matcher}[${periodMs}ms]) keep_metric_names`,
        start: ((startMs + periodMs - 1) / 1_000).toFixed(3),
        end: ((startMs + periods * periodMs - 1) / 1_000).toFixed(3),
        step: `${periodMs}ms`,
        // The cache hides what came late, and moves the start.
        nocache: '1',
      }),
      OWN,
    );
    if (status !== 200) throw refused(status, body);
    return matrixOf(body);
  }
}

/** What is read of one part is worked off while the store looks for the next: two answers are in memory at most, and others are served between. */
async function inParts<T>(ids: readonly string[], ask: (some: readonly string[]) => Promise<ById<T>>): Promise<ById<T>> {
  const all = new Map<string, ReadonlyMap<number, T>>();
  const begin = (at: number) => {
    const asked = ask(ids.slice(at, at + IDS_A_QUERY));
    // It is told when its turn comes; when an earlier one fails, nobody listens.
    asked.catch(() => undefined);
    return asked;
  };
  for (let at = 0, next = begin(0); at < ids.length; at += IDS_A_QUERY) {
    const found = next;
    if (at + IDS_A_QUERY < ids.length) next = begin(at + IDS_A_QUERY);
    for (const [id, periods] of await found) all.set(id, periods);
  }
  return all;
}

/** Periods of which there are both: where one is missing, only some of its write's lines have arrived yet. */
function joined<T>(range: HistoryRange, both: (a: number, b: number) => T, ofA: Matrix, ofB: Matrix): ById<T> {
  const found = new Map<string, Map<number, T>>();
  const others = new Map(ofB.map(({ metric, points }) => [metric.id!, points]));
  for (const { metric, points } of ofA) {
    const periods = new Map<number, T>();
    const other = others.get(metric.id!) ?? [];
    let next = 0;
    for (let of = 0; of < points.length; of += 2) {
      const at = points[of]!;
      while (next < other.length && other[next]! < at) next += 2;
      if (other[next] === at) periods.set(startOf(at, range), both(points[of + 1]!, other[next + 1]!));
    }
    found.set(metric.id!, periods);
  }
  return found;
}

const startOf = (atSeconds: number, { periodMs }: HistoryRange): number => Math.round(atSeconds * 1_000) + 1 - periodMs;

function parsed(status: number, body: string): unknown {
  if (status === 200) return JSON.parse(body);
  throw refused(status, body);
}

const refused = (status: number, body: string): HistoryUnavailable =>
  new HistoryUnavailable(`The store of metrics answers ${status}: ${body.slice(0, 300)}`);

/**
 * A row as a point of InfluxDB, whose fields become the four series: a quarter of the bytes, and the labels are read once.
 */
const pointOf = (head: string, { sum, count, min, max }: NonNullable<HistoryRow['values']>, atMs: number): string =>
  `${head} sum=${sum},count=${count},min=${min},max=${max} ${atMs}\n`;

/** '' where a label has a character that its lines cannot have, or is empty. */
function influxHeadOf({ base, labels }: SeriesName): string {
  // Its backslash escapes what follows; a line feed is one here.
  if (labels.includes('\\') || labels.includes('=""')) return '';
  const tags = labels
    .slice(0, -1)
    .split('",')
    .map((label) => {
      const at = label.indexOf('="');
      return `${label.slice(0, at)}=${label.slice(at + 2).replace(/[ ,=]/g, (one) => `\\${one}`)}`;
    });
  return `${base},${tags.join(',')}`;
}

const valueLinesOf = ({ base, labels }: SeriesName, { sum, count, min, max }: NonNullable<HistoryRow['values']>, atMs: number) =>
  `${base}_sum{${labels}} ${sum} ${atMs}\n${base}_count{${labels}} ${count} ${atMs}\n` +
  `${base}_min{${labels}} ${min} ${atMs}\n${base}_max{${labels}} ${max} ${atMs}\n`;

function binLinesOf({ base, labels }: SeriesName, bins: Bins, atMs: number): string {
  let text = '';
  for (let at = 0; at < bins.length; at += 2) text += `${base}_bin{${labels},b="${bins[at]}"} ${bins[at + 1]} ${atMs}\n`;
  return text;
}

function infoOf({ series: { id, scope, metric, unit }, lastAtMs }: SeenSeries): string {
  const labels = labelsText([
    ['id', id],
    ['account', scope.accountId],
    ['region', scope.region],
    ['namespace', metric.namespace],
    ['metric', metric.name],
    ['unit', unit],
    ['dimensions', JSON.stringify(metric.dimensions)],
  ]);
  return `${INFO}{${labels}} ${Math.floor(lastAtMs / 1_000)} ${lastAtMs}\n`;
}

function secondsOf(duration: string | null): number | undefined {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(duration ?? '') ?? [];
  return amount === undefined ? undefined : Math.max(0.1, Number(amount) * ({ ms: 0.001, s: 1, m: 60 }[unit] ?? 1));
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
