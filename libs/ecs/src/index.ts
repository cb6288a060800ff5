export * from './accounts-domain.js';
export * from './domain.js';
