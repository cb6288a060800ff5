export * from './decorators.js';
export * from './api-transport.js';
export * from './start-app.js';
