export * from './lookup.js';
export * from './services.js';
export * from './task-of-agent.js';
