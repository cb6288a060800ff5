import { grows } from '#lib/ecs/lookup';
import {
  autoScalingGroupKey,
  autoScalingGroupOf,
  type CapacityProvider,
  type ContainerInstance,
  type EcsState,
  type HostSize,
  type Resources,
} from '#lib/ecs/model';
import { instancesNeeded, type LackingTasks, noResources } from '#lib/ecs/placement';
import { lackingReplicas } from '#lib/ecs/services/reconcile';
import { lackingWaiting } from '#lib/ecs/tasks';
import { lastSegment, type Scope, scopeKey } from '#lib/kernel';
import { groupKey } from '../domain/groups/names.js';
import type { AutoScalingGroup } from '../domain/groups/model.js';
import type { RegisteredHost } from './domain/plan-group.js';
import type { ProviderUse } from './domain/reservation.js';
import { CLUSTER_TAG, tagOf } from './domain/tags-of-group.js';

/** A host of a group, with its container instance. */
export type HostOfGroup = RegisteredHost & { readonly instance: ContainerInstance };

export type HostsByGroup = ReadonlyMap<string, ReadonlyMap<string, HostOfGroup>>;

/** Which hosts say that they are of which group, by groupKey() and instance id; those that have left their cluster do not. */
export function hostsByGroup(ecs: EcsState): HostsByGroup {
  const groups = new Map<string, Map<string, HostOfGroup>>();
  for (const instance of ecs.containerInstances.values()) {
    const group = instance.status === 'INACTIVE' ? undefined : autoScalingGroupOf(instance);
    if (group === undefined) continue;
    const { accountId, region, instanceId } = instance;
    const key = groupKey({ accountId, region, name: group });
    const hosts = groups.get(key) ?? new Map<string, HostOfGroup>();
    groups.set(key, hosts);
    hosts.set(instanceId, { instanceId, instance, ...tasksOn(ecs, instance) });
  }
  return groups;
}

/** What the last host of each group had that has no host now, by groupKey(), as long as ECS remembers it. */
export function sizesOfGone(ecs: EcsState, hosts: HostsByGroup): ReadonlyMap<string, Resources> {
  const last = new Map<string, ContainerInstance>();
  for (const instance of ecs.containerInstances.values()) {
    const group = instance.status === 'INACTIVE' ? autoScalingGroupOf(instance) : undefined;
    if (group === undefined) continue;
    const { accountId, region } = instance;
    const key = groupKey({ accountId, region, name: group });
    const before = last.get(key);
    if (!hosts.has(key) && (!before || before.registeredAt < instance.registeredAt)) last.set(key, instance);
  }
  return new Map([...last].map(([key, { registered }]) => [key, registered]));
}

function tasksOn(ecs: EcsState, { containerInstanceArn }: ContainerInstance): Pick<RegisteredHost, 'tasks' | 'ownTasks'> {
  let [tasks, ownTasks] = [0, 0];
  for (const { replica } of ecs.tasks.by('instance', containerInstanceArn)) {
    tasks++;
    const service = replica && ecs.services.get(replica.serviceArn);
    if (service?.schedulingStrategy !== 'DAEMON') ownTasks++;
  }
  return { tasks, ownTasks };
}

/** The capacity provider of a group; it has one at most. */
export function providerOfGroup(ecs: EcsState, group: AutoScalingGroup): CapacityProvider | undefined {
  const [provider] = ecs.capacityProviders.by('group', autoScalingGroupKey(group, group.name));
  return provider;
}

/** Names of the clusters that have the provider, in their order. */
export const clustersOf = (ecs: EcsState, { name, ...scope }: CapacityProvider): readonly string[] =>
  [...ecs.clusters.by('scope', scopeKey(scope))]
    .filter(({ status, capacityProviders }) => status === 'ACTIVE' && capacityProviders.includes(name))
    .map(({ clusterName }) => clusterName)
    .sort();

const providerKey = (scope: Scope, name: string): string => `${scopeKey(scope)}:${name}`;

/** What lacks instances, by providerKey(): tasks of RunTask that wait, and replicas that services would start. */
export function lackingByProvider(
  ecs: EcsState,
  nowMs: number,
  random: () => number,
): ReadonlyMap<string, readonly LackingTasks[]> {
  const lacking = new Map<string, LackingTasks[]>();
  const add = (scope: Scope, tasks: LackingTasks) => {
    const key = providerKey(scope, tasks.provider);
    const known = lacking.get(key);
    if (known) known.push(tasks);
    else lacking.set(key, [tasks]);
  };
  for (const tasks of lackingWaiting(ecs, random)) add(tasks.scope, tasks);
  for (const cluster of ecs.clusters.values()) {
    if (!cluster.capacityProviders.some((name) => grows(ecs, cluster, name))) continue;
    for (const service of ecs.services.by('cluster', cluster.clusterArn))
      for (const tasks of lackingReplicas(ecs, service, nowMs, random)) add(cluster, tasks);
  }
  return lacking;
}

/** How many of the group's hosts serve, and are not on their way out. */
export function servingIn(group: AutoScalingGroup, hosts: ReadonlyMap<string, HostOfGroup>): number {
  return hostsThere(group, hosts).length;
}

function hostsThere(group: AutoScalingGroup, hosts: ReadonlyMap<string, HostOfGroup>): readonly HostOfGroup[] {
  const leaving = new Set(group.instances.filter(({ state }) => state === 'terminating').map(({ id }) => id));
  return [...hosts.values()].filter(({ instanceId, instance }) => !leaving.has(instanceId) && instance.status !== 'DRAINING');
}

/** Of a group and the provider that is made of it. */
export function useOf(
  group: AutoScalingGroup,
  provider: CapacityProvider,
  hosts: ReadonlyMap<string, HostOfGroup>,
  lackingOf: ReadonlyMap<string, readonly LackingTasks[]>,
  size: Resources | undefined,
): ProviderUse {
  const there = hostsThere(group, hosts);
  const coming = group.instances.filter(({ id, state }) => state !== 'terminating' && !hosts.has(id)).length;
  const lacking = lackingOf.get(providerKey(provider, provider.name)) ?? [];
  const instances = there.length + coming;
  return {
    instances,
    empty: there.filter(({ ownTasks }) => ownTasks === 0).length,
    coming,
    lacking: neededFor(lacking, registeredOf(hosts, size), group.settings.MaxSize),
    isWaitedFor: lacking.length > 0,
  };
}

/** Where nobody knows what size they have the first one is started, and then it is known. */
const neededFor = (lacking: readonly LackingTasks[], registered: Resources | undefined, most: number): number =>
  registered ? instancesNeeded(lacking, registered, most) : Math.min(lacking.length, 1);

/** What another instance would offer: as much as the smallest that is there. */
function registeredOf(hosts: ReadonlyMap<string, HostOfGroup>, size: Resources | undefined): Resources | undefined {
  const known = [...hosts.values()].map(({ instance }) => instance.registered);
  return known.length > 0 ? known.reduce((least, one) => (one.memoryMiB < least.memoryMiB ? one : least)) : size;
}

/** What an agent registers that is a process of that size. */
export const resourcesOf = ({ cpuUnits, memoryMiB }: HostSize): Resources => ({ ...noResources, cpu: cpuUnits, memoryMiB });

/** Of a group whose size it decides. */
export function managedProvider(ecs: EcsState, group: AutoScalingGroup): CapacityProvider | undefined {
  const provider = providerOfGroup(ecs, group);
  return provider?.autoScalingGroupProvider.managedScaling.status === 'ENABLED' ? provider : undefined;
}

/** Undefined: nobody has said it yet. */
export function clusterOf(ecs: EcsState, group: AutoScalingGroup): string | undefined {
  const provider = providerOfGroup(ecs, group);
  const named = tagOf(group, CLUSTER_TAG);
  return (named && lastSegment(named)) ?? (provider && clustersOf(ecs, provider)[0]);
}
