import { lastSegment, parseArn } from '#lib/kernel';
import { type CapacityProviderStrategyItem, FARGATE_PROVIDERS, isFargateProvider } from '../model/capacity-providers.js';
import type { Cluster } from '../model/cluster.js';
import { refusals } from '../model/refusals.js';

/** As the model gives it. */
export interface CapacityProviderStrategyInput {
  readonly capacityProvider?: string;
  readonly weight?: number;
  readonly base?: number;
}

/** "A capacity provider strategy can contain a maximum of 20 capacity providers" [sdk CreateService.capacityProviderStrategy]. */
const MOST_PROVIDERS = 20;

/** ECS's rules of a strategy, and that there is such capacity. It is kept as it was written: Terraform compares what it reads with what it sent. */
export function checkStrategy(given: readonly CapacityProviderStrategyInput[]): readonly CapacityProviderStrategyItem[] {
  if (given.length > MOST_PROVIDERS) {
    throw refusals.invalidParameter(`A capacity provider strategy can contain at most ${MOST_PROVIDERS} capacity providers.`);
  }
  const strategy = given.map(({ capacityProvider = '', weight = 0, base = 0 }) => ({ capacityProvider, weight, base }));
  for (const { capacityProvider } of strategy) checkProvider(capacityProvider);
  if (strategy.filter(({ base }) => base > 0).length > 1) {
    throw refusals.invalidParameter('Only one capacity provider in a capacity provider strategy can have a base defined.');
  }
  const names = strategy.map(({ capacityProvider }) => capacityProvider);
  if (new Set(names).size < names.length) {
    throw refusals.invalidParameter('A capacity provider strategy cannot contain a capacity provider more than once.');
  }
  // A single one needs no weight, and most who write one give it none.
  if (strategy.length > 1 && strategy.every(({ weight }) => weight === 0)) {
    throw refusals.invalidParameter('At least one capacity provider in a capacity provider strategy must have a weight above 0.');
  }
  return strategy;
}

export function checkProvider(name: string): void {
  if (isFargateProvider(name)) return;
  throw refusals.invalidParameter(
    `The specified capacity provider '${name}' was not found. Specify a valid name or ARN and try again. Here are ${FARGATE_PROVIDERS.join(' and ')}.`,
  );
}

/** What CreateCluster and PutClusterCapacityProviders say alike. */
export interface ClusterCapacityInput {
  readonly capacityProviders?: readonly string[];
  readonly defaultCapacityProviderStrategy?: readonly CapacityProviderStrategyInput[];
}

type ClusterCapacity = Pick<Cluster, 'capacityProviders' | 'defaultCapacityProviderStrategy'>;

/** Those of a strategy are associated with the cluster. */
export function clusterCapacityOf({
  capacityProviders: named = [],
  defaultCapacityProviderStrategy: given = [],
}: ClusterCapacityInput): ClusterCapacity {
  const capacityProviders = [...new Set(named.map(nameOf))];
  for (const name of capacityProviders) checkProvider(name);
  const strategy = given.length > 0 ? checkStrategy(given) : [];
  if (strategy.some(({ capacityProvider }) => !capacityProviders.includes(capacityProvider))) {
    throw refusals.invalidParameter(
      'The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. ' +
        'Associate the capacity provider with the cluster and try again.',
    );
  }
  return { capacityProviders, defaultCapacityProviderStrategy: strategy };
}

/** Where names stand, there may be ARNs. */
export const nameOf = (nameOrArn: string): string => (parseArn(nameOrArn) ? lastSegment(nameOrArn) : nameOrArn);
