import type { ApiReply, ApiRequest } from '#lib/messaging';
import { seededRandom } from '#lib/platform';
import { LoggingWorld } from '../../../../test/support/logging-world.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { groupRef } from '../events/log-events.js';
import type { LogStore } from '../store/log-store.js';
import { MemoryLogStore } from '../store/memory-log-store.js';
import { AllFeeds } from './all-feeds.js';
import { LineFeed } from './line-feed.js';
import { LiveTail } from './live-tail.js';
import { Sample } from './tail-place.js';

const arn = (group: string) => `arn:aws:logs:us-east-1:000000000000:log-group:${group}`;

describe('a live tail', () => {
  let world: LoggingWorld;
  let clock: VirtualClock;
  let store: LogStore;
  let tail: LiveTail;

  beforeEach(() => {
    [world, clock] = [new LoggingWorld(), new VirtualClock()];
    const lines = new LineFeed(clock, 'ab');
    const feed = new AllFeeds({ feed: lines, clock, state: world.state });
    store = lines.of(new MemoryLogStore());
    tail = new LiveTail({ state: world.state, feed, clock, random: seededRandom(1) });
    for (const group of ['/ecs/a', '/ecs/b']) {
      world.group(group);
      for (const stream of ['web/1', 'web/2', 'job/1']) world.stream(group, stream);
    }
  });

  const ask = (input: object): Promise<ApiReply> =>
    tail.page({
      input: { logGroupIdentifiers: [arn('/ecs/a')], ...input },
      context: { ...world.scope, requestId: 'r' },
    } as unknown as ApiRequest<never>);
  const page = async (input: object): Promise<any> => {
    const reply = await ask(input);
    if (!('output' in reply)) throw new Error(JSON.stringify(reply));
    return reply.output;
  };
  /** The update behind a place, after as much time as it needs at most. */
  const update = async (input: object) => {
    const asked = page(input);
    await clock.advance(1_000);
    return asked;
  };
  const write = async (group: string, stream: string, ...messages: string[]) => {
    const of = [...world.state.groups.values()].find(({ name }) => name === group)!;
    const { id } = [...world.state.streams.values()].find((one) => one.group === group && one.name === stream)!;
    const events = messages.map((message) => ({ timestamp: clock.now(), message }));
    await store.append({ group: groupRef(of), stream: id, ingestedAt: clock.now(), events });
  };
  const texts = ({ events }: any): string[] => events[0].sessionUpdate.sessionResults.map(({ message }: any) => message);
  const sampled = ({ events }: any): boolean => events[0].sessionUpdate.sessionMetadata.sampled;

  it('says first what it is of', async () => {
    const { events } = await page({ logStreamNamePrefixes: ['web/'], logEventFilterPattern: 'ERROR' });
    expect(events).toEqual([
      {
        sessionStart: {
          requestId: 'r',
          sessionId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
          logGroupIdentifiers: [arn('/ecs/a')],
          logStreamNames: [],
          logStreamNamePrefixes: ['web/'],
          logEventFilterPattern: 'ERROR',
        },
      },
    ]);
  });

  it('tells what comes then, a moment after its first line, and each line once', async () => {
    await write('/ecs/a', 'web/1', 'before');
    const { after } = await page({});
    const waiting = page({ after });
    await write('/ecs/a', 'web/1', 'one');
    await clock.advance(100);
    await write('/ecs/a', 'web/2', 'two');
    await clock.advance(100);
    const first = await waiting;
    expect(first.events[0].sessionUpdate.sessionResults[0]).toEqual({
      logStreamName: 'web/1',
      logGroupIdentifier: arn('/ecs/a'),
      message: 'one',
      timestamp: clock.now() - 200,
      ingestionTime: clock.now() - 200,
    });
    expect([texts(first), sampled(first)]).toEqual([['one', 'two'], false]);
    await write('/ecs/a', 'web/1', 'three');
    const second = await update({ after: first.after });
    expect(texts(second)).toEqual(['three']);
    expect(texts(await update({ after: second.after }))).toEqual([]);
  });

  it('has only lines of its groups and streams that match its pattern', async () => {
    const all = { logGroupIdentifiers: [arn('/ecs/a'), '/ecs/b'], logEventFilterPattern: '{ $.ms > 10 }' };
    const byPrefix = { logStreamNamePrefixes: ['web/'] };
    const byName = { logStreamNames: ['job/1'] };
    const begun = await Promise.all([page(all), page(byPrefix), page(byName)]);
    await write('/ecs/a', 'web/1', '{"ms":11}', '{"ms":1}');
    await write('/ecs/a', 'job/1', 'x');
    await write('/ecs/b', 'web/1', '{"ms":12}');
    const updates = [all, byPrefix, byName].map((input, index) => page({ ...input, after: begun[index].after }));
    await clock.advance(1_000);
    expect((await Promise.all(updates)).map(texts)).toEqual([['{"ms":11}', '{"ms":12}'], ['{"ms":11}', '{"ms":1}'], ['x']]);
  });

  it('has 500 lines of a second, of all of it alike, and says that there were more', async () => {
    const { after } = await page({});
    const numbers = (from: number, count: number) => Array.from({ length: count }, (_, index) => String(from + index));
    await write('/ecs/a', 'web/1', ...numbers(0, 400));
    const first = await update({ after });
    expect([texts(first).length, sampled(first)]).toEqual([400, false]);
    await clock.advance(1_000);
    await write('/ecs/a', 'web/1', ...numbers(1_000, 3_000));
    const asked = page({ after: first.after });
    await clock.advance(200);
    const second = await asked;
    expect([texts(second).length, sampled(second)]).toEqual([500, true]);
    expect(Number(texts(second).at(-1))).toBeGreaterThan(3_900);
    // The rest of that second and what follows come as one update at its end.
    await write('/ecs/a', 'web/1', ...numbers(5_000, 10));
    let third: any;
    void page({ after: second.after }).then((answer) => (third = answer));
    await clock.advance(700);
    expect(third).toBeUndefined();
    await clock.advance(100);
    expect([texts(third).length, sampled(third)]).toEqual([10, false]);
  });

  it('says so when lines were missed', async () => {
    const { after } = await page({});
    const elsewhere = after.replace(/ab-\d+$/, 'cd-3');
    expect(sampled(await update({ after: elsewhere }))).toBe(true);
  });

  it('is over after three hours', async () => {
    const { after } = await page({});
    await clock.advance(3 * 3_600_000);
    expect(await page({ after })).toEqual({ events: [{ SessionTimeoutException: { message: expect.any(String) } }] });
  });

  it.each([
    [{ logStreamNames: ['a'], logStreamNamePrefixes: ['a'] }, 'InvalidParameterException'],
    [{ logGroupIdentifiers: [arn('/ecs/a'), arn('/ecs/b')], logStreamNames: ['a'] }, 'InvalidParameterException'],
    [{ logGroupIdentifiers: [`${arn('/ecs/a')}:*`] }, 'InvalidParameterException'],
    [{ logGroupIdentifiers: [arn('/ecs/none')] }, 'ResourceNotFoundException'],
    [{ logEventFilterPattern: '{ $.a' }, 'InvalidParameterException'],
    [{ after: 'x' }, 'InvalidParameterException'],
  ])('is refused: %j', async (input, code) => {
    expect(await ask(input)).toMatchObject({ rejection: { code } });
  });

  it('of a group for infrequent access is refused', async () => {
    world.group('/ecs/rare', { logGroupClass: 'INFREQUENT_ACCESS' });
    expect(await ask({ logGroupIdentifiers: [arn('/ecs/rare')] })).toMatchObject({
      rejection: { code: 'InvalidOperationException' },
    });
  });

  it.each([1, 7, 500, 999, 1_000, 1_001, 4_321])('a sample of %d is even', (count) => {
    const sample = new Sample<number>(500);
    for (let one = 0; one < count; one++) sample.add(one);
    const taken = sample.taken();
    expect(taken.length).toBe(Math.min(count, 500));
    const gaps = taken.slice(1).map((one, index) => one - taken[index]!);
    expect(Math.max(0, ...gaps)).toBeLessThanOrEqual(2 * Math.ceil(count / 500));
  });
});
