import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { JetStreamStreams, type RecordedCommit, type Revision } from '#lib/journal';
import { apiHeaders } from '#lib/messaging';
import type { JournalName } from '#lib/names';
import { silentLogger, systemClock, systemRandom } from '#lib/platform';
import { KurrentDbDouble } from '../support/kurrentdb/kurrentdb-double.js';
import { type NatsServer, startNatsServer } from '../support/nats-server.js';
import { RunningApp } from '../support/running-app.js';

const TOY = 'toy' as JournalName;
const STREAM = 'longshore-toy';

/** A real owner of a journal on a real broker, with the double of a KurrentDB for its journal. */
describe('an app whose journal is in KurrentDB', () => {
  let broker: NatsServer;
  let source: KurrentDbDouble;
  let app: RunningApp;
  let follower: NatsConnection;

  const start = (more: NodeJS.ProcessEnv = {}) => app.start({ LONGSHORE_JOURNAL: source.url, ...more });
  const count = async (by: number) => expect(await app.ask('Count', { name: 'a', by })).toHaveProperty('output');
  const value = async () => (await app.ask('DescribeCounter', { name: 'a' })).output.value as number;
  const streams = () => JetStreamStreams.open(follower, { clock: systemClock, random: systemRandom, logger: silentLogger });
  /** What an app sees that has no way to KurrentDB. */
  const followed = async (until: number): Promise<RecordedCommit[]> => {
    const journal = (await (await streams()).find(TOY))!;
    const aborting = new AbortController();
    const seen: RecordedCommit[] = [];
    for await (const recorded of journal.follow(0 as Revision, aborting.signal)) {
      seen.push(recorded);
      if (recorded.revision >= until) break;
    }
    aborting.abort();
    return seen;
  };
  const stored = () =>
    source.streams
      .events(STREAM)!
      .slice(1)
      .map(({ data }) => JSON.parse(Buffer.from(data).toString()) as unknown);

  /** The follower has what the source has, and nothing else. */
  const expectSame = async () => {
    const commits = stored();
    expect((await followed(commits.length)).map(({ commit }) => commit)).toEqual(commits);
  };

  beforeAll(async () => {
    [broker, source] = [await startNatsServer(), await KurrentDbDouble.start()];
    follower = await connect({ servers: broker.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    app = await RunningApp.on(broker.url, 'test/toy-app/main.js', 'toy');
    await start();
  }, 30_000);
  afterAll(async () => {
    await app.stop();
    await follower.close();
    source.kill();
    await broker.stop();
  });

  it('has every commit in both places, at the same revisions', async () => {
    await count(2);
    await count(3);
    await expectSame();
    expect((await (await streams()).find(TOY))!.relaysUpTo).toBe(0);
    expect(await app.says(({ relayLag }) => relayLag === 0)).toMatchObject({ leader: true });
  }, 30_000);

  it('answers a past that was written this moment', async () => {
    for (let by = 1; by <= 10; by++) {
      await count(by);
      const asOf = { [apiHeaders.asOf]: `toy.r${stored().length}` };
      expect((await app.ask('DescribeCounter', { name: 'a' }, asOf)).output.value).toBe(await value());
    }
  }, 30_000);

  it('goes on when the event store comes back, and has lost nothing it acknowledged', async () => {
    const before = await value();
    source.kill();
    const waiting = app.ask('Count', { name: 'a', by: 40 }).catch(() => undefined);
    await source.restart();
    await waiting;
    while (!('output' in (await app.ask('Count', { name: 'a', by: 0 })))) continue;
    await count(1_000);
    // That of the first may be either.
    expect([1_000, 1_040]).toContain((await value()) - before);
    await expectSame();
  }, 60_000);

  it('does not begin from the relay by mistake', async () => {
    const before = await value();
    await app.kill('SIGTERM');
    const why = await app.refuses();
    expect(why).toContain('only a relay of the journal in KurrentDB');
    expect(why).toContain('LONGSHORE_JOURNAL');
    await start();
    expect(await value()).toBe(before);
  }, 60_000);

  it('outlives a broker that has lost everything', async () => {
    const before = await value();
    await app.kill('SIGTERM');
    await (await streams()).remove((await (await streams()).find(TOY))!);
    await start();
    expect(await value()).toBe(before);
    await expectSame();
    expect((await (await streams()).find(TOY))!.relaysUpTo).toBeGreaterThan(10);
  }, 60_000);

  it('refuses a relay that has more than its source, and a source that has lost what it acknowledged', async () => {
    // In order, so that the high-water mark has all of it.
    await app.kill('SIGTERM');
    source.streams.replace(STREAM, source.streams.events(STREAM)!.slice(0, 3));
    const why = await app.refuses({ LONGSHORE_JOURNAL: source.url });
    expect(why).toMatch(/ends at revision 2, and NATS has commits up to \d+/);
    const lost = await app.refuses({ LONGSHORE_JOURNAL: source.url, LONGSHORE_REBUILD_RELAY: '1' });
    expect(lost).toContain('had been acknowledged and cannot be found');
  }, 60_000);
});
