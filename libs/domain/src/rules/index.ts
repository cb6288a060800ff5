export * from './handler.js';
export * from './refusals.js';
