export * from './tables/table.js';
export * from './tables/store.js';
export * from './model/ids.js';
export * from './model/entities.js';
export * from './model/state.js';
export * from './model/events.js';
export * from './rules/index.js';
