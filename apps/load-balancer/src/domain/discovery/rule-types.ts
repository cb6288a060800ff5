import type { EcsState } from '#lib/ecs/model';
import type * as kernel from '#lib/kernel';
import type { LoadBalancingEvent } from '../events.js';
import type { DiscoveryTables } from './tables.js';

export type CommandRule<I = never> = kernel.CommandRule<DiscoveryTables, LoadBalancingEvent, I>;
export type CommandRules = kernel.CommandRules<DiscoveryTables, LoadBalancingEvent>;
export type QueryRule<I = never> = kernel.QueryRule<DiscoveryTables, I>;
export type QueryRules = kernel.QueryRules<DiscoveryTables>;

/** What reads about instances are answered from: those that were registered, and the tasks of ECS's services. */
export interface DiscoveryView extends DiscoveryTables {
  readonly ecs: EcsState;
  /** The revision of `ecs` at which a task or a service of the registry changed last. */
  readonly tasksChangedRevision: (registryArn: string) => number;
}
export type InstanceQueryRule<I = never> = kernel.QueryRule<DiscoveryView, I>;
export type InstanceQueryRules = kernel.QueryRules<DiscoveryView>;
