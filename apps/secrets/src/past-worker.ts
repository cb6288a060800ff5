import { servePast } from '#lib/app';
import { secrets } from './domain/domain.js';
import { secretsPublicEvents } from './domain/public-events.js';

await servePast({ app: 'secrets', domain: secrets, events: secretsPublicEvents, operations: () => ({}) });
