export * from './capabilities.js';
export * from './capacity.js';
export * from './plan.js';
export * from './proposal.js';
