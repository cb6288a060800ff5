import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Scope } from '#lib/kernel';
import { silentLogger, systemClock } from '#lib/platform';
import { VictoriaMetrics } from '../../../../../test/support/victoria-metrics.js';
import { ofSample } from '../domain/summary.js';
import { seriesName } from '../domain/series-name.js';
import { MemoryMetricStore } from '../memory-metric-store.js';
import { HistoryWriter } from './history-writer.js';
import { MemoryHistory } from './memory-history.js';
import { type HistoryRow, HistoryUnavailable, type MetricHistory } from './metric-history.js';
import { RecordedMetricStore } from './recorded-metric-store.js';
import { VictoriaMetricsHistory } from './victoria-metrics-history.js';

const MINUTE = 60_000;
/** Two hours ago: what is written is long over. */
const START = Math.floor(Date.now() / MINUTE) * MINUTE - 120 * MINUTE;
let tests = 0;

interface Subject {
  readonly history: MetricHistory;
  stop(): Promise<void>;
}

let shared: Promise<VictoriaMetrics> | undefined;
const victoria = () => (shared ??= VictoriaMetrics.start());
afterAll(async () => (await shared)?.stop());

const subjects: readonly [string, () => Promise<Subject>][] = [
  ['memory', () => Promise.resolve({ history: new MemoryHistory(), stop: () => Promise.resolve() })],
  [
    'VictoriaMetrics',
    async () => ({ history: new VictoriaMetricsHistory((await victoria()).url), stop: () => Promise.resolve() }),
  ],
];

describe.each(subjects)('metric history in %s', (_where, make) => {
  let history: MetricHistory;
  let subject: Subject;
  let scope: Scope;
  beforeEach(async () => {
    subject = await make();
    ({ history } = subject);
    scope = { accountId: String(100_000_000_000 + ++tests), region: 'us-east-1' } as Scope;
  });
  afterEach(() => subject.stop());
  const series = (name: string, unit = 'Count') =>
    seriesName(scope, { namespace: 'My App', name, dimensions: [{ Name: 'a-b', Value: 'x"\\y\nz' }] }, unit);
  const row = (name: string, atMs: number, sum: number, count: number, min: number, max: number): HistoryRow => ({
    series: series(name),
    atMs,
    values: { sum, count, min, max },
  });
  const write = async (rows: readonly HistoryRow[]) => {
    await history.write(
      rows,
      rows.map(({ series: of, atMs }) => ({ series: of, lastAtMs: Math.floor(atMs / 1_000) * 1_000 })),
    );
    await history.settle();
  };
  const range = { startMs: START, endMs: START + 3 * MINUTE, periodMs: MINUTE };
  const summaries = async (name: string, of = range) => {
    const { id } = series(name);
    const extremes = (await history.extremes([id], of)).get(id);
    return [...((await history.sums([id], of)).get(id) ?? [])].map(([atMs, { sum, count }]) => [
      (atMs - START) / 1_000,
      sum,
      count,
      extremes?.get(atMs)?.min,
      extremes?.get(atMs)?.max,
    ]);
  };

  it('adds the rows of a period, from its first millisecond to its last', async () => {
    await write([
      row('load', START - 1, 1_000, 1, 1_000, 1_000),
      row('load', START, 0.1, 1, 0.1, 0.1),
      row('load', START + 1, 70, 2, 20, 50),
      row('load', START + MINUTE - 1, 3, 1, 3, 3),
      row('load', START + 2 * MINUTE, -5, 1, -5, -5),
    ]);
    expect(await summaries('load')).toEqual([
      [0, 73.1, 4, 0.1, 50],
      [120, -5, 1, -5, -5],
    ]);
    expect(await summaries('load', { startMs: START, endMs: START + 40_000, periodMs: 20_000 })).toEqual([[0, 70.1, 3, 0.1, 50]]);
    expect(await summaries('other')).toEqual([]);
  });

  it('takes a row that is sent again for the same row', async () => {
    const rows = [row('again', START, 5, 2, 1, 4), row('again', START + 3, 7, 1, 7, 7)];
    await write(rows);
    await write(rows);
    await write([...rows, { series: series('again'), atMs: START, bins: [3, 2] }]);
    await write([{ series: series('again'), atMs: START, bins: [3, 2] }]);
    expect(await summaries('again')).toEqual([[0, 12, 3, 1, 7]]);
    expect([...(await history.bins([series('again').id], range))]).toEqual([[series('again').id, new Map([[START, [3, 2]]])]]);
  });

  it('keeps the fuller of two rows of one place, whichever came first', async () => {
    const [part, whole] = [row('fuller', START, 5, 2, 1, 4), row('fuller', START, 9, 3, 1, 4)];
    await write([part]);
    await write([whole]);
    await write([part]);
    expect(await summaries('fuller')).toEqual([[0, 9, 3, 1, 4]]);
  });

  it('adds bins of each size, from small to large', async () => {
    await write([
      { series: series('bins'), atMs: START, bins: [-32_768, 1, -3, 2, 40, 1] },
      { series: series('bins'), atMs: START + 7, bins: [-3, 5, 41, 1] },
      { series: series('bins'), atMs: START + MINUTE, bins: [1, 1] },
    ]);
    expect((await history.bins([series('bins').id], range)).get(series('bins').id)).toEqual(
      new Map([
        [START, [-32_768, 1, -3, 7, 40, 1, 41, 1]],
        [START + MINUTE, [1, 1]],
      ]),
    );
  });

  it('answers for many series at once', async () => {
    const names = Array.from({ length: 150 }, (_, index) => `many${index}`);
    await write(names.map((name, index) => row(name, START, index, 1, index, index)));
    const found = await history.sums(
      names.map((name) => series(name).id),
      range,
    );
    expect(names.map((name) => found.get(series(name).id)?.get(START)?.sum)).toEqual(names.map((_, index) => index));
  });

  it('takes every character of a dimension', async () => {
    const values = ['a b,c=d', 'größe', '"', '",x="y', '\\ ', 'tab\tred', ' ', '{}', "it's", '#'];
    const all = values.map((Value) =>
      seriesName(scope, { namespace: 'My App', name: 'odd', dimensions: [{ Name: 'd d', Value }] }, 'Bytes/Second'),
    );
    await write(all.map((of, index) => ({ series: of, atMs: START, values: { sum: index, count: 1, min: index, max: index } })));
    const found = await history.sums(
      all.map(({ id }) => id),
      range,
    );
    expect(all.map(({ id }) => found.get(id)?.get(START)?.sum)).toEqual(values.map((_, index) => index));
    if (!(history instanceof VictoriaMetricsHistory)) return;
    const form = new URLSearchParams({
      'match[]': 'my_app_odd_sum',
      start: String(START / 1_000 - 60),
      end: String(START / 1_000 + 60),
    });
    const { body } = await history.search(scope, { api: 'series', form: form.toString() });
    const labels = (JSON.parse(body) as { data: Record<string, string>[] }).data.map((one) => one.dimension_d_d);
    expect(new Set(labels)).toEqual(new Set(values));
  });

  it('knows what it has something of, by its exact names', async () => {
    await write([row('seen', START, 1, 1, 1, 1), row('seen', START + MINUTE, 1, 1, 1, 1)]);
    const mine = (await history.seen()).filter(({ series: of }) => of.scope.accountId === scope.accountId);
    expect(mine).toEqual([{ series: series('seen'), lastAtMs: START + MINUTE }]);
  });
});

describe('VictoriaMetrics', () => {
  const mine = { accountId: '111122223333', region: 'us-east-1' } as Scope;
  const other = { accountId: '444455556666', region: 'us-east-1' } as Scope;
  let history: VictoriaMetricsHistory;
  beforeEach(async () => {
    history = new VictoriaMetricsHistory((await victoria()).url);
    const of = (scope: Scope, value: number): HistoryRow => ({
      series: seriesName(
        scope,
        { namespace: 'AWS/ECS', name: 'CPUUtilization', dimensions: [{ Name: 'ServiceName', Value: 'web' }] },
        'Percent',
      ),
      atMs: START,
      values: { sum: value, count: 1, min: value, max: value },
    });
    await history.write([of(mine, 10), of(other, 99)], []);
    await history.settle();
  });
  const search = async (api: string, form: Record<string, string>, label?: string) => {
    const { status, body } = await history.search(mine, { api: api as never, label, form: new URLSearchParams(form).toString() });
    const { data, error } = JSON.parse(body) as { data?: any; error?: string };
    return { status, data, error };
  };
  const time = String(START / 1_000);

  it.each([
    ['sum(aws_ecs_cpuutilization_sum)', '10'],
    ['sum(aws_ecs_cpuutilization_sum{account="444455556666"} or aws_ecs_cpuutilization_sum)', '10'],
    ['sum(aws_ecs_cpuutilization_sum{account=~".*"}) / sum(aws_ecs_cpuutilization_count)', '10'],
    ['count({__name__=~"aws_ecs.+_sum"})', '1'],
  ])('answers %s from one account', async (query, value) => {
    expect((await search('query', { query, time })).data.result).toMatchObject([{ value: [START / 1_000, value] }]);
  });

  it('shows no other account’s names', async () => {
    const everything = { 'match[]': '{__name__!=""}', start: String(START / 1_000 - 60) };
    const { data } = await search('series', everything);
    expect(data).toHaveLength(4);
    expect((await search('label/values', everything, 'account')).data).toEqual(['111122223333']);
    expect((await search('labels', {})).data).toContain('dimension_ServiceName');
    const extra = { 'match[]': '{account="444455556666"}', start: everything.start };
    expect((await search('series', extra)).data).toEqual([]);
  });

  it('understands the queries of the dashboard for Grafana', async () => {
    const dashboard = JSON.parse(readFileSync('examples/grafana/dashboards/services.json', 'utf8')) as {
      panels: { targets: { expr: string }[] }[];
    };
    for (const { expr } of dashboard.panels.flatMap(({ targets }) => targets)) {
      const query = expr.replaceAll('$__interval', '1m').replace(/\$(cluster|service)/g, '.*');
      expect({ query, ...(await search('query_range', { query, start: time, end: time, step: '60' })) }).toMatchObject({
        status: 200,
      });
    }
  });

  it('says what is wrong with a query', async () => {
    expect(await search('query', { query: 'sum(' })).toMatchObject({ status: 422, error: expect.stringContaining('unexpected') });
  });

  it('loses nothing when it is killed', async () => {
    const store = await VictoriaMetrics.start();
    try {
      const owned = new VictoriaMetricsHistory(store.url);
      let passedMs = 0;
      const clock = { ...systemClock, now: () => START + passedMs };
      const writer = new HistoryWriter({ history: owned, clock, logger: silentLogger, isWriter: () => true });
      const metrics = new RecordedMetricStore(new MemoryMetricStore(), writer);
      const put = (value: number) =>
        metrics.put(
          mine,
          { namespace: 'n', name: 'm', dimensions: [], unit: 'None', atMs: clock.now(), summary: ofSample(value) },
          clock.now(),
        );
      for (let round = 1; round <= 3; round++) {
        put(round);
        passedMs += 9_000;
        await writer.round();
      }
      await store.kill();
      put(4);
      passedMs += 20_000;
      await writer.round();
      expect(writer.away).toBeDefined();
      await store.restart();
      for (let round = 0; round < 4; round++) {
        passedMs += 15_000;
        await writer.round();
      }
      await owned.settle();
      const { id } = seriesName(mine, { namespace: 'n', name: 'm', dimensions: [] }, 'None');
      const found = await owned.sums([id], { startMs: START, endMs: START + 2 * MINUTE, periodMs: 2 * MINUTE });
      expect(found.get(id)?.get(START)).toEqual({ sum: 10, count: 4 });
    } finally {
      await store.stop();
    }
  });

  it('says which run of it this is', async () => {
    const store = await VictoriaMetrics.start();
    try {
      const owned = new VictoriaMetricsHistory(store.url);
      const [first, again] = [await owned.life(), await owned.life()];
      expect(first).toMatch(/^\d+$/);
      expect(again).toBe(first);
    } finally {
      await store.stop();
    }
  });

  it('is unavailable when it does not answer', async () => {
    const store = await VictoriaMetrics.start();
    await store.stop();
    await expect(new VictoriaMetricsHistory(store.url).seen()).rejects.toThrow(HistoryUnavailable);
  });
});
