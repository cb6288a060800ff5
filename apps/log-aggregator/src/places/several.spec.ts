import type { ApiReply, ApiRequest, Folded } from '#lib/messaging';
import { subjects } from '#lib/names';
import { seededRandom, silentLogger } from '#lib/platform';
import { EcsWorld } from '../../../../test/support/ecs-world.js';
import { LoggingWorld } from '../../../../test/support/logging-world.js';
import { MemoryBus } from '../../../../test/support/memory-bus.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { groupRef, LogEvents } from '../events/log-events.js';
import { Insights } from '../insights/insights.js';
import { type InsightsQuestion, SpreadInsights } from '../insights/spread-insights.js';
import { AllFeeds, type FeedQuestion } from '../live/all-feeds.js';
import { LineFeed } from '../live/line-feed.js';
import { LogSearch } from '../search/log-search.js';
import { END_OF_TIME, StoreUnavailable } from '../store/log-store.js';
import { MemoryLogStore } from '../store/memory-log-store.js';
import { Peers } from './peers.js';
import { Questions } from './questions.js';
import { answerOf, RemoteLogStore, type StoreQuestion } from './remote-log-store.js';
import { RoutedLogStore } from './routed-log-store.js';

/** Here all have the same state, so nobody is behind. */
const folded: Folded = { revisions: () => ({}), waitFor: async () => true };

const ALL = { from: 0, to: END_OF_TIME, binMs: END_OF_TIME, budgetBytes: Infinity };

describe('several aggregators', () => {
  let world: LoggingWorld;
  let clock: VirtualClock;
  let bus: MemoryBus;
  let running: Aggregator[];

  /** What main.ts makes of one process, without journal and broker. */
  class Aggregator {
    readonly questions = new Questions({ bus, folded, logger: silentLogger });
    readonly peers: Peers;
    readonly memory = new MemoryLogStore();
    readonly taken: string[] = [];
    readonly events: LogEvents;
    readonly search: LogSearch;
    readonly insights: SpreadInsights;
    readonly store: RoutedLogStore;
    private readonly answers;

    constructor(readonly place: number) {
      const process = `0000000${place}`;
      this.peers = new Peers({ bus, clock, questions: this.questions }, { process, place });
      const lines = new LineFeed(clock, process);
      lines.onTaken(({ events }) => this.taken.push(...events.map(({ message }) => message)));
      const own = lines.of(this.memory);
      const { state } = world;
      const remote = (at: number) => new RemoteLogStore(this.questions, clock, at);
      this.store = new RoutedLogStore(new Map([[place, own]]), remote, () =>
        Array.from(state.groups.values(), (group) => group.place),
      );
      const feed = new AllFeeds({ feed: lines, clock, peers: this.peers, state });
      this.events = new LogEvents({ state, store: this.store, clock });
      this.search = new LogSearch({ state, ecs: new EcsWorld().state, store: this.store, feed, clock });
      const deps = { state, store: this.store, clock, random: seededRandom(place), logger: silentLogger, process };
      const insights = (this.insights = new SpreadInsights(new Insights(deps), this.peers));
      this.answers = this.questions.answer(subjects.logStore(place), (question: StoreQuestion) => answerOf(own, question));
      this.peers.start(async (question: FeedQuestion | InsightsQuestion) =>
        'feed' in question ? feed.answer(question) : insights.answer(question),
      );
    }

    async dies(): Promise<void> {
      await Promise.all([this.answers.drain(), this.peers.stop()]);
    }
  }

  beforeEach(() => {
    [world, clock, bus] = [new LoggingWorld(), new VirtualClock(), new MemoryBus()];
    running = [1, 2].map((place) => new Aggregator(place));
    for (const place of [1, 2]) {
      world.group(`g${place}`, { places: [place] });
      world.stream(`g${place}`, 's');
    }
  });
  afterEach(() => Promise.all(running.map((one) => one.dies())));

  const request = (input: object) => ({ input, context: world.scope }) as unknown as ApiRequest<never>;
  const outputOf = async (reply: Promise<ApiReply>): Promise<any> => {
    const answer = await reply;
    if (!('output' in answer)) throw new Error(JSON.stringify(answer));
    return answer.output;
  };
  const put = async (by: Aggregator, logGroupName: string, ...messages: string[]) => {
    await clock.advance(1_000);
    const logEvents = messages.map((message) => ({ timestamp: clock.now(), message }));
    return by.events.put(request({ logGroupName, logStreamName: 's', logEvents }));
  };
  const texts = ({ events }: any): string[] => events.map(({ message }: any) => message);
  const [A, B] = [() => running[0]!, () => running[1]!];

  it('know each other, and forget who leaves', async () => {
    expect(running.map(({ peers }) => peers.places())).toEqual([
      [1, 2],
      [2, 1],
    ]);
    await B().peers.stop();
    expect(A().peers.places()).toEqual([1]);
  });

  it('take and show lines wherever they are asked, and each line is taken once, where its group is', async () => {
    for (const by of running) for (const group of ['g1', 'g2']) await outputOf(put(by, group, `${group} by ${by.place}`));
    expect(running.map(({ taken }) => taken)).toEqual([
      ['g1 by 1', 'g1 by 2'],
      ['g2 by 1', 'g2 by 2'],
    ]);
    for (const by of running) {
      const of = { logGroupName: 'g2', logStreamName: 's', startFromHead: true };
      expect(texts(await outputOf(by.events.get(request(of))))).toEqual(['g2 by 1', 'g2 by 2']);
      const filter = { logGroupName: 'g1', filterPattern: '2' };
      expect(texts(await outputOf(by.events.filter(request(filter))))).toEqual(['g1 by 2']);
    }
  });

  it('give pages of a group elsewhere that are as long as those of an own one', async () => {
    const long = 'x'.repeat(100_000);
    for (let n = 0; n < 12; n++) await put(A(), 'g2', `${n} ${long}`);
    const pagesBy = async (by: Aggregator) => {
      const pages: number[] = [];
      for (let nextToken: string | undefined; ;) {
        const page = await outputOf(by.events.filter(request({ logGroupName: 'g2', nextToken })));
        pages.push(page.events.length);
        if ((nextToken = page.nextToken) === undefined) return pages;
      }
    };
    const pages = await pagesBy(A());
    expect(pages.reduce((sum, count) => sum + count)).toBe(12);
    expect(Math.max(...pages)).toBeGreaterThan(5);
  });

  it('search over the groups of both, in order, page by page', async () => {
    for (let n = 0; n < 6; n++) await put(A(), `g${(n % 2) + 1}`, `found ${n}`);
    const found: string[] = [];
    let nextToken: string | undefined;
    let asked = 0;
    do {
      const page = await outputOf(running[asked++ % 2]!.search.search(request({ query: 'found', limit: 2, nextToken })));
      found.push(...texts(page));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(found).toEqual([5, 4, 3, 2, 1, 0].map((n) => `found ${n}`));
    const { bins } = await outputOf(B().search.search(request({ query: 'found', binSeconds: 60 })));
    expect(bins.reduce((sum: number, { count }: any) => sum + count, 0)).toBe(6);
  });

  it('tell who looks on what any of them takes, whoever is asked next, and each line once', async () => {
    await put(A(), 'g2', 'before');
    const tail = (by: Aggregator, after?: string) => outputOf(by.search.tail(request({ query: '', after })));
    let { cursor } = await tail(A());
    const heard: string[] = [];
    const look = async (by: Aggregator) => {
      const page = await tail(by, cursor);
      cursor = page.cursor;
      heard.push(...texts(page));
      return page.missed as boolean;
    };
    await put(A(), 'g1', 'one');
    await put(A(), 'g2', 'two');
    expect([await look(B()), await look(A())]).toEqual([false, false]);
    await put(B(), 'g1', 'three');
    await put(B(), 'g2', 'four');
    expect([await look(A()), await look(B())]).toEqual([false, false]);
    expect(heard).toEqual(['one', 'two', 'three', 'four']);
  });

  it('wait for what another one takes', async () => {
    const { cursor } = await outputOf(A().search.tail(request({})));
    const asked = outputOf(A().search.tail(request({ after: cursor, waitMs: 2_000 })));
    await clock.advance(10);
    await put(B(), 'g2', 'late');
    expect(texts(await asked)).toEqual(['late']);
  });

  it('say of a live tail that it missed what a process that died had', async () => {
    const { cursor } = await outputOf(A().search.tail(request({})));
    await B().dies();
    const page = await outputOf(A().search.tail(request({ after: cursor })));
    expect(page.missed).toBe(true);
    expect((await outputOf(A().search.tail(request({ after: page.cursor })))).missed).toBe(false);
  });

  it('run a query over groups of both, and answer for each other', async () => {
    for (let n = 0; n < 6; n++) await put(A(), `g${(n % 2) + 1}`, `line ${n}`);
    const span = { startTime: 0, endTime: Math.ceil(clock.now() / 1_000) };
    const asked = { ...span, logGroupNames: ['g1', 'g2'], queryString: 'fields @message | sort @timestamp desc | limit 4' };
    const { queryId } = await outputOf(A().insights.start(request(asked)));
    let answer = await outputOf(B().insights.results(request({ queryId })));
    while (answer.status !== 'Complete') {
      await clock.advance(1);
      answer = await outputOf(B().insights.results(request({ queryId })));
    }
    const messages = answer.results.map((fields: any) => fields.find(({ field }: any) => field === '@message').value);
    expect(messages).toEqual([5, 4, 3, 2].map((n) => `line ${n}`));
    await clock.advance(1_000);
    const second = (await outputOf(B().insights.start(request({ ...asked, logGroupNames: ['g1'] })))).queryId;
    for (const by of running) {
      const first = await outputOf(by.insights.describe(request({ maxResults: 1 })));
      const rest = await outputOf(by.insights.describe(request({ maxResults: 1, nextToken: first.nextToken })));
      expect([...first.queries, ...rest.queries].map((query: any) => query.queryId)).toEqual([second, queryId]);
      expect(rest.nextToken).toBeUndefined();
    }
    expect(await B().insights.stop(request({ queryId }))).toMatchObject({ rejection: { code: 'InvalidParameterException' } });
    await A().dies();
    expect(await B().insights.results(request({ queryId }))).toMatchObject({ rejection: { code: 'ResourceNotFoundException' } });
  });

  it('serve and sweep what one of which there is no more has left', async () => {
    for (const group of ['g1', 'g2']) await put(A(), group, 'x');
    const [mine, left] = [A().memory, B().memory];
    await B().dies();
    const none = () => {
      throw new Error('nobody else is asked');
    };
    const store = new RoutedLogStore(
      new Map([
        [1, mine],
        [2, left],
      ]),
      none,
      () => [1, 2],
    );
    const refs = [...world.state.groups.values()].map(groupRef);
    const kept = async () =>
      (await Promise.all(refs.map((group) => store.count({ ...ALL, group })))).map(({ bins }) => bins[0] ?? 0);
    expect([await kept(), Object.keys(await store.storedBytes()).length]).toEqual([[1, 1], 2]);
    await store.sweep({ erase: [refs[1]!], expire: [] });
    expect(await kept()).toEqual([1, 0]);
  });

  it('refuse for now what only one that does not run could answer, and go on with all else', async () => {
    for (const group of ['g1', 'g2']) await put(A(), group, 'x');
    const sizes = await A().store.storedBytes();
    await B().dies();
    const away = { unavailable: expect.stringContaining('Log aggregator 2 has these lines') };
    expect(await put(A(), 'g2', 'y')).toEqual(away);
    expect(await A().events.filter(request({ logGroupName: 'g2' }))).toEqual(away);
    expect(await A().search.search(request({ query: 'x' }))).toEqual(away);
    expect(texts(await outputOf(A().events.filter(request({ logGroupName: 'g1' }))))).toEqual(['x']);
    // How much is stored may be as it was: a group never looks empty.
    await clock.advance(600_000);
    expect(await A().store.storedBytes()).toEqual(sizes);
    await expect(new Aggregator(3).store.storedBytes()).rejects.toThrow(StoreUnavailable);
  });
});
