export * from './capacity-providers.js';
export * from './lookup.js';
export * from './services.js';
export * from './task-of-agent.js';
