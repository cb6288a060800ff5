export * from './clock.js';
export * from './random.js';
export * from './logger.js';
export * from './base-config.js';
export * from './health.js';
export * from './seal.js';
export * from './master-key.js';
export * from './periodic.js';
