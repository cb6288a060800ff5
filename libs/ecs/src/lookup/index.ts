export * from './lookup.js';
export * from './services.js';
