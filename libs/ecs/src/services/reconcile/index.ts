export * from './advance-service.js';
export * from './daemon-instances.js';
export * from './plan-step.js';
export * from './service-counts.js';
