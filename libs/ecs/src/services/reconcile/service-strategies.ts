import type { PlacementStrategy } from '../../model/task-definition.js';
import type { Service } from '../../model/services.js';

/** ECS's default for services: over the zones, then over the instances. */
const DEFAULT_STRATEGY: readonly PlacementStrategy[] = [
  { type: 'spread', field: 'attribute:ecs.availability-zone' },
  { type: 'spread', field: 'instanceId' },
];

/**
 * How a service's tasks are placed and given up. A service that names no strategy is described without one, as ECS does (Terraform
 * would see a difference otherwise), and is spread nevertheless.
 */
export const strategiesOf = ({ placementStrategy }: Pick<Service, 'placementStrategy'>): readonly PlacementStrategy[] =>
  placementStrategy.length > 0 ? placementStrategy : DEFAULT_STRATEGY;
