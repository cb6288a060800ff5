import { openOwner } from '#lib/app';
import { startApp } from '#lib/app/nest';
import { networkConfig } from './config.js';
import { network } from './domain/domain.js';
import { networkPublicEvents } from './domain/public-events.js';
import { NetworkModule } from './network.module.js';

await startApp('network', 'network', async (runtime) => {
  const { api, parts } = await openOwner(runtime, {
    domain: network,
    events: networkPublicEvents,
    pastWorker: new URL('./past-worker.js', import.meta.url),
    ...networkConfig(runtime.environment),
  });
  return { module: NetworkModule.register(api), ...parts };
});
