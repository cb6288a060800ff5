import type { ApiReply, ApiRequest } from '#lib/messaging';
import { seededRandom, silentLogger } from '#lib/platform';
import { LoggingWorld } from '../../../../test/support/logging-world.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { groupRef } from '../events/log-events.js';
import type { LogStore, Page } from '../store/log-store.js';
import { MemoryLogStore } from '../store/memory-log-store.js';
import { Insights } from './insights.js';

describe('Logs Insights', () => {
  let world: LoggingWorld;
  let clock: VirtualClock;
  let store: MemoryLogStore;
  let insights: Insights;
  /** Pages that are asked for wait until they are let go. */
  let held: (() => void)[] | undefined;

  beforeEach(() => {
    [world, clock, store, held] = [new LoggingWorld(), new VirtualClock(), new MemoryLogStore(), undefined];
    const holding: Pick<LogStore, 'scan' | 'count'> = {
      count: (counting) => store.count(counting),
      scan: async (scan): Promise<Page> => {
        if (held) await new Promise<void>((resolve) => held!.push(resolve));
        return store.scan({ ...scan, limit: 3 });
      },
    };
    insights = new Insights({
      state: world.state,
      store: holding as LogStore,
      clock,
      random: seededRandom(1),
      logger: silentLogger,
      process: '0badcafe',
    });
    for (const group of ['a', 'b']) {
      world.group(group);
      world.stream(group, 's');
    }
  });

  const write = async (name: string, messages: readonly string[], everyMs = 1_000) => {
    const group = [...world.state.groups.values()].find((one) => one.name === name)!;
    const stream = [...world.state.streams.values()].find((one) => one.group === name)!;
    const events = messages.map((message, index) => ({ timestamp: clock.now() - index * everyMs, message }));
    await store.append({ group: groupRef(group), stream: stream.id, ingestedAt: clock.now(), events });
  };
  const ask = (operation: 'start' | 'results' | 'stop' | 'describe', input: object): Promise<ApiReply> =>
    insights[operation]({ input, context: world.scope } as unknown as ApiRequest<never>);
  const ok = async (operation: Parameters<typeof ask>[0], input: object): Promise<any> => {
    const reply = await ask(operation, input);
    if (!('output' in reply)) throw new Error(JSON.stringify(reply));
    return reply.output;
  };
  const startOf = (more: object = {}) => ({
    logGroupName: 'a',
    startTime: clock.now() / 1_000 - 3_600,
    endTime: clock.now() / 1_000,
    queryString: 'fields @message',
    ...more,
  });
  const start = async (more: object = {}): Promise<string> => (await ok('start', startOf(more))).queryId;
  const over = async (queryId: string) => {
    let answer = await ok('results', { queryId });
    while (answer.status === 'Scheduled' || answer.status === 'Running') {
      await clock.advance(1);
      answer = await ok('results', { queryId });
    }
    return answer;
  };
  const textsOf = ({ results }: any): string[] =>
    results.map((fields: any) => fields.find(({ field }: any) => field === '@message').value);

  it('finds in several groups, the newest first, and says what it looked at', async () => {
    await write('a', ['a0', 'a1', 'a2', 'a3'], 2_000);
    await clock.advance(1_000);
    await write('b', ['b0', 'b1', 'b2', 'b3'], 2_000);
    const answer = await over(await start({ logGroupName: undefined, logGroupNames: ['a', 'b'] }));
    expect(textsOf(answer)).toEqual(['b0', 'a0', 'b1', 'a1', 'b2', 'a2', 'b3', 'a3']);
    expect(answer.status).toBe('Complete');
    expect(answer.statistics).toMatchObject({ recordsMatched: 8, recordsScanned: 8, bytesScanned: 16 });
  });

  it('shows as many as it may, and says how many there are', async () => {
    await write('a', ['x1', 'y', 'x2', 'x3']);
    const answer = await over(await start({ queryString: 'fields @message | filter @message like "x" | limit 1' }));
    expect(answer.results).toHaveLength(1);
    expect(answer.statistics).toMatchObject({ recordsMatched: 3, recordsScanned: 4 });
    const all = await over(await start({ queryString: 'fields @message | limit 1' }));
    expect(all.results).toHaveLength(1);
    expect(all.statistics).toMatchObject({ recordsMatched: 4, recordsScanned: 4 });
  });

  it('points at its lines so that GetLogRecord finds them', async () => {
    await write('a', ['x']);
    const { results } = await over(await start());
    expect(results[0].map(({ field }: any) => field)).toEqual(['@message', '@ptr']);
  });

  it('shows what it has so far, and ends when it is told to, with that', async () => {
    await write(
      'a',
      Array.from({ length: 9 }, (_, n) => `m${n}`),
    );
    held = [];
    const queryId = await start({ queryString: 'stats count(*) as n' });
    expect((await ok('results', { queryId })).status).toBe('Running');
    held.shift()!();
    await clock.advance(1);
    expect((await ok('results', { queryId })).results).toEqual([[{ field: 'n', value: '3' }]]);
    expect(await ok('stop', { queryId })).toEqual({ success: true });
    const answer = await ok('results', { queryId });
    expect([answer.status, answer.results]).toEqual(['Cancelled', [[{ field: 'n', value: '3' }]]]);
    expect(await ask('stop', { queryId })).toMatchObject({
      rejection: { code: 'InvalidParameterException', message: 'Query has already ended with status Cancelled' },
    });
    held.shift()?.();
  });

  it('runs two at a time, and has no more than thirty of an account', async () => {
    held = [];
    const ids: string[] = [];
    for (let n = 0; n < 30; n++) ids.push(await start());
    const statuses = async () => (await ok('describe', {})).queries.map(({ status }: any) => status);
    expect(await statuses()).toEqual([...Array<string>(28).fill('Scheduled'), 'Running', 'Running']);
    expect(await ask('start', startOf())).toMatchObject({ rejection: { code: 'LimitExceededException' } });
    for (const queryId of ids) await ok('stop', { queryId });
    held.splice(0).forEach((release) => release());
    held = undefined;
    await clock.advance(1);
    expect((await over(await start())).status).toBe('Complete');
  });

  it('ends after an hour', async () => {
    held = [];
    const queryId = await start();
    await clock.advance(3_600_000);
    expect((await ok('results', { queryId })).status).toBe('Timeout');
    held.forEach((release) => release());
  });

  it('fails with as much as fits when it would keep too much', async () => {
    for (let n = 0; n < 4; n++)
      await write(
        'a',
        Array.from({ length: 100 }, (_, m) => `${n} ${m} ${'x'.repeat(250_000)}`),
        1,
      );
    const answer = await over(await start({ queryString: 'stats count(*) by @message' }));
    expect(answer.status).toBe('Failed');
  });

  it('is listed, the newest first, by group and status', async () => {
    const first = await start();
    await over(first);
    await over(await start({ logGroupName: 'b', queryString: 'stats count(*)' }));
    const { queries } = await ok('describe', {});
    expect(queries).toMatchObject([
      { logGroupName: 'b', queryString: 'stats count(*)', status: 'Complete' },
      { logGroupName: 'a', queryId: first },
    ]);
    expect((await ok('describe', { logGroupName: 'a' })).queries).toHaveLength(1);
    expect((await ok('describe', { status: 'Running' })).queries).toEqual([]);
    const page = await ok('describe', { maxResults: 1 });
    expect((await ok('describe', { maxResults: 1, nextToken: page.nextToken })).queries).toMatchObject([{ queryId: first }]);
  });

  it('has results for an hour', async () => {
    const queryId = await start();
    await over(queryId);
    await clock.advance(3_600_001);
    expect(await ask('results', { queryId })).toMatchObject({ rejection: { code: 'ResourceNotFoundException' } });
  });

  it('has results of 32 MiB, whatever their number: the oldest go', async () => {
    await write(
      'a',
      Array.from({ length: 40 }, (_, n) => `${n} ${'x'.repeat(250_000)}`),
    );
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      ids.push(await start());
      expect(textsOf(await over(ids.at(-1)!))).toHaveLength(40);
    }
    const answers = await Promise.all(ids.map((queryId) => ask('results', { queryId })));
    expect(answers.map((answer) => 'output' in answer)).toEqual([false, false, true, true, true]);
  });

  it.each<[string, object, string]>([
    ['a group that is not there', { logGroupName: 'none' }, 'ResourceNotFoundException'],
    ['no group', { logGroupName: undefined }, 'InvalidParameterException'],
    ['groups in two ways', { logGroupNames: ['b'] }, 'InvalidParameterException'],
    ['a query that cannot be read', { queryString: 'x' }, 'MalformedQueryException'],
    ['an end before the start', { startTime: 5, endTime: 4 }, 'InvalidParameterException'],
    ['another language', { queryLanguage: 'SQL' }, 'InvalidParameterException'],
  ])('refuses %s', async (_what, more, code) => {
    expect(await ask('start', startOf(more))).toMatchObject({ rejection: { code } });
  });
});
