import { register } from 'prom-client';
import { openDomainFold, openOwner } from '#lib/app';
import { startApp } from '#lib/app/nest';
import { ecs } from '#lib/ecs';
import { followJournal } from '#lib/journal';
import { foldedBy } from '#lib/messaging';
import { postJson } from '#lib/platform';
import { StoreFacts } from './api/store-facts.js';
import { logAggregatorConfig } from './config.js';
import { logging } from './domain/domain.js';
import { loggingPublicEvents } from './domain/public-events.js';
import { LogEvents } from './events/log-events.js';
import { Insights } from './insights/insights.js';
import { IntakeMetrics } from './intake/intake-metrics.js';
import { LogIntake } from './intake/log-intake.js';
import { OpenStreams } from './intake/open-streams.js';
import { LineFeed } from './live/line-feed.js';
import { LiveTail } from './live/live-tail.js';
import { LogAggregatorModule } from './log-aggregator.module.js';
import { FilterMetrics } from './metrics/filter-metrics.js';
import { storePlace } from './open-store.js';
import { Retention } from './retention.js';
import { LogSearch } from './search/log-search.js';
import { SubscriptionMetrics } from './subscriptions/subscription-metrics.js';
import { Subscriptions } from './subscriptions/subscriptions.js';

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
  const feed = new LineFeed(clock, random.hex(8));
  const store = feed.of(await place.open());
  const { state } = fold;
  const streams = new OpenStreams(state, owner.send, clock, random);
  const intake = new LogIntake({ bus, store, streams, clock, logger, metrics: new IntakeMetrics(register) });
  const retention = new Retention({ state, store, send: owner.send, clock, random, logger });
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
  const insights = new Insights({ state, store, clock, random, logger });
  return {
    module: LogAggregatorModule.register(
      api,
      new StoreFacts(state, store),
      new LogEvents({ state, store, clock }),
      new LogSearch({ state, ecs: tasks.fold.state, store, feed, clock }),
      insights,
      new LiveTail({ state, feed, clock, random }),
    ),
    ...parts,
    folded: foldedBy(fold, tasks.fold),
    status: () => {
      const own = parts.status();
      return own.ready ? { ...own, ...(tasks.position().ready ? {} : { ready: false, reason: tasks.position().reason }) } : own;
    },
    start: () => {
      void parts.start?.();
      void fold.caughtUpWithStart.then(() => {
        metrics.follow(feed);
        subscriptions.follow(feed);
        intake.start();
        retention.start();
      });
    },
    stop: async () => {
      feed.close();
      insights.close();
      following.stop();
      retention.stop();
      await intake.stop();
      metrics.stop();
      subscriptions.stop();
      await parts.stop?.();
      await store.close();
      place.release();
    },
  };
});
