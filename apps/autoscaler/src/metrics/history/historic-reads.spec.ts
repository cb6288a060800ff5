import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Scope } from '#lib/kernel';
import { silentLogger } from '#lib/platform';
import { ofSample, type Summary } from '../domain/summary.js';
import { MemoryMetricStore } from '../memory-metric-store.js';
import { MetricsApi } from '../metrics-api.js';
import { MetricsReads } from '../metrics-reads.js';
import { HistoricReads } from './historic-reads.js';
import { HistoryWriter } from './history-writer.js';
import { MemoryHistory } from './memory-history.js';
import { RecordedMetricStore } from './recorded-metric-store.js';

const NOON = Date.UTC(2026, 10, 28, 12);
const MINUTE = 60_000;
const scope = { accountId: '000000000000', region: 'us-east-1' } as Scope;

/** One process after another on the same history. */
class Planes {
  nowMs = NOON + 3_000;
  readonly history = new MemoryHistory();
  memory!: MemoryMetricStore;
  writer!: HistoryWriter;
  store!: RecordedMetricStore;
  private reads!: MetricsReads;
  private readonly clock = { now: () => this.nowMs } as never;

  constructor() {
    this.restart();
  }

  restart(): void {
    this.memory = new MemoryMetricStore();
    this.writer = new HistoryWriter({ history: this.history, clock: this.clock, logger: silentLogger, isWriter: () => true });
    this.store = new RecordedMetricStore(this.memory, this.writer);
    const { memory, history, writer, clock } = this;
    this.reads = new MetricsReads(
      new MetricsApi(this.store, clock, async () => undefined),
      new HistoricReads({ memory, history, writer, clock }),
    );
  }

  put(atMs: number, summary: Summary, name = 'Load'): void {
    this.store.put(scope, { namespace: 'app', name, dimensions: [], unit: 'None', atMs, summary }, this.nowMs);
  }

  /** Time in which the writer's rounds happen. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 10_000) {
      this.nowMs += Math.min(left, 10_000);
      await this.writer.round();
    }
  }

  async statistics(
    fromMs: number,
    toMs: number,
    periodSeconds: number,
    more: object = { Statistics: ['Sum', 'SampleCount', 'Minimum', 'Maximum'] },
  ) {
    const input = {
      Namespace: 'app',
      MetricName: 'Load',
      StartTime: new Date(fromMs).toISOString(),
      EndTime: new Date(toMs).toISOString(),
      Period: periodSeconds,
      ...more,
    };
    const answer: any = await this.reads.read((metrics) => metrics.getMetricStatistics(this.request(input)));
    return answer.output.Datapoints.map(({ Timestamp, Sum, SampleCount, Minimum, Maximum, ExtendedStatistics }: any) =>
      ExtendedStatistics
        ? [(Date.parse(Timestamp) - NOON) / MINUTE, ExtendedStatistics]
        : [(Date.parse(Timestamp) - NOON) / MINUTE, Sum, SampleCount, Minimum, Maximum],
    );
  }

  ask(operation: 'getMetricData' | 'listMetrics', input: object): Promise<any> {
    return this.reads.read((metrics) => metrics[operation](this.request(input)));
  }

  private request(input: object): never {
    return { input, context: scope } as never;
  }
}

describe('reads over memory and history', () => {
  let planes: Planes;
  beforeEach(() => {
    planes = new Planes();
  });

  it('are the same before and after a restart, for every period', async () => {
    for (let minute = 0; minute < 20; minute++)
      for (let second = 0; second < 60; second += 10) {
        planes.put(planes.nowMs, ofSample(minute));
        await planes.pass(10_000);
      }
    const read = async () => [
      await planes.statistics(NOON, NOON + 20 * MINUTE, 60),
      await planes.statistics(NOON, NOON + 20 * MINUTE, 300),
      await planes.statistics(NOON, NOON + 20 * MINUTE, 3600),
      await planes.statistics(NOON + 5 * MINUTE, NOON + 7 * MINUTE, 30),
    ];
    const before = await read();
    expect(before[2]).toEqual([[0, 1140, 120, 0, 19]]);
    await planes.pass(30_000);
    await planes.writer.stop();
    planes.restart();
    expect(await read()).toEqual(before);
  });

  it('see at once what is put, also into a period that began before the process', async () => {
    planes.put(planes.nowMs, ofSample(5));
    await planes.pass(30_000);
    await planes.writer.stop();
    planes.restart();
    planes.put(planes.nowMs, ofSample(7));
    expect(await planes.statistics(NOON, NOON + MINUTE, 60)).toEqual([[0, 12, 2, 5, 7]]);
    await planes.pass(300_000);
    planes.put(planes.nowMs, ofSample(1));
    expect(await planes.statistics(NOON, NOON + MINUTE, 3600)).toEqual([[0, 13, 3, 1, 7]]);
  });

  it('see at once what is put for a time of long ago, each time once', async () => {
    const old = NOON - 48 * 60 * MINUTE;
    for (let time = 1; time <= 3; time++) {
      planes.put(old + 1_000, ofSample(time));
      expect((await planes.statistics(old, old + MINUTE, 60)).map(([, ...values]: number[]) => values)).toEqual([
        [(time * (time + 1)) / 2, time, 1, time],
      ]);
      await planes.pass(40_000);
    }
    expect((await planes.statistics(old, old + MINUTE, 60))[0]!.slice(1)).toEqual([6, 3, 1, 3]);
  });

  it('have percentiles within 5 % from history, and none where a set of values came', async () => {
    for (let value = 1; value <= 1_000; value++) planes.put(planes.nowMs, ofSample(value));
    planes.nowMs += MINUTE;
    planes.put(planes.nowMs, { sum: 6, count: 2, min: 1, max: 5 });
    await planes.pass(3 * MINUTE);
    planes.restart();
    await planes.pass(3 * MINUTE);
    const found = await planes.statistics(NOON, NOON + 2 * MINUTE, 60, { ExtendedStatistics: ['p50', 'p99'] });
    expect(found).toHaveLength(1);
    expect(found[0][1].p50 / 500).toBeCloseTo(1, 1);
    expect(Math.abs(found[0][1].p99 / 990 - 1)).toBeLessThan(0.05);
  });

  it('list what only history has', async () => {
    planes.put(planes.nowMs, ofSample(5));
    await planes.pass(60_000);
    planes.restart();
    expect((await planes.ask('listMetrics', {})).output.Metrics).toEqual([
      { Namespace: 'app', MetricName: 'Load', Dimensions: [] },
    ]);
  });

  it('answer what memory has while history is away, say so, and lose nothing of it', async () => {
    planes.history.away = true;
    planes.put(planes.nowMs, ofSample(5));
    await planes.pass(10 * MINUTE);
    planes.put(planes.nowMs, ofSample(6));
    const query = {
      StartTime: new Date(NOON).toISOString(),
      EndTime: new Date(planes.nowMs + 1_000).toISOString(),
      MetricDataQueries: [{ Id: 'a', MetricStat: { Metric: { Namespace: 'app', MetricName: 'Load' }, Period: 60, Stat: 'Sum' } }],
    };
    const { output } = await planes.ask('getMetricData', query);
    expect(output).toMatchObject({
      MetricDataResults: [{ Values: [6, 5], StatusCode: 'PartialData' }],
      Messages: [{ Code: 'PartialData' }],
    });
    planes.history.away = false;
    await planes.pass(5 * MINUTE);
    planes.restart();
    expect((await planes.ask('getMetricData', query)).output).toMatchObject({
      MetricDataResults: [{ Values: [6, 5], StatusCode: 'Complete' }],
    });
  });

  it('of the newest hours ask history nothing', async () => {
    await planes.pass(10 * MINUTE);
    planes.put(planes.nowMs, ofSample(5));
    planes.history.away = true;
    expect((await planes.statistics(NOON, planes.nowMs + 1, 60)).map(([, sum]: number[]) => sum)).toEqual([5]);
    expect(planes.writer.away).toBeUndefined();
  });
});
