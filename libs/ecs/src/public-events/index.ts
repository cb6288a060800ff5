export * from './ecs-events.js';
export * from './occurrence.js';
export * from './public-event.js';
export * from './render-event.js';
