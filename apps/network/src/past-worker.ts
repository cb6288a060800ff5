import { servePast } from '#lib/app';
import { network } from './domain/domain.js';
import { networkPublicEvents } from './domain/public-events.js';

await servePast({ app: 'network', domain: network, events: networkPublicEvents, operations: () => ({}) });
