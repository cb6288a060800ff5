export * from './deployment-alarms.js';
export * from './hook-call.js';
export * from './hooks.js';
export * from './record-hook-answer.js';
export * from './record-traffic.js';
export * from './stages.js';
export * from './weights.js';
