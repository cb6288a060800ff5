import { servePast } from '#lib/app';
import { registry } from './domain/domain.js';
import { registryPublicEvents } from './domain/public-events.js';

await servePast({ app: 'registry', domain: registry, events: registryPublicEvents, operations: () => ({}) });
