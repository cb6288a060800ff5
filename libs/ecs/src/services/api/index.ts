export * from './defaults.js';
export type { TargetGroupFacts } from './load-balancers.js';
export { isForbidden } from './deployment-strategy.js';
export type { ListenerRuleFacts } from './sides.js';
