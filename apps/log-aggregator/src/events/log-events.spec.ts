import type { ApiReply, ApiRequest } from '#lib/messaging';
import { LoggingWorld } from '../../../../test/support/logging-world.js';
import { DAY_MS } from '../store/log-store.js';
import { MemoryLogStore } from '../store/memory-log-store.js';
import { LogEvents } from './log-events.js';
import { formatPointer } from './positions.js';

const HOUR_MS = 3_600_000;

describe('lines', () => {
  let world: LoggingWorld;
  let store: MemoryLogStore;
  let events: LogEvents;
  const ask = (operation: 'put' | 'get' | 'filter' | 'record', input: object): Promise<ApiReply> =>
    events[operation]({ input, context: world.scope } as unknown as ApiRequest<never>);
  const ok = async (operation: Parameters<typeof ask>[0], input: object): Promise<any> => {
    const reply = await ask(operation, input);
    if (!('output' in reply)) throw new Error(JSON.stringify(reply));
    return reply.output;
  };
  const put = (messages: readonly string[], at = world.now, more: object = {}) =>
    ok('put', {
      logGroupName: 'g',
      logStreamName: 's',
      logEvents: messages.map((message, index) => ({ timestamp: at + index, message })),
      ...more,
    });
  const get = (more: object = {}) => ok('get', { logGroupName: 'g', logStreamName: 's', ...more });
  const textOf = (page: any) => page.events.map(({ message }: any) => message).join('');

  beforeEach(() => {
    world = new LoggingWorld();
    world.group('g');
    world.stream('g', 's');
    store = new MemoryLogStore();
    events = new LogEvents({ state: world.state, store, clock: { now: () => world.now } });
  });

  it('are read from the end, page by page to the beginning and back, and the same token says where there is no more', async () => {
    await put('abcdef'.split(''));
    const end = await get({ limit: 2 });
    expect(textOf(end)).toBe('ef');
    const before = await get({ limit: 2, nextToken: end.nextBackwardToken });
    expect(textOf(before)).toBe('cd');
    const first = await get({ limit: 2, nextToken: before.nextBackwardToken });
    expect(textOf(first)).toBe('ab');
    const none = await get({ limit: 2, nextToken: first.nextBackwardToken });
    expect([textOf(none), none.nextBackwardToken]).toEqual(['', first.nextBackwardToken]);
    expect(textOf(await get({ limit: 2, nextToken: first.nextForwardToken }))).toBe('cd');
    const last = await get({ nextToken: end.nextForwardToken });
    expect([textOf(last), last.nextForwardToken]).toEqual(['', end.nextForwardToken]);
    await put(['g'], world.now + 100);
    expect(textOf(await get({ nextToken: last.nextForwardToken }))).toBe('g');
    expect(textOf(await get({ startFromHead: true, limit: 3 }))).toBe('abc');
  });

  it('of a request that is sent again are taken once', async () => {
    const ofRequest = (requestId: string) =>
      events.put({
        input: { logGroupName: 'g', logStreamName: 's', logEvents: [{ timestamp: world.now, message: 'a' }] },
        context: { ...world.scope, requestId },
      } as unknown as ApiRequest<never>);
    for (const id of ['1', '1', '2']) expect(await ofRequest(id)).toMatchObject({ output: {} });
    expect(textOf(await get())).toBe('aa');
  });

  it('of a stream without any are followed from the first on', async () => {
    const empty = await get();
    expect(empty.events).toEqual([]);
    await put(['a']);
    expect(textOf(await get({ nextToken: empty.nextForwardToken }))).toBe('a');
  });

  it('are bounded by time: the end is no part of GetLogEvents, and is one of FilterLogEvents', async () => {
    await put('abc'.split(''));
    const [startTime, endTime] = [world.now + 1, world.now + 2];
    expect(textOf(await get({ startTime, endTime }))).toBe('b');
    expect(textOf(await ok('filter', { logGroupName: 'g', startTime, endTime }))).toBe('bc');
  });

  it('are found over streams, in the order of time, each with an id that rises', async () => {
    world.stream('g', 'other');
    await put(['a ERROR', 'b'], world.now);
    await put(['c ERROR'], world.now, { logStreamName: 'other' });
    const found = await ok('filter', {
      logGroupIdentifier: 'arn:aws:logs:us-east-1:000000000000:log-group:g',
      filterPattern: 'ERROR',
    });
    expect(found.events).toMatchObject([
      { logStreamName: 's', message: 'a ERROR' },
      { logStreamName: 'other', message: 'c ERROR' },
    ]);
    const ids = found.events.map(({ eventId }: any) => eventId);
    expect(ids.toSorted((a: string, b: string) => (a < b ? -1 : 1))).toEqual(ids);
    expect(new Set(ids).size).toBe(2);
    const names = async (more: object) =>
      (await ok('filter', { logGroupName: 'g', ...more })).events.map(({ message }: any) => message);
    expect(await names({ logStreamNames: ['other'] })).toEqual(['c ERROR']);
    expect(await names({ logStreamNamePrefix: 'o' })).toEqual(['c ERROR']);
    world.ok('DeleteLogStream', { logGroupName: 'g', logStreamName: 'other' });
    expect(await names({})).toEqual(['a ERROR', 'b']);
    const page = await ok('filter', { logGroupName: 'g', limit: 2 });
    expect(textOf(await ok('filter', { logGroupName: 'g', limit: 1, nextToken: page.nextToken }))).toBe('b');
  });

  it('are taken when they are not too old, too new or past what the group keeps, and AWS’s places say which are not', async () => {
    const at = (offsetMs: number) => ({ timestamp: world.now + offsetMs, message: 'x' });
    const rejected = async (...offsets: number[]) =>
      (await put([], 0, { logEvents: offsets.map(at) })).rejectedLogEventsInfo as object | undefined;
    expect(await rejected(0)).toBeUndefined();
    expect(await rejected(-14 * DAY_MS - 1, -14 * DAY_MS)).toEqual({ tooOldLogEventEndIndex: 1 });
    expect(await rejected(0, 2 * HOUR_MS, 2 * HOUR_MS + 1)).toEqual({ tooNewLogEventStartIndex: 2 });
    world.ok('PutRetentionPolicy', { logGroupName: 'g', retentionInDays: 1 });
    expect(await rejected(-DAY_MS - 1, -DAY_MS + 1_000)).toEqual({ expiredLogEventEndIndex: 1 });
  });

  it('that the group keeps no longer are not shown, also before they are off the disk', async () => {
    await put(['old', 'new'].slice(0, 1), world.now);
    world.ok('PutRetentionPolicy', { logGroupName: 'g', retentionInDays: 1 });
    world.now += 2 * DAY_MS;
    await put(['new']);
    expect(textOf(await get())).toBe('new');
  });

  it('are got by their pointer, with the fields of a JSON line', async () => {
    await put(['{"level":"error","n":{"a":1}}']);
    const { group, run, index, timestamp } = {
      group: [...world.state.groups.values()][0]!.id,
      run: 1,
      index: 0,
      timestamp: world.now,
    };
    const logRecordPointer = formatPointer(group, { timestamp, run, index });
    expect((await ok('record', { logRecordPointer })).logRecord).toMatchObject({
      level: 'error',
      n: '{"a":1}',
      '@logStream': 's',
    });
    expect(await ask('record', { logRecordPointer: formatPointer(group, { timestamp, run, index: 7 }) })).toMatchObject({
      rejection: { code: 'ResourceNotFoundException' },
    });
  });

  it('wait where there is no room', async () => {
    store.room = 0;
    const logEvents = [{ timestamp: world.now, message: 'x' }];
    expect(await ask('put', { logGroupName: 'g', logStreamName: 's', logEvents })).toEqual({ unavailable: expect.any(String) });
  });

  it.each<[string, 'put' | 'get' | 'filter' | 'record', object, string]>([
    [
      'out of order',
      'put',
      {
        logEvents: [
          { timestamp: 2, message: 'a' },
          { timestamp: 1, message: 'b' },
        ],
      },
      'must be in chronological order.',
    ],
    [
      'of more than a day',
      'put',
      {
        logEvents: [
          { timestamp: 1, message: 'a' },
          { timestamp: DAY_MS + 2, message: 'b' },
        ],
      },
      'cannot span more than 24 hours.',
    ],
    [
      'too many bytes',
      'put',
      { logEvents: [{ timestamp: 1, message: 'a'.repeat(1_048_551) }] },
      'Upload too large: 1048577 bytes exceeds limit of 1048576',
    ],
    ['a token of nothing', 'get', { nextToken: 'f/x' }, 'The specified nextToken is invalid.'],
    ['a token of another stream', 'get', { nextToken: 'f/WyJ4IiwxLDEsMV0' }, 'The specified nextToken is invalid.'],
    ['a pattern that is none', 'filter', { logStreamName: undefined, filterPattern: '{ $.a = ' }, 'Invalid filter pattern'],
    ['names and a prefix', 'filter', { logStreamNames: ['s'], logStreamNamePrefix: 's' }, 'Only one of'],
    ['a stream that is not there', 'get', { logStreamName: 'x' }, 'The specified log stream does not exist.'],
    ['a stream among those named', 'filter', { logStreamNames: ['x'] }, 'The specified log stream does not exist.'],
    ['a group that is not there', 'put', { logGroupName: 'x', logEvents: [] }, 'The specified log group does not exist.'],
    ['a pointer to nothing', 'record', { logRecordPointer: 'x' }, 'invalid'],
  ])('are refused: %s', async (_what, operation, input, words) => {
    const reply = await ask(operation, { logGroupName: 'g', logStreamName: 's', ...input });
    expect(reply).toMatchObject({ rejection: { status: 400, message: expect.stringContaining(words) } });
  });
});
