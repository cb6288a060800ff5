import { Registry } from 'prom-client';
import type { CommandReply } from '#lib/messaging';
import { type BusRequest, fromJson, toJson } from '#lib/messaging';
import { type LogBatch, type LogBatchReply, partitionOf } from '#lib/logs';
import { subjects } from '#lib/names';
import { seededRandom, silentLogger } from '#lib/platform';
import { LoggingWorld } from '../../../../test/support/logging-world.js';
import { MemoryLogStore } from '../store/memory-log-store.js';
import { IntakeMetrics } from './intake-metrics.js';
import { LogIntake } from './log-intake.js';
import { OpenStreams } from './open-streams.js';

const HOST = { accountId: '000000000000', region: 'us-east-1', instanceId: 'a'.repeat(32) };

describe('what agents ship', () => {
  let world: LoggingWorld;
  let store: MemoryLogStore;
  let registry: Registry;
  let deliver: (message: BusRequest) => void;
  let isAway: boolean;

  beforeEach(() => {
    [world, store, registry, isAway] = [new LoggingWorld(), new MemoryLogStore(), new Registry(), false];
    const clock = { now: () => world.now, monotonicMs: () => world.now };
    const send = async ({ name, input }: { name: string; input: unknown }): Promise<CommandReply> => {
      if (isAway) return { unavailable: 'away' };
      const decided = world.command(name, input);
      return 'rejection' in decided ? { rejection: decided.rejection, revision: 1 } : { output: decided.output, revision: 1 };
    };
    const bus = {
      subscribe: (_subject: string, handle: (message: BusRequest) => void) => {
        deliver = handle;
        return { drain: async () => undefined };
      },
    };
    const streams = new OpenStreams(world.state, send as never, clock, seededRandom(1), () => [1]);
    new LogIntake({
      bus: bus as never,
      store,
      streams,
      clock,
      logger: silentLogger,
      metrics: new IntakeMetrics(registry),
      hears: () => true,
    }).listen();
  });

  const batch = (more: object = {}): LogBatch => ({
    v: 1,
    region: 'us-east-1',
    logGroup: '/longshore/web',
    logStream: 'web/web/1',
    create: { group: true, stream: true },
    source: { container: 'c', from: 0, to: 1 },
    events: [0, 1].map((n) => ({ n, timestamp: world.now + n, message: `line ${n}` })),
    ...more,
  });
  const ship = (payload: unknown, host = HOST, group = '/longshore/web', partition?: number): Promise<LogBatchReply> => {
    const own = partitionOf({ accountId: host.accountId, region: 'us-east-1', logGroup: group });
    return new Promise((resolve) =>
      deliver({
        subject: subjects.logBatch(host, partition ?? own),
        payload: payload instanceof Uint8Array ? payload : toJson(payload),
        headers: {},
        respond: (reply) => resolve(fromJson(reply) as LogBatchReply),
      }),
    );
  };
  const kept = async () => {
    const [group] = [...world.state.groups.values()];
    const scan = { from: 0, to: Infinity, backward: false, limit: 1_000, maxBytes: 1e9, budgetBytes: 1e9 };
    return group ? (await store.scan({ group: { id: group.id, partition: 0 }, ...scan })).events : [];
  };
  const counted = async (name: string) => (await registry.getSingleMetric(name)!.get()).values[0]?.value ?? 0;

  it('is kept under the group and the stream that it names, which are made', async () => {
    expect(await ship(batch())).toEqual({ next: 2 });
    expect((await kept()).map(({ message }) => message)).toEqual(['line 0', 'line 1']);
    expect([...world.state.streams.values()]).toMatchObject([{ group: '/longshore/web', name: 'web/web/1' }]);
    expect(await ship(batch())).toEqual({ next: 2 });
    expect([await kept().then(({ length }) => length), await counted('longshore_log_lines_total')]).toEqual([2, 2]);
  });

  it('may come later than its stream, which is made when the container starts', async () => {
    const { source: _source, events: _events, ...stream } = batch();
    expect(await ship({ ...stream, opens: true })).toEqual({ next: 0 });
    expect([...world.state.streams.values()]).toMatchObject([{ group: '/longshore/web', name: 'web/web/1' }]);
    expect(await ship({ ...stream, logStream: 'a:b', opens: true })).toMatchObject({ error: { retryable: false } });
    expect(await ship(batch())).toEqual({ next: 2 });
    expect(world.commits).toHaveLength(1);
  });

  it('makes its stream once, however many of its batches come at once', async () => {
    const ranges = Array.from({ length: 20 }, (_, n) =>
      batch({ source: { container: `c${n}`, from: n, to: n }, events: [{ n, timestamp: world.now, message: 'x' }] }),
    );
    await Promise.all(ranges.map((one) => ship(one)));
    expect(world.commits).toHaveLength(1);
  });

  it('of two hosts is apart, whatever they call their containers', async () => {
    await ship(batch());
    expect(await ship(batch(), { ...HOST, instanceId: 'b'.repeat(32) })).toEqual({ next: 2 });
    expect(await kept()).toHaveLength(4);
  });

  it('goes on where it was, and says what was dropped', async () => {
    await ship(batch());
    const later = (more: object) =>
      ship(
        batch({ source: { container: 'c', from: 5, to: 5 }, events: [{ n: 5, timestamp: world.now, message: 'x' }], ...more }),
      );
    expect(await later({})).toEqual({ next: 2 });
    expect(await later({ dropped: { count: 3 } })).toEqual({ next: 6 });
    expect(await counted('longshore_log_lines_dropped_total')).toBe(3);
  });

  it('has the time at which it came, when its own cannot be meant', async () => {
    await ship(
      batch({
        events: [
          { n: 0, timestamp: 0, message: 'x' },
          { n: 1, timestamp: 1e15, message: 'y' },
        ],
      }),
    );
    expect((await kept()).map(({ timestamp }) => timestamp)).toEqual([world.now, world.now]);
  });

  it('is refused for good where its group may not be made, and for a while where nobody can write', async () => {
    expect(await ship(batch({ create: { group: false, stream: true } }))).toMatchObject({
      error: { code: 'ResourceNotFoundException', retryable: false },
    });
    isAway = true;
    expect(await ship(batch())).toMatchObject({ error: { retryable: true } });
    isAway = false;
    store.room = 0;
    expect(await ship(batch())).toMatchObject({ error: { code: 'ServiceUnavailableException', retryable: true } });
  });

  it.each<[string, unknown]>([
    ['no JSON', new TextEncoder().encode('{')],
    ['null', null],
    ['another version', { v: 2 }],
    ['no region', { region: 'a b' }],
    ['no group', { logGroup: 'a b' }],
    ['no stream', { logStream: 'a:b' }],
    ['no source', { source: { container: 'c', from: 2, to: 1 } }],
    ['ordinals of another range', { events: [{ n: 7, timestamp: 1, message: 'x' }] }],
    [
      'ordinals out of order',
      {
        events: [
          { n: 1, timestamp: 1, message: 'x' },
          { n: 0, timestamp: 1, message: 'x' },
        ],
      },
    ],
    ['an event without a message', { events: [{ n: 0, timestamp: 1 }] }],
    ['no events', { events: 'x' }],
    ['too much', { events: [{ n: 0, timestamp: 1, message: 'x'.repeat(600_000) }] }],
  ])('is refused for good when it is none: %s', async (_what, what) => {
    const payload = what === null || what instanceof Uint8Array ? what : { ...batch(), ...(what as object) };
    expect(await ship(payload)).toMatchObject({ error: { code: 'InvalidParameterException', retryable: false } });
    expect(await kept()).toEqual([]);
  });

  it('is refused in another partition than its group’s', async () => {
    const own = partitionOf({ accountId: HOST.accountId, region: 'us-east-1', logGroup: '/longshore/web' });
    expect(await ship(batch(), HOST, '/longshore/web', (own + 1) % 16)).toMatchObject({ error: { retryable: false } });
  });
});
