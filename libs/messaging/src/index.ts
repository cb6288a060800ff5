export * from './subjects.js';
export * from './bus.js';
export * from './protocol.js';
export * from './agent-protocol.js';
