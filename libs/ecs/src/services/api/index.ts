export * from './defaults.js';
export type { ListenerRuleFacts, TargetGroupFacts } from './facts.js';
export type { NamespaceFacts, ServiceConnectInput } from './service-connect.js';
export type { RegistryFacts } from './service-registries.js';
