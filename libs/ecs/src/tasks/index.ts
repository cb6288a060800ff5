export * from './declare-lost.js';
export * from './describe.js';
export * from './housekeeping.js';
export * from './queries.js';
export * from './record-progress.js';
export * from './record-targets.js';
export * from './run-task-input.js';
export * from './transitions.js';
