import { register } from 'prom-client';
import { openOwner } from '#lib/app';
import { startApp } from '#lib/app/nest';
import { StoreFacts } from './api/store-facts.js';
import { logAggregatorConfig } from './config.js';
import { logging } from './domain/domain.js';
import { loggingPublicEvents } from './domain/public-events.js';
import { LogEvents } from './events/log-events.js';
import { IntakeMetrics } from './intake/intake-metrics.js';
import { LogIntake } from './intake/log-intake.js';
import { OpenStreams } from './intake/open-streams.js';
import { LogAggregatorModule } from './log-aggregator.module.js';
import { Retention } from './retention.js';
import { SqliteLogStore } from './store/sqlite/sqlite-log-store.js';

await startApp('log-aggregator', 'log-aggregator', async (runtime) => {
  const { bus, clock, random, logger, fail } = runtime;
  const { directory, acceptLossSince } = logAggregatorConfig(runtime.environment);
  const pastWorker = new URL('./past-worker.js', import.meta.url);
  const { api, fold, owner, parts } = await openOwner(runtime, {
    domain: logging,
    events: loggingPublicEvents,
    pastWorker,
    acceptLossSince,
  });
  const store = new SqliteLogStore({
    directory,
    script: new URL('./store/sqlite/store-thread.js', import.meta.url),
    nowMs: () => clock.now(),
    onDamaged: ({ file, reason }) => logger.error({ file, reason }, `lines in ${file} cannot be read: ${reason}`),
    onTrouble: (message) => logger.error({}, `lines could not be sealed: ${message}`),
    onFatal: fail,
  });
  const { state } = fold;
  const streams = new OpenStreams(state, owner.send, clock, random);
  const intake = new LogIntake({ bus, store, streams, clock, logger, metrics: new IntakeMetrics(register) });
  const retention = new Retention({ state, store, send: owner.send, clock, random, logger });
  return {
    module: LogAggregatorModule.register(api, new LogEvents({ state, store, clock }), new StoreFacts(state, store)),
    ...parts,
    start: () => {
      void parts.start?.();
      void fold.caughtUpWithStart.then(() => {
        intake.start();
        retention.start();
      });
    },
    stop: async () => {
      retention.stop();
      await intake.stop();
      await parts.stop?.();
      await store.close();
    },
  };
});
