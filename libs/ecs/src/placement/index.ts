export * from './capabilities.js';
export * from './capacity.js';
export * from './host-access.js';
export * from './host-reach.js';
export * from './lacking-instances.js';
export * from './plan.js';
export * from './proposal.js';
