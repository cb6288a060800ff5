export * from './advance-service.js';
export { MOST_PER_STEP } from './converge.js';
export * from './daemon-instances.js';
export * from './lacking-replicas.js';
export * from './plan-step.js';
export * from './service-counts.js';
export { countTasks } from './task-counts.js';
