export * from './defaults.js';
export type { TargetGroupFacts } from './load-balancers.js';
