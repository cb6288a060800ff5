import { servePast } from '#lib/app';
import { loadBalancing } from './domain/domain.js';
import { loadBalancingPublicEvents } from './domain/public-events.js';

await servePast({ app: 'load-balancer', domain: loadBalancing, events: loadBalancingPublicEvents, operations: () => ({}) });
