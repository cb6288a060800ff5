import { lastSegment, parseArn, type Scope } from '#lib/kernel';
import { type CapacityProvider, groupNameOf, isFargateProvider } from '../model/capacity-providers.js';
import type { Cluster } from '../model/cluster.js';
import type { ContainerInstance } from '../model/container-instance.js';
import { capacityProviderArn, type CapacityProviderArn, isOwnArn } from '../model/ids.js';
import { autoScalingGroupOf } from '../model/instance-group.js';
import { autoScalingGroupKey, type EcsState } from '../model/state.js';
import type { Found } from './lookup.js';

/** Where names stand, there may be ARNs. */
export const providerNameOf = (nameOrArn: string): string => (parseArn(nameOrArn) ? lastSegment(nameOrArn) : nameOrArn);

/** Of any status. Those of Fargate are not among them. */
export function findCapacityProvider(
  state: Pick<EcsState, 'capacityProviders'>,
  scope: Scope,
  nameOrArn: string,
): Found<CapacityProviderArn, CapacityProvider> {
  const parsed = parseArn(nameOrArn);
  if (!parsed) {
    const arn = capacityProviderArn(scope, nameOrArn);
    return { arn, found: state.capacityProviders.get(arn) };
  }
  const isOwn = parsed.resourceType === 'capacity-provider' && isOwnArn(parsed, scope);
  return { arn: nameOrArn as CapacityProviderArn, found: isOwn ? state.capacityProviders.get(nameOrArn) : undefined };
}

export function activeCapacityProvider(
  state: Pick<EcsState, 'capacityProviders'>,
  scope: Scope,
  name: string,
): CapacityProvider | undefined {
  const { found } = findCapacityProvider(state, scope, name);
  return found?.status === 'ACTIVE' ? found : undefined;
}

/** The hosts that a capacity provider's tasks run on: those that say that they are of its Auto Scaling group. */
export interface ProviderInstances {
  /** The capacity provider's. */
  readonly name: string;
  /** The Auto Scaling group's; absent: there is no such provider any more, and no host is of it. */
  readonly group?: string;
}

/** What has no room on its instances waits for them, because their group grows. */
export const grows = (state: Pick<EcsState, 'capacityProviders'>, scope: Scope, name: string | undefined): boolean =>
  name !== undefined && activeCapacityProvider(state, scope, name)?.autoScalingGroupProvider.managedScaling.status === 'ENABLED';

/** Undefined: any host will do, as on Fargate, or where no provider is named. */
export function providerInstances(
  state: Pick<EcsState, 'capacityProviders'>,
  scope: Scope,
  name: string | undefined,
): ProviderInstances | undefined {
  if (name === undefined || isFargateProvider(name)) return undefined;
  const provider = activeCapacityProvider(state, scope, name);
  return { name, ...(provider ? { group: groupNameOf(provider.autoScalingGroupProvider.autoScalingGroupArn) } : {}) };
}

export const isOfProvider = (instance: Pick<ContainerInstance, 'attributes'>, { group }: ProviderInstances): boolean =>
  group !== undefined && autoScalingGroupOf(instance) === group;

/** The provider that an instance belongs to, if its cluster has it. */
export function providerOfInstance(
  state: Pick<EcsState, 'capacityProviders' | 'clusters'>,
  instance: ContainerInstance,
): CapacityProvider | undefined {
  const group = autoScalingGroupOf(instance);
  if (group === undefined) return undefined;
  const { capacityProviders = [] }: Partial<Cluster> = state.clusters.get(instance.clusterArn) ?? {};
  for (const provider of state.capacityProviders.by('group', autoScalingGroupKey(instance, group)))
    if (capacityProviders.includes(provider.name)) return provider;
  return undefined;
}
