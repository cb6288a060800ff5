import { register } from 'prom-client';
import { openDomainFold, openOwner } from '#lib/app';
import { startApp } from '#lib/app/nest';
import { ecs } from '#lib/ecs';
import { followJournal } from '#lib/journal';
import { foldedBy } from '#lib/messaging';
import { freeSpace, postJson } from '#lib/platform';
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
import { Retention } from './retention.js';
import { LogSearch } from './search/log-search.js';
import { DirectoryHold } from './store/directory-hold.js';
import { aboveDiskFloor } from './store/disk-floor.js';
import { SqliteLogStore } from './store/sqlite/sqlite-log-store.js';
import { SubscriptionMetrics } from './subscriptions/subscription-metrics.js';
import { Subscriptions } from './subscriptions/subscriptions.js';

/** Of a user's server that is given lines. */
const POST_LIMITS = { timeoutMs: 30_000, mostBytes: 256 * 1_024 };

await startApp('log-aggregator', 'log-aggregator', async (runtime) => {
  const { bus, clock, random, logger, fail } = runtime;
  const { directory, acceptLossSince } = logAggregatorConfig(runtime.environment);
  // Two on the same files would each know half of what is in them. The second one knows nothing of it and answers nobody until the first has ended.
  const hold = await DirectoryHold.take(directory, clock, () => {
    runtime.waitsFor(`another log aggregator to end: it has the lines in ${directory}`);
    logger.warn({ directory }, 'another log aggregator has the lines; this one takes over when that one ends');
  });
  const pastWorker = new URL('./past-worker.js', import.meta.url);
  const { api, fold, owner, parts } = await openOwner(runtime, {
    domain: logging,
    events: loggingPublicEvents,
    pastWorker,
    acceptLossSince,
  });
  // Whose task a stream is of.
  const tasks = await openDomainFold(runtime, ecs, 'reader');
  const following = followJournal(tasks.fold, tasks.journal, fail);
  const feed = new LineFeed(clock, random.hex(8));
  const files = new SqliteLogStore({
    directory,
    script: new URL('./store/sqlite/store-thread.js', import.meta.url),
    nowMs: () => clock.now(),
    onDamaged: ({ file, reason }) => logger.error({ file, reason }, `lines in ${file} cannot be read: ${reason}`),
    onTrouble: (message) => logger.error({}, `lines could not be sealed: ${message}`),
    onFatal: fail,
  });
  const store = feed.of(aboveDiskFloor(files, { clock, freeBytes: () => freeSpace(directory).freeBytes }));
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
      hold.release();
    },
  };
});
