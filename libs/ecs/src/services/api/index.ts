export * from './defaults.js';
export type { ListenerRuleFacts, TargetGroupFacts } from './facts.js';
