import { openOwner } from '#lib/app';
import { startApp } from '#lib/app/nest';
import { logAggregatorConfig } from './config.js';
import { logging } from './domain/domain.js';
import { loggingPublicEvents } from './domain/public-events.js';
import { LogAggregatorModule } from './log-aggregator.module.js';

await startApp('log-aggregator', 'log-aggregator', async (runtime) => {
  const { acceptLossSince } = logAggregatorConfig(runtime.environment);
  const pastWorker = new URL('./past-worker.js', import.meta.url);
  const { api, parts } = await openOwner(runtime, { domain: logging, events: loggingPublicEvents, pastWorker, acceptLossSince });
  return { module: LogAggregatorModule.register(api), ...parts };
});
