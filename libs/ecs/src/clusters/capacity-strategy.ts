import type { Scope } from '#lib/kernel';
import { activeCapacityProvider, providerNameOf } from '../lookup/capacity-providers.js';
import { type CapacityProviderStrategyItem, FARGATE_PROVIDERS, isFargateProvider } from '../model/capacity-providers.js';
import type { Cluster } from '../model/cluster.js';
import { refusals } from '../model/refusals.js';
import type { EcsState } from '../model/state.js';

/** As the model gives it. */
export interface CapacityProviderStrategyInput {
  readonly capacityProvider?: string;
  readonly weight?: number;
  readonly base?: number;
}

/** What a cluster offers to the tasks in it. */
export interface OfferedCapacity extends Pick<Cluster, 'defaultCapacityProviderStrategy'> {
  /** Refuses a provider that there is not, or that is none of the cluster's. */
  readonly check: (name: string) => void;
}

/** Those of Fargate are there in every cluster, associated or not. */
export const offeredBy = (
  state: Pick<EcsState, 'capacityProviders'>,
  cluster: Scope & Pick<Cluster, 'capacityProviders' | 'defaultCapacityProviderStrategy'>,
): OfferedCapacity => ({
  defaultCapacityProviderStrategy: cluster.defaultCapacityProviderStrategy,
  check: (name) => {
    checkProvider(state, cluster, name);
    if (!isFargateProvider(name) && !cluster.capacityProviders.includes(name)) throw notAssociated();
  },
});

const notAssociated = () =>
  refusals.invalidParameter(
    'The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. ' +
      'Associate the capacity provider with the cluster and try again.',
  );

/** "A capacity provider strategy can contain a maximum of 20 capacity providers" [sdk CreateService.capacityProviderStrategy]. */
const MOST_PROVIDERS = 20;

/** ECS's rules of a strategy, and that there is such capacity. It is kept as it was written: Terraform compares what it reads with what it sent. */
export function checkStrategy(
  given: readonly CapacityProviderStrategyInput[],
  check: OfferedCapacity['check'],
): readonly CapacityProviderStrategyItem[] {
  if (given.length > MOST_PROVIDERS) {
    throw refusals.invalidParameter(`A capacity provider strategy can contain at most ${MOST_PROVIDERS} capacity providers.`);
  }
  const strategy = given.map(({ capacityProvider = '', weight = 0, base = 0 }) => ({ capacityProvider, weight, base }));
  const names = strategy.map(({ capacityProvider }) => capacityProvider);
  for (const name of names) check(name);
  if (names.some(isFargateProvider) && !names.every(isFargateProvider)) {
    throw refusals.invalidParameter(
      'A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and Fargate providers. ' +
        'Specify one or the other and try again.',
    );
  }
  if (strategy.filter(({ base }) => base > 0).length > 1) {
    throw refusals.invalidParameter('Only one capacity provider in a capacity provider strategy can have a base defined.');
  }
  if (new Set(names).size < names.length) {
    throw refusals.invalidParameter('A capacity provider strategy cannot contain a capacity provider more than once.');
  }
  // A single one needs no weight, and most who write one give it none.
  if (strategy.length > 1 && strategy.every(({ weight }) => weight === 0)) {
    throw refusals.invalidParameter('At least one capacity provider in a capacity provider strategy must have a weight above 0.');
  }
  return strategy;
}

function checkProvider(state: Pick<EcsState, 'capacityProviders'>, scope: Scope, name: string): void {
  if (isFargateProvider(name) || activeCapacityProvider(state, scope, name)?.name === name) return;
  throw refusals.invalidParameter(
    `The specified capacity provider '${name}' was not found. Specify a valid name or ARN and try again. ` +
      `${FARGATE_PROVIDERS.join(' and ')} are always there; CreateCapacityProvider makes others.`,
  );
}

/** What CreateCluster and PutClusterCapacityProviders say alike. */
export interface ClusterCapacityInput {
  readonly capacityProviders?: readonly string[];
  readonly defaultCapacityProviderStrategy?: readonly CapacityProviderStrategyInput[];
}

type ClusterCapacity = Pick<Cluster, 'capacityProviders' | 'defaultCapacityProviderStrategy'>;

/** Those of a strategy are associated with the cluster. */
export function clusterCapacityOf(
  state: Pick<EcsState, 'capacityProviders'>,
  scope: Scope,
  { capacityProviders: named = [], defaultCapacityProviderStrategy: given = [] }: ClusterCapacityInput,
): ClusterCapacity {
  const capacityProviders = [...new Set(named.map(providerNameOf))];
  for (const name of capacityProviders) checkProvider(state, scope, name);
  if (capacityProviders.length > MOST_PROVIDERS) {
    throw refusals.invalidParameter(`A cluster can have at most ${MOST_PROVIDERS} capacity providers.`);
  }
  const check = (name: string) => {
    checkProvider(state, scope, name);
    if (!capacityProviders.includes(name)) throw notAssociated();
  };
  return { capacityProviders, defaultCapacityProviderStrategy: given.length > 0 ? checkStrategy(given, check) : [] };
}
