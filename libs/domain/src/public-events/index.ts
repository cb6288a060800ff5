export * from './public-event.js';
export * from './event-position.js';
export * from './event-filter.js';
export * from './occurrence.js';
export * from './render-event.js';
