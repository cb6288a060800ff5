export * from './defaults.js';
export type { TargetGroupFacts } from './load-balancers.js';
export type { RegistryFacts } from './service-registries.js';
