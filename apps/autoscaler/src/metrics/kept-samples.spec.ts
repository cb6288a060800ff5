import { toJson } from '#lib/messaging';
import type { LogMetric } from '#lib/metrics';
import { subjects } from '#lib/names';
import { silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { HistoricReads } from './history/historic-reads.js';
import { HistoryWriter } from './history/history-writer.js';
import { MemoryHistory } from './history/memory-history.js';
import { RecordedMetricStore } from './history/recorded-metric-store.js';
import { MemoryMetricStore } from './memory-metric-store.js';
import { MemoryMetricBroker } from './messages/memory-metric-messages.js';
import { MetricsApi } from './metrics-api.js';
import { MetricsReads } from './metrics-reads.js';
import { ToldMetricsIntake } from './told-metrics-intake.js';
import { ToldSamples } from './told-samples.js';

const SCOPE = { accountId: '000000000000', region: 'us-east-1' } as never;
const MINUTE_MS = 60_000;
const iso = (ms: number) => new Date(ms).toISOString();
const request = (input: object, requestId?: string) => ({ input, context: { ...(SCOPE as object), requestId } }) as never;

/** A replica on a broker and a history that outlive it. */
class Replica {
  private readonly writer: HistoryWriter;
  private readonly api: MetricsApi;
  private readonly reads: MetricsReads;
  private readonly stops: (() => unknown)[];
  isWriter = true;

  constructor(
    private readonly clock: VirtualClock,
    broker: MemoryMetricBroker,
    history: MemoryHistory,
  ) {
    const messages = broker.connect();
    const memory = new MemoryMetricStore();
    const isWriter = () => this.isWriter;
    this.writer = new HistoryWriter({
      history,
      clock,
      logger: silentLogger,
      isWriter,
      heardSinceMs: messages.sinceMs,
      puts: messages,
    });
    const store = new RecordedMetricStore(memory, this.writer);
    const told = new ToldSamples({ publish: () => undefined }, messages, store, clock);
    new ToldMetricsIntake({ messages, store, clock, logger: silentLogger }).start();
    told.start();
    void messages.start();
    this.api = new MetricsApi(store, clock, (...given) => told.put(...given));
    this.reads = new MetricsReads(this.api, new HistoricReads({ memory, history, writer: this.writer, clock }));
    this.writer.start();
    this.stops = [() => messages.stop(), () => this.kill(), () => this.writer.stop()];
  }

  /** As by kill -9. */
  kill(): void {
    void this.stops[0]!();
    // A process that is dead writes nothing.
    this.isWriter = false;
  }

  async end(): Promise<void> {
    await this.writer.stop();
    this.kill();
  }

  async put(value: number, atMs?: number, requestId?: string): Promise<string | undefined> {
    const timestamp = atMs === undefined ? {} : { Timestamp: iso(atMs) };
    const MetricData = [{ MetricName: 'Load', Value: value, ...timestamp }];
    const answer: object = await this.api.putMetricData(request({ Namespace: 'app', MetricData }, requestId));
    return 'output' in answer ? undefined : JSON.stringify(answer);
  }

  async read(fromMs: number, untilMs = this.clock.now() + 1, Period = 60) {
    const input = { Namespace: 'app', MetricName: 'Load', StartTime: iso(fromMs), EndTime: iso(untilMs), Period };
    const Statistics = ['Sum', 'SampleCount', 'Minimum', 'Maximum'];
    const answer: any = await this.reads.read((metrics) => metrics.getMetricStatistics(request({ ...input, Statistics })));
    const points: any[] = answer.output.Datapoints;
    const sum = (part: string) => points.reduce((all, one) => all + one[part], 0);
    return {
      sum: sum('Sum'),
      count: sum('SampleCount'),
      min: Math.min(...points.map(({ Minimum }) => Minimum)),
      max: Math.max(...points.map(({ Maximum }) => Maximum)),
    };
  }
}

/** In which no row of a place follows a fuller one: a store need not keep that. */
class FussyHistory extends MemoryHistory {
  private readonly counts = new Map<string, number>();
  readonly lessThanBefore: string[] = [];

  override write(...[rows, seen]: Parameters<MemoryHistory['write']>): ReturnType<MemoryHistory['write']> {
    for (const { series, atMs, values } of rows) {
      const place = `${series.id} ${new Date(atMs).toISOString()}`;
      if (values && values.count < (this.counts.get(place) ?? 0)) this.lessThanBefore.push(place);
      if (values) this.counts.set(place, values.count);
    }
    return super.write(rows, seen);
  }
}

describe('samples that were acknowledged', () => {
  let clock: VirtualClock;
  let broker: MemoryMetricBroker;
  let history: MemoryHistory;
  let put: { sum: number; count: number; min: number; max: number };
  beforeEach(() => {
    clock = new VirtualClock();
    broker = new MemoryMetricBroker(clock);
    history = new MemoryHistory();
    put = { sum: 0, count: 0, min: Infinity, max: -Infinity };
  });
  const begin = () => new Replica(clock, broker, history);
  /** One each 700 ms, as long as that. */
  const puts = async (replica: Replica, forMs: number, ageMs?: number) => {
    for (const endMs = clock.now() + forMs; clock.now() < endMs; await clock.advance(700)) {
      const value = -5 + (put.count % 13);
      if (await replica.put(value, ageMs === undefined ? undefined : clock.now() - ageMs)) continue;
      put = { sum: put.sum + value, count: put.count + 1, min: Math.min(put.min, value), max: Math.max(put.max, value) };
    }
  };

  it.each([3_000, 17_000, 31_000, 64_000, 250_000])(
    'are all there once, where the only replica is killed after %d ms and comes back',
    async (afterMs) => {
      const startMs = clock.now();
      const first = begin();
      await puts(first, afterMs);
      first.kill();
      await clock.advance(3_000);
      const second = begin();
      await clock.advance(0);
      expect(await second.read(startMs)).toEqual(put);
      await puts(second, 31_000);
      for (const Period of [10, 60]) expect(await second.read(startMs, undefined, Period)).toEqual(put);
      await clock.advance(10 * MINUTE_MS);
      expect(await second.read(startMs)).toEqual(put);
      second.kill();
      // Nothing of it is in memory any more.
      await clock.advance(10 * MINUTE_MS);
      expect(await begin().read(startMs)).toEqual(put);
    },
  );

  it.each([3_000, 17_000, 64_000])('are, where it ends in good order after %d ms', async (afterMs) => {
    const startMs = clock.now();
    const first = begin();
    await puts(first, afterMs);
    await first.end();
    await clock.advance(3_000);
    const second = begin();
    await puts(second, 20_000);
    expect(await second.read(startMs)).toEqual(put);
    await clock.advance(10 * MINUTE_MS);
    second.kill();
    await clock.advance(10 * MINUTE_MS);
    expect(await begin().read(startMs)).toEqual(put);
  });

  it('are, where they are of hours ago', async () => {
    const startMs = clock.now() - 180 * MINUTE_MS;
    let replica = begin();
    for (const forMs of [3_000, 17_000, 31_000]) {
      await puts(replica, forMs, 170 * MINUTE_MS);
      replica.kill();
      await clock.advance(4_000);
      replica = begin();
      await clock.advance(0);
      expect(await replica.read(startMs)).toEqual(put);
    }
    await clock.advance(10 * MINUTE_MS);
    expect(await replica.read(startMs)).toEqual(put);
  });

  it('are, where a replica that began in the middle of a bucket takes over', async () => {
    const startMs = clock.now();
    const first = begin();
    await puts(first, 84_000);
    const standby = begin();
    standby.isWriter = false;
    await puts(first, 12_000);
    for (const one of [first, standby]) expect(await one.read(startMs)).toEqual(put);
    first.kill();
    standby.isWriter = true;
    await puts(standby, 10_000);
    expect(await standby.read(startMs)).toEqual(put);
    await clock.advance(MINUTE_MS);
    for (const Period of [10, 60]) expect(await standby.read(startMs, undefined, Period)).toEqual(put);
    standby.kill();
    await clock.advance(10 * MINUTE_MS);
    expect(await begin().read(startMs)).toEqual(put);
  });

  it('are, where the store of metrics is away when the replica is killed', async () => {
    const startMs = clock.now();
    const first = begin();
    await puts(first, 20_000);
    history.away = true;
    await puts(first, 10 * MINUTE_MS);
    first.kill();
    await clock.advance(3_000);
    const second = begin();
    await clock.advance(0);
    history.away = false;
    await clock.advance(2 * MINUTE_MS);
    expect(await second.read(startMs)).toEqual(put);
    second.kill();
    await clock.advance(10 * MINUTE_MS);
    expect(await begin().read(startMs)).toEqual(put);
  });

  it('are kept by the broker until history has them for good, and are not acknowledged without it', async () => {
    const replica = begin();
    await puts(replica, 10 * MINUTE_MS);
    expect(broker.puts.length).toBeGreaterThan(0);
    expect(broker.puts[0]!.heardAtMs).toBeGreaterThan(clock.now() - 6 * MINUTE_MS);
    history.away = true;
    const before = broker.puts.length;
    await puts(replica, 10 * MINUTE_MS);
    expect(broker.puts.length).toBeGreaterThan(before + 800);
    broker.away = true;
    expect(await replica.put(1)).toContain('unavailable');
  });

  it('what others reported while nobody listened is heard', async () => {
    const startMs = clock.now();
    const first = begin();
    const report = (sum: number) =>
      broker.publish(
        subjects.logMetrics(SCOPE),
        toJson({
          v: 1,
          namespace: 'app',
          metricName: 'Load',
          dimensions: {},
          unit: 'None',
          timestamp: Math.floor(clock.now() / MINUTE_MS) * MINUTE_MS,
          sampleCount: 1,
          sum,
          minimum: sum,
          maximum: sum,
        } satisfies LogMetric),
      );
    report(1);
    await clock.advance(7_000);
    report(2);
    first.kill();
    await clock.advance(9_000);
    report(4);
    await clock.advance(9_000);
    const second = begin();
    await clock.advance(100);
    report(8);
    for (const Period of [10, 60]) expect(await second.read(startMs, undefined, Period)).toMatchObject({ sum: 15, count: 4 });
    await clock.advance(10 * MINUTE_MS);
    expect(await second.read(startMs)).toMatchObject({ sum: 15, count: 4 });
  });

  it('count once, though the request came twice', async () => {
    const replica = begin();
    const fromMs = clock.now();
    for (const requestId of ['a', 'a', 'b']) await replica.put(1, undefined, requestId);
    await clock.advance(MINUTE_MS);
    expect((await replica.read(fromMs - MINUTE_MS)).count).toBe(2);
  });

  it.each([8_000, 13_000, 40_000])(
    'of times %d ms ago are in rows that no later process writes with less in them',
    async (ageMs) => {
      const fussy = new FussyHistory();
      history = fussy;
      for (let life = 0; life < 4; life++) {
        const replica = begin();
        await puts(replica, 4 * MINUTE_MS + 17_000, ageMs);
        replica.kill();
      }
      expect(fussy.lessThanBefore).toEqual([]);
    },
  );
});
