export * from './batch.js';
export * from './partition.js';
