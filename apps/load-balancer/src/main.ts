import { openOwner } from '#lib/app';
import { startApp } from '#lib/app/nest';
import { LoadBalancerPlacement } from './api/load-balancer-placement.js';
import { loadBalancerConfig } from './config.js';
import { loadBalancing } from './domain/domain.js';
import { loadBalancingPublicEvents } from './domain/public-events.js';
import { LoadBalancerModule } from './load-balancer.module.js';

await startApp('load-balancer', 'load-balancer', async (runtime) => {
  const { placement, acceptLossSince } = loadBalancerConfig(runtime.environment);
  const { api, parts } = await openOwner(runtime, {
    domain: loadBalancing,
    events: loadBalancingPublicEvents,
    pastWorker: new URL('./past-worker.js', import.meta.url),
    acceptLossSince,
  });
  return { module: LoadBalancerModule.register(api, new LoadBalancerPlacement(placement)), ...parts };
});
