export * from './defaults.js';
export type { ListenerRuleFacts, TargetGroupFacts } from './facts.js';
export type { RegistryFacts } from './service-registries.js';
