import { describe, expect, it } from '@jest/globals';
import type { Scope } from '#lib/kernel';
import { ofSample } from './domain/summary.js';
import { MemoryMetricStore } from './memory-metric-store.js';
import { PrometheusApi } from './prometheus-api.js';

const NOW = Date.UTC(2026, 10, 28, 12, 0, 30);
const context = { accountId: '000000000000', region: 'us-east-1' };

describe('what Prometheus scrapes', () => {
  const store = new MemoryMetricStore();
  const api = new PrometheusApi(store, undefined, { now: () => NOW } as never);
  const put = (scope: object, host: string, value: number, atMs: number) =>
    store.put(
      scope as Scope,
      {
        namespace: 'My/App',
        name: 'Load',
        dimensions: [{ Name: 'Host-Name', Value: host }],
        unit: 'None',
        atMs,
        summary: ofSample(value),
      },
      NOW,
    );

  it('is the newest whole minute of the account’s metrics, and of no other’s', () => {
    put(context, 'a"b', 2, NOW - 60_000);
    put(context, 'a"b', 4, NOW - 50_000);
    put(context, 'old', 4, NOW - 600_000);
    put({ ...context, accountId: '111122223333' }, 'foreign', 4, NOW - 60_000);
    const { output } = api.readMetrics({ input: {}, context } as never) as { output: { body: string } };
    const text = output.body.replace(/id="[0-9a-f]{24}"/g, 'id');
    const labels = '{id,account="000000000000",region="us-east-1",unit="None",dimension_Host_Name="a\\"b"}';
    expect(text.split('\n')).toEqual([
      '# TYPE my_app_load_sum gauge',
      `my_app_load_sum${labels} 6`,
      '# TYPE my_app_load_count gauge',
      `my_app_load_count${labels} 2`,
      '# TYPE my_app_load_min gauge',
      `my_app_load_min${labels} 2`,
      '# TYPE my_app_load_max gauge',
      `my_app_load_max${labels} 4`,
      '',
    ]);
  });

  it('is all there is of it without a store: PromQL answers 503', async () => {
    const search = (api_: string) => api.searchMetrics({ input: { api: api_ }, context } as never) as Promise<any>;
    expect((await search('query')).output).toMatchObject({ status: 503 });
    expect(JSON.parse((await search('query')).output.body)).toMatchObject({ status: 'error', errorType: 'unavailable' });
    expect((await search('status/buildinfo')).output.status).toBe(200);
  });
});
