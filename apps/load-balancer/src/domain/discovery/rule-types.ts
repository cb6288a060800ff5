import type { EcsState } from '#lib/ecs/model';
import type * as kernel from '#lib/kernel';
import type { LoadBalancingEvent } from '../events.js';
import type { ZoneTables } from '../zones/tables.js';
import type { DiscoveryTables } from './tables.js';

/** Names of DNS are Route 53's as well. */
export type DiscoveryRuleState = DiscoveryTables & Pick<ZoneTables, 'hostedZones'>;

export type CommandRule<I = never> = kernel.CommandRule<DiscoveryRuleState, LoadBalancingEvent, I>;
export type CommandRules = kernel.CommandRules<DiscoveryRuleState, LoadBalancingEvent>;
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
