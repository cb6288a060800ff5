import { Registry } from 'prom-client';
import { gunzipSync } from 'node:zlib';
import { setImmediate } from 'node:timers/promises';
import { fromJson } from '#lib/messaging';
import { type PostOutcome, seededRandom, silentLogger } from '#lib/platform';
import { LoggingWorld } from '../../../../test/support/logging-world.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { groupRef } from '../events/log-events.js';
import { LineFeed } from '../live/line-feed.js';
import type { LogStore } from '../store/log-store.js';
import { MemoryLogStore } from '../store/memory-log-store.js';
import { SubscriptionMetrics } from './subscription-metrics.js';
import { Subscriptions } from './subscriptions.js';

const URL_A = 'https://lines.example/a';

describe('lines of subscription filters', () => {
  let world: LoggingWorld;
  let clock: VirtualClock;
  let store: LogStore;
  let subscriptions: Subscriptions;
  let registry: Registry;
  let posted: { readonly url: string; readonly data: any }[];
  let told: { readonly subject: string; readonly data: any }[];
  let answers: PostOutcome[];

  const dataOf = (payload: any) => JSON.parse(gunzipSync(Buffer.from(payload.awslogs.data, 'base64')).toString()) as any;

  beforeEach(() => {
    [world, clock, registry] = [new LoggingWorld(), new VirtualClock(), new Registry()];
    [posted, told, answers] = [[], [], []];
    const feed = new LineFeed(clock, 'ab');
    store = feed.of(new MemoryLogStore());
    subscriptions = new Subscriptions({
      state: world.state,
      bus: { publish: (subject, payload) => void told.push({ subject, data: dataOf(fromJson(payload)) }) },
      clock,
      random: seededRandom(1),
      logger: silentLogger,
      metrics: new SubscriptionMetrics(registry),
      post: async (url, payload) => {
        posted.push({ url, data: dataOf(payload) });
        return answers.shift() ?? { status: 200, body: '' };
      },
    });
    subscriptions.follow(feed);
    world.group('/ecs/a');
    for (const stream of ['web/1', 'web/2']) world.stream('/ecs/a', stream);
  });
  afterEach(() => subscriptions.stop());

  const put = (more: object = {}, filterName = 'f') =>
    world.ok('PutSubscriptionFilter', { logGroupName: '/ecs/a', filterName, filterPattern: '', destinationArn: URL_A, ...more });
  const write = async (stream: string, ...messages: string[]) => {
    const [group] = [...world.state.groups.values()];
    const { id } = [...world.state.streams.values()].find(({ name }) => name === stream)!;
    const events = messages.map((message) => ({ timestamp: clock.now(), message }));
    await store.append({ group: groupRef(group!), stream: id, ingestedAt: clock.now(), events });
  };
  /** Compression is real work, in a thread of Node's. */
  const until = async (condition: () => boolean) => {
    while (!condition()) await setImmediate();
  };
  const ended = async (outcome: string): Promise<number> => {
    const { values } = await registry.getSingleMetric('longshore_log_subscription_lines_total')!.get();
    return values.find(({ labels }) => labels.outcome === outcome)?.value ?? 0;
  };
  const texts = (of: readonly { readonly data: any }[] = posted): string[][] =>
    of.map(({ data }) => data.logEvents.map(({ message }: any) => message));

  it('are posted as a Lambda function is given them, a stream at a time', async () => {
    put({ filterPattern: 'ERROR' });
    await write('web/1', 'an ERROR', 'nothing');
    await write('web/2', 'ERROR 2');
    await write('web/1', 'ERROR 3');
    await clock.advance(500);
    await until(() => posted.length === 2);
    expect(posted.map(({ url, data: { logStream } }) => [url, logStream])).toEqual([
      [URL_A, 'web/1'],
      [URL_A, 'web/2'],
    ]);
    expect(posted[0]!.data).toEqual({
      messageType: 'DATA_MESSAGE',
      owner: '000000000000',
      logGroup: '/ecs/a',
      logStream: 'web/1',
      subscriptionFilters: ['f'],
      logEvents: ['an ERROR', 'ERROR 3'].map((message) => ({
        id: expect.stringMatching(/^\d{56}$/),
        timestamp: expect.any(Number),
        message,
      })),
    });
    const ids = posted.flatMap(({ data }) => data.logEvents.map(({ id }: any) => id));
    expect(new Set(ids).size).toBe(3);
    expect(await ended('delivered')).toBe(3);
  });

  it('are published under a subject of the account and region', async () => {
    put({ destinationArn: 'arn:aws:longshore:::nats/shop.errors' });
    await write('web/1', 'x');
    await clock.advance(500);
    await until(() => told.length === 1);
    expect([told[0]!.subject, texts(told)]).toEqual(['subscriptions.logs.000000000000.us-east-1.shop.errors', [['x']]]);
  });

  it('have the fields that a pattern of columns names', async () => {
    put({ filterPattern: '[ip, status = 4*]' });
    await write('web/1', '10.0.0.1 404', '10.0.0.1 200');
    await clock.advance(500);
    await until(() => posted.length === 1);
    expect(posted[0]!.data.logEvents).toMatchObject([{ extractedFields: { ip: '10.0.0.1', status: '404' } }]);
  });

  it('come again, in order, while their destination is away, and are never more than may wait', async () => {
    put();
    answers = [{ none: 'ECONNREFUSED' }, { status: 503, body: '' }, { status: 429, body: '' }];
    await write('web/1', 'first');
    await clock.advance(500);
    await until(() => posted.length === 1);
    for (let n = 0; n < 40; n++) await write('web/1', `${n} ${'x'.repeat(256 * 1024)}`);
    while (posted.length < 4) await clock.advance(100);
    expect(texts().slice(0, 4)).toEqual([['first'], ['first'], ['first'], ['first']]);
    const dropped = await ended('no-room');
    expect(dropped).toBeGreaterThan(5);
    await until(() => posted.length === 4 + 40 - dropped);
    expect(
      texts()
        .slice(4)
        .map(([text]) => text!.split(' ')[0]),
    ).toEqual(Array.from({ length: 40 - dropped }, (_, n) => String(n)));
  });

  it('are dropped, and counted, when their destination refuses them or their filter is gone', async () => {
    put();
    answers = [{ status: 404, body: '' }];
    await write('web/1', 'refused');
    await clock.advance(500);
    await until(() => posted.length === 1);
    await write('web/1', 'taken');
    await clock.advance(500);
    await until(() => posted.length === 2);
    world.ok('DeleteSubscriptionFilter', { logGroupName: '/ecs/a', filterName: 'f' });
    await write('web/1', 'of nobody');
    await clock.advance(500);
    expect([await ended('refused'), await ended('delivered'), texts()]).toEqual([1, 1, [['refused'], ['taken']]]);
  });
});
