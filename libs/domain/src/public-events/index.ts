export * from './public-event.js';
export * from './event-position.js';
export * from './event-filter.js';
