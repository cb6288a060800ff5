import { fromJson } from '#lib/messaging';
import { LoggingWorld } from '../../../../test/support/logging-world.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { groupRef } from '../events/log-events.js';
import { LineFeed } from '../live/line-feed.js';
import type { LogStore } from '../store/log-store.js';
import { MemoryLogStore } from '../store/memory-log-store.js';
import type { LogMetric } from '#lib/metrics';
import { FilterMetrics } from './filter-metrics.js';

describe('metrics from lines', () => {
  let world: LoggingWorld;
  let clock: VirtualClock;
  let store: LogStore;
  let metrics: FilterMetrics;
  let told: { readonly subject: string; readonly metric: LogMetric }[];

  beforeEach(() => {
    [world, clock, told] = [new LoggingWorld(), new VirtualClock(), []];
    const bus = {
      publish: (subject: string, payload: Uint8Array) => void told.push({ subject, metric: fromJson(payload) as LogMetric }),
    };
    const feed = new LineFeed(clock, 'ab');
    store = feed.of(new MemoryLogStore());
    metrics = new FilterMetrics({ state: world.state, bus: bus as never, clock });
    metrics.follow(feed);
    world.group('g');
    world.stream('g', 's');
  });

  const put = (filterPattern: string, transformation: object) =>
    world.ok('PutMetricFilter', {
      logGroupName: 'g',
      filterName: 'f',
      filterPattern,
      metricTransformations: [{ metricName: 'm', metricNamespace: 'n', metricValue: '1', ...transformation }],
    });
  const write = async (...messages: string[]) => {
    const [group] = [...world.state.groups.values()];
    const [stream] = [...world.state.streams.values()];
    const events = messages.map((message) => ({ timestamp: clock.now(), message }));
    await store.append({ group: groupRef(group!), stream: stream!.id, ingestedAt: clock.now(), events });
  };
  const toldOf = async () => {
    await clock.advance(1_000);
    return told.splice(0).map(({ metric }) => metric);
  };

  it('are counted, told once a second, on a subject of the account and region', async () => {
    put('ERROR', { unit: 'Count' });
    await write('an ERROR', 'nothing', 'ERROR again');
    await clock.advance(1_000);
    const minute = Math.floor(clock.now() / 60_000) * 60_000;
    expect(told).toEqual([
      {
        subject: 'metrics.logs.000000000000.us-east-1',
        metric: {
          v: 1,
          namespace: 'n',
          metricName: 'm',
          dimensions: {},
          unit: 'Count',
          timestamp: minute,
          sampleCount: 2,
          sum: 2,
          minimum: 1,
          maximum: 1,
        },
      },
    ]);
    told.length = 0;
    expect(await toldOf()).toEqual([]);
  });

  it('have the values and the dimensions that the pattern names', async () => {
    put('{ $.ms = * }', { metricValue: '$.ms', dimensions: { Path: '$.path' } });
    await write('{"ms":5,"path":"/a"}', '{"ms":7,"path":"/a"}', '{"ms":1,"path":"/b"}', '{"ms":2}', '{"ms":"x","path":"/a"}');
    expect(await toldOf()).toMatchObject([
      { dimensions: { Path: '/a' }, sampleCount: 2, sum: 12, minimum: 5, maximum: 7, unit: 'None' },
      { dimensions: { Path: '/b' }, sampleCount: 1, sum: 1 },
    ]);
    put('[ip, bytes]', { metricValue: '$bytes' });
    await write('10.0.0.1 20', '10.0.0.1 x', 'too many words');
    expect(await toldOf()).toMatchObject([{ sampleCount: 1, sum: 20 }]);
  });

  it('have the default value in a minute with lines and without a match, and in no other', async () => {
    put('ERROR', { defaultValue: 0 });
    await write('fine', 'fine');
    await clock.advance(60_000);
    expect(await toldOf()).toMatchObject([{ sampleCount: 1, sum: 0 }]);
    await write('fine', 'ERROR');
    await clock.advance(60_000);
    expect(await toldOf()).toMatchObject([{ sampleCount: 1, sum: 1 }]);
    await clock.advance(60_000);
    expect(await toldOf()).toEqual([]);
  });

  it('end with their filter', async () => {
    put('ERROR', {});
    world.ok('DeleteMetricFilter', { logGroupName: 'g', filterName: 'f' });
    await write('ERROR');
    expect(await toldOf()).toEqual([]);
  });

  it('have a bound', async () => {
    put('{ $.id = * }', { dimensions: { Id: '$.id' } });
    await write(...Array.from({ length: 5_010 }, (_, id) => JSON.stringify({ id })));
    expect([(await toldOf()).length, metrics.dropped]).toEqual([5_000, 10]);
  });
});
