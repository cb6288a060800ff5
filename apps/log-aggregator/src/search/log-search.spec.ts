import type { ApiReply, ApiRequest } from '#lib/messaging';
import { EcsWorld } from '../../../../test/support/ecs-world.js';
import { LoggingWorld } from '../../../../test/support/logging-world.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { groupRef } from '../events/log-events.js';
import { AllFeeds } from '../live/all-feeds.js';
import { LineFeed } from '../live/line-feed.js';
import type { LogStore } from '../store/log-store.js';
import { MemoryLogStore } from '../store/memory-log-store.js';
import { LogSearch } from './log-search.js';

const id = (digit: string) => digit.repeat(32);

describe('search over lines', () => {
  let world: LoggingWorld;
  let ecs: EcsWorld;
  let clock: VirtualClock;
  let store: LogStore;
  let logs: LogSearch;

  beforeEach(() => {
    [world, ecs, clock] = [new LoggingWorld(), new EcsWorld(), new VirtualClock()];
    const lines = new LineFeed(clock, 'ab');
    const feed = new AllFeeds({ feed: lines, clock, state: world.state });
    store = lines.of(new MemoryLogStore());
    logs = new LogSearch({ state: world.state, ecs: ecs.state, store, feed, clock });
  });

  const ask = (operation: 'search' | 'tail', input: object): Promise<ApiReply> =>
    logs[operation]({ input, context: world.scope } as unknown as ApiRequest<never>);
  const ok = async (operation: 'search' | 'tail', input: object = {}): Promise<any> => {
    const reply = await ask(operation, input);
    if (!('output' in reply)) throw new Error(JSON.stringify(reply));
    return reply.output;
  };
  const texts = (answer: any): string[] => answer.events.map(({ message }: any) => message);
  /** A line a second. */
  const write = async (group: string, stream: string, ...messages: string[]) => {
    world.command('OpenLogStream', { logGroupName: group, logStreamName: stream, createGroup: true });
    const of = [...world.state.groups.values()].find(({ name }) => name === group)!;
    const { id: streamId } = [...world.state.streams.values()].find((one) => one.group === group && one.name === stream)!;
    for (const message of messages) {
      await clock.advance(1_000);
      await store.append({
        group: groupRef(of),
        stream: streamId,
        ingestedAt: clock.now(),
        events: [{ timestamp: clock.now(), message }],
      });
    }
  };

  const everyPage = async (input: object): Promise<string[]> => {
    const found: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await ok('search', { ...input, nextToken });
      found.push(...texts(page));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return found;
  };

  it('finds over all groups, in either order, page by page, each line once', async () => {
    for (let round = 0; round < 6; round++)
      for (const group of ['a', 'b', 'c']) await write(group, 's', `${group}${round} found`);
    await write('a', 's', 'something else');
    const oldestFirst = [0, 1, 2, 3, 4, 5].flatMap((round) => ['a', 'b', 'c'].map((group) => `${group}${round} found`));
    expect(await everyPage({ query: 'found', limit: 4 })).toEqual(oldestFirst.toReversed());
    expect(await everyPage({ query: 'found', limit: 4, oldestFirst: true })).toEqual(oldestFirst);
  });

  it('orders lines of one millisecond the same way over all pages', async () => {
    for (const group of ['a', 'b']) await write(group, 's');
    await clock.advance(1_000);
    for (const group of world.state.groups.values()) {
      const stream = [...world.state.streams.values()].find((one) => one.group === group.name)!.id;
      const events = [0, 1, 2].map((n) => ({ timestamp: clock.now(), message: `${group.name}${n}` }));
      await store.append({ group: groupRef(group), stream, ingestedAt: clock.now(), events });
    }
    for (const oldestFirst of [false, true]) {
      const found = await everyPage({ limit: 2, oldestFirst });
      expect(found.sort()).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'b2']);
    }
  });

  it('counts by time, the oldest bin first', async () => {
    await write('a', 's', 'x', 'x', 'y', 'x');
    const from = Math.floor(clock.now() / 2_000) * 2_000 - 4_000;
    const answer = await ok('search', { query: 'x', binSeconds: 2, startTime: from, limit: 1 });
    expect(answer.bins.reduce((sum: number, { count }: any) => sum + count, 0)).toBe(3);
    expect(answer.bins.every((bin: any) => bin.from % 2_000 === 0)).toBe(true);
    expect((await ok('search', { binSeconds: 0 })).bins).toBeUndefined();
    expect(await ask('search', { binSeconds: 1, startTime: 0 })).toMatchObject({
      rejection: { code: 'InvalidParameterException' },
    });
  });

  it('means the streams of a task, by its id or the beginning of it, also of one that is forgotten', async () => {
    await write('/ecs/web', `ecs/web/${id('a')}`, 'of a');
    await write('/ecs/web', `ecs/web/${id('b')}`, 'of b');
    expect(texts(await ok('search', { tasks: [id('a')] }))).toEqual(['of a']);
    const [event] = (await ok('search', { tasks: ['bbbbbb'] })).events;
    expect(event).toMatchObject({ logGroup: '/ecs/web', logStream: `ecs/web/${id('b')}`, container: 'web', taskId: id('b') });
    expect(await ask('search', { tasks: ['web'] })).toMatchObject({ rejection: { code: 'InvalidParameterException' } });
  });

  it('means what a service’s definitions log to, but for tasks that are known to be others', async () => {
    ecs.instance();
    const definition = ecs.definition();
    ecs.given('CreateService', { serviceName: 'shop', taskDefinition: 'web:1', desiredCount: 0 });
    ecs.place(definition, [[...ecs.state.containerInstances.values()][0]!.containerInstanceArn]);
    const { taskArn } = [...ecs.state.tasks.values()][0]!;
    await write('/longshore/web', `ecs/web/${id('a')}`, 'of a task that was');
    await write('/longshore/web', `ecs/web/${taskArn.split('/').at(-1)}`, 'of a task beside it');
    await write('/longshore/web', `ecs/other/${id('c')}`, 'of another container');
    expect(texts(await ok('search', { services: ['shop'] }))).toEqual(['of a task that was']);
    expect(texts(await ok('search', { clusters: ['default'] }))).toEqual(['of a task beside it', 'of a task that was']);
    expect(await ask('search', { services: ['none'] })).toMatchObject({ rejection: { code: 'ResourceNotFoundException' } });
  });

  it('tells lines as they come, each once, of what is meant and of nothing else', async () => {
    await write('a', 's', 'before');
    const { cursor } = await ok('tail', { logGroups: ['a'] });
    const waiting = ok('tail', { logGroups: ['a'], query: 'found', after: cursor, waitMs: 2_500 });
    await write('a', 's', 'not this one', 'found 1');
    const first = await waiting;
    expect(texts(first)).toEqual(['found 1']);
    await write('b', 's', 'found in b');
    await write('a', 's', 'found 2', 'found 3');
    const next = await ok('tail', { logGroups: ['a'], query: 'found', after: first.cursor });
    expect([texts(next), next.missed]).toEqual([['found 2', 'found 3'], false]);
    const empty = ok('tail', { logGroups: ['a'], after: next.cursor, waitMs: 2_000 });
    await clock.advance(2_000);
    expect(await empty).toEqual({ events: [], cursor: next.cursor, missed: false, caughtUp: true });
  });

  it('says that lines were missed when they are kept no longer, or came to another process', async () => {
    await write('a', 's', 'x');
    const { cursor } = await ok('tail');
    await write('a', 's', ...Array.from({ length: 40 }, () => 'y'.repeat(500_000)));
    expect((await ok('tail', { after: cursor })).missed).toBe(true);
    expect((await ok('tail', { after: 'cd-1' })).missed).toBe(true);
  });

  it.each([
    ['search', { query: '(' }],
    ['search', { startTime: 5, endTime: 4 }],
    ['search', { nextToken: 'x' }],
    ['tail', { query: '(' }],
  ] as const)('is refused: %s %j', async (operation, input) => {
    expect(await ask(operation, input)).toMatchObject({ rejection: { code: 'InvalidParameterException' } });
  });

  it('of a group that is not there is refused', async () => {
    expect(await ask('search', { logGroups: ['none'] })).toMatchObject({ rejection: { code: 'ResourceNotFoundException' } });
  });
});
