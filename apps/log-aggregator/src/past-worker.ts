import { servePast } from '#lib/app';
import { logging } from './domain/domain.js';
import { loggingPublicEvents } from './domain/public-events.js';

await servePast({ app: 'log-aggregator', domain: logging, events: loggingPublicEvents, operations: () => ({}) });
