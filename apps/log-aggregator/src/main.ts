import { register } from 'prom-client';
import { openDomainFold, openOwner } from '#lib/app';
import { startApp } from '#lib/app/nest';
import { ecs } from '#lib/ecs';
import { followJournal } from '#lib/journal';
import { foldedBy } from '#lib/messaging';
import { subjects } from '#lib/names';
import { postJson } from '#lib/platform';
import { StoreFacts } from './api/store-facts.js';
import { logAggregatorConfig } from './config.js';
import { logging } from './domain/domain.js';
import { hears } from './domain/places.js';
import { loggingPublicEvents } from './domain/public-events.js';
import { LogEvents } from './events/log-events.js';
import { Insights } from './insights/insights.js';
import { type InsightsQuestion, SpreadInsights } from './insights/spread-insights.js';
import { IntakeMetrics } from './intake/intake-metrics.js';
import { LogIntake } from './intake/log-intake.js';
import { OpenStreams } from './intake/open-streams.js';
import { AllFeeds, type FeedQuestion } from './live/all-feeds.js';
import { LineFeed } from './live/line-feed.js';
import { LiveTail } from './live/live-tail.js';
import { LogAggregatorModule } from './log-aggregator.module.js';
import { FilterMetrics } from './metrics/filter-metrics.js';
import { storePlace } from './open-store.js';
import { aloneAtPlace } from './places/alone-at-place.js';
import { Peers } from './places/peers.js';
import { Questions } from './places/questions.js';
import { answerOf, RemoteLogStore, type StoreQuestion } from './places/remote-log-store.js';
import { RoutedLogStore } from './places/routed-log-store.js';
import { SharedLogStore, type ShowQuestion } from './places/shared-log-store.js';
import { Retention } from './retention.js';
import { LogSearch } from './search/log-search.js';
import { SubscriptionMetrics } from './subscriptions/subscription-metrics.js';
import { Subscriptions } from './subscriptions/subscriptions.js';

/** Within which another aggregator shows what it took. */
const SHOW_MS = 3_000;
/** Of a user's server that is given lines. */
const POST_LIMITS = { timeoutMs: 30_000, mostBytes: 256 * 1_024 };

await startApp('log-aggregator', 'log-aggregator', async (runtime) => {
  const { bus, clock, random, logger, fail } = runtime;
  const config = logAggregatorConfig(runtime.environment);
  const place = await storePlace(runtime, config);
  const pastWorker = new URL('./past-worker.js', import.meta.url);
  const { api, fold, owner, parts } = await openOwner(runtime, {
    domain: logging,
    events: loggingPublicEvents,
    pastWorker,
    acceptLossSince: config.acceptLossSince,
  });
  // Whose task a stream is of.
  const tasks = await openDomainFold(runtime, ecs, 'reader');
  const following = followJournal(tasks.fold, tasks.journal, fail);
  const { state } = fold;
  const folded = foldedBy(fold, tasks.fold);
  const questions = new Questions({ bus, folded, logger });
  const peers = new Peers({ bus, clock, questions }, { process: random.hex(4), place: runtime.config.replica });
  const own = peers.self.place;
  if (!place.show) await aloneAtPlace(own, questions, runtime);
  const lines = new LineFeed(clock, peers.self.process);
  const stores = new Map([...(await place.open())].map(([at, opened]) => [at, lines.of(opened)]));
  // A server that has the lines has those of all groups.
  const store = place.show
    ? new SharedLogStore(stores.get(own)!, () =>
        Promise.all(peers.others().map(({ process }) => peers.ask(process, { show: 'all' } satisfies ShowQuestion, SHOW_MS))),
      )
    : new RoutedLogStore(
        stores,
        (at) => new RemoteLogStore(questions, clock, at),
        () => Array.from(state.groups.values(), (group) => group.place),
      );
  const feed = new AllFeeds({ feed: lines, clock, peers, state });
  const streams = new OpenStreams(state, owner.send, clock, random, () => peers.places());
  const intake = new LogIntake({
    bus,
    store,
    streams,
    clock,
    logger,
    metrics: new IntakeMetrics(register),
    hears: (partition) => place.show !== undefined || [...stores.keys()].some((at) => hears(state, at, partition)),
  });
  const sweeps = (of: number) => place.show !== undefined || stores.has(of);
  const retention = new Retention({ state, store, sweeps, send: owner.send, clock, random, logger });
  const metrics = new FilterMetrics({ state, bus, clock });
  const subscriptions = new Subscriptions({
    state,
    bus,
    clock,
    random,
    logger,
    metrics: new SubscriptionMetrics(register),
    post: (url, payload, signal) => postJson(url, payload, signal, POST_LIMITS),
  });
  const insights = new Insights({ state, store, clock, random, logger, process: peers.self.process });
  const spread = new SpreadInsights(insights, peers);
  const answers = place.show
    ? []
    : Array.from(stores, ([at, of]) =>
        questions.answer(subjects.logStore(at), (question: StoreQuestion) => answerOf(of, question)),
      );
  peers.start(async (question: FeedQuestion | InsightsQuestion | ShowQuestion) => {
    if ('show' in question) return (await place.show?.()) ?? null;
    return 'feed' in question ? feed.answer(question) : spread.answer(question);
  });
  return {
    module: LogAggregatorModule.register(
      api,
      new StoreFacts(state, store),
      new LogEvents({ state, store, clock }),
      new LogSearch({ state, ecs: tasks.fold.state, store, feed, clock }),
      spread,
      new LiveTail({ state, feed, clock, random }),
      peers,
    ),
    ...parts,
    folded,
    status: () => {
      const own = parts.status();
      return own.ready ? { ...own, ...(tasks.position().ready ? {} : { ready: false, reason: tasks.position().reason }) } : own;
    },
    start: () => {
      void parts.start?.();
      void fold.caughtUpWithStart.then(() => {
        metrics.follow(lines);
        subscriptions.follow(lines);
        fold.subscribe(() => intake.listen());
        intake.listen();
        retention.start();
      });
    },
    stop: async () => {
      lines.close();
      await peers.stop();
      insights.close();
      following.stop();
      retention.stop();
      await intake.stop();
      metrics.stop();
      subscriptions.stop();
      await parts.stop?.();
      await Promise.all(answers.map((answer) => answer.drain()));
      await store.close();
      place.release();
    },
  };
});
