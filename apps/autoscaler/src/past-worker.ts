import { servePast } from '#lib/app';
import { scaling } from './domain/domain.js';
import { scalingPublicEvents } from './domain/public-events.js';

await servePast({ app: 'autoscaler', domain: scaling, events: scalingPublicEvents, operations: () => ({}) });
