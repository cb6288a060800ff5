import { type CapacityProviderStrategyInput, offeredBy } from '../clusters/capacity-strategy.js';
import type { Cluster } from '../model/cluster.js';
import type { PlacementConstraint, PlacementStrategy, TaskDefinition } from '../model/task-definition.js';
import type { Resources, Tag } from '../model/common.js';
import type { ContainerInstance } from '../model/container-instance.js';
import type { EphemeralStorage, LaunchType, TaskOverride } from '../model/task.js';
import { contentDigest, type Scope } from '#lib/kernel';
import { type EcsState, statusKey } from '../model/state.js';
import { resolveActiveTaskDefinition, resolveCluster } from '../lookup/lookup.js';
import { checkTags } from '../tags/tags.js';
import { refusals } from '../model/refusals.js';
import { taskNeeds } from '../placement/capacity.js';
import { type Capacity, capacityOf, launchTypeOf, noPlatformVersion, refusePlacementOn } from './launch-type.js';
import { checkNetworkConfiguration, type NetworkConfigurationInput } from './network-configuration.js';
import { checkOverrides, withOverrides } from './overrides.js';
import { grows, isOfProvider, providerInstances } from '../lookup/capacity-providers.js';
import { hostsElsewhere } from '../placement/hosts-elsewhere.js';
import { poolsFor } from '../placement/pools.js';
import type { TaskTemplate } from '../placement/proposal.js';
import { checkPlacementConstraints, checkPlacementStrategies } from '../placement/placement-parameters.js';

/** What RunTask and StartTask have in common, as the model gives it (the gateway has checked types, enums, lengths and required members). */
interface CommonInput {
  readonly cluster?: string;
  readonly taskDefinition: string;
  readonly group?: string;
  readonly startedBy?: string;
  readonly overrides?: TaskOverride;
  readonly networkConfiguration?: NetworkConfigurationInput;
  readonly propagateTags?: string;
  readonly enableECSManagedTags?: boolean;
  readonly enableExecuteCommand?: boolean;
  readonly tags?: readonly { readonly key?: string; readonly value?: string }[];
  readonly volumeConfigurations?: readonly { readonly name?: string }[];
}

export interface RunTaskInput extends CommonInput {
  readonly count?: number;
  readonly launchType?: string;
  readonly capacityProviderStrategy?: readonly CapacityProviderStrategyInput[];
  readonly platformVersion?: string;
  readonly placementConstraints?: readonly Partial<PlacementConstraint>[];
  readonly placementStrategy?: readonly Partial<PlacementStrategy>[];
  readonly clientToken?: string;
}

export interface StartTaskInput extends CommonInput {
  readonly containerInstances: readonly string[];
}

/** A request that can be planned: everything named is found, everything written is checked. */
export interface TaskRequest {
  readonly operation: 'RunTask' | 'StartTask';
  readonly cluster: Cluster;
  /** With what the overrides bring in: for placement, not for showing. */
  readonly definition: TaskDefinition;
  readonly need: Resources;
  readonly count: number;
  readonly template: TaskTemplate;
  /** The request's own; the task definition's come on top. */
  readonly placementConstraints: readonly PlacementConstraint[];
  readonly strategies: readonly PlacementStrategy[];
  /** sha-256 of the parameters without the token. */
  readonly digest: string;
  /** Undefined when the caller gave none. */
  readonly clientToken?: string;
}

const MAX_COUNT = 10;

/** Throws a `Refusal` in ECS's words. */
export function prepareRunTask(state: EcsState, scope: Scope, input: RunTaskInput): TaskRequest {
  const { clientToken, ...parameters } = input;
  const { count = 1 } = input;
  if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) {
    throw refusals.invalidParameter(`Invalid count: ${count}. The count of tasks must be between 1 and ${MAX_COUNT}.`);
  }
  const cluster = resolveCluster(state, scope, input.cluster);
  const definition = resolveActiveTaskDefinition(state, scope, input.taskDefinition);
  const capacity = capacityOf(offeredBy(state, cluster), definition, input);
  // Of a service LATEST may be said of any.
  if (input.platformVersion && capacity.launchType !== 'FARGATE') throw noPlatformVersion(capacity.launchType);
  const placementConstraints = checkPlacementConstraints(input.placementConstraints, definition.placementConstraints.length);
  const strategies = checkPlacementStrategies(input.placementStrategy);
  refusePlacementOn(capacity.launchType, placementConstraints, strategies);
  return {
    operation: 'RunTask',
    count,
    ...common(cluster, definition, capacity, input),
    placementConstraints,
    strategies,
    digest: contentDigest({ ...parameters, operation: 'RunTask' }),
    ...(clientToken === undefined ? {} : { clientToken }),
  };
}

/** Throws a `Refusal` in ECS's words. The instances are named by the caller; what is wrong with one is a failure, no refusal. */
export function prepareStartTask(state: EcsState, scope: Scope, input: StartTaskInput): TaskRequest {
  const { length } = input.containerInstances;
  if (length === 0) throw refusals.invalidParameter('Container Instances cannot be empty.');
  if (length > MAX_COUNT) {
    throw refusals.invalidParameter(`Too many container instances: a task can be started on ${MAX_COUNT} at once.`);
  }
  const cluster = resolveCluster(state, scope, input.cluster);
  const definition = resolveActiveTaskDefinition(state, scope, input.taskDefinition);
  return {
    operation: 'StartTask',
    count: length,
    ...common(cluster, definition, { launchType: launchTypeOf(definition, undefined) }, input),
    placementConstraints: [],
    strategies: [],
    digest: contentDigest({ ...input, operation: 'StartTask' }),
  };
}

function common(
  cluster: Cluster,
  definition: TaskDefinition,
  { launchType, capacityProviderStrategy }: Capacity,
  input: CommonInput,
) {
  const networkConfiguration = checkNetworkConfiguration(definition, input.networkConfiguration);
  checkVolumes(definition, input.volumeConfigurations ?? []);
  const overrides = checkOverrides(definition, input.overrides);
  const needed = withOverrides(definition, overrides);
  const need = taskNeeds(definition, overrides);
  const template: TaskTemplate = {
    group: groupOf(definition, input.group),
    launchType,
    ...(capacityProviderStrategy ? { capacityProviderStrategy } : {}),
    ...(networkConfiguration ? { networkConfiguration } : {}),
    ...storageOf(launchType, definition, overrides),
    overrides,
    enableExecuteCommand: input.enableExecuteCommand ?? false,
    tags: tagsOf(cluster, definition, input),
    cpu: String(need.cpu),
    memory: String(need.memoryMiB),
    ...(input.startedBy ? { startedBy: input.startedBy } : {}),
  };
  return { cluster, definition: needed, need, template };
}

/** "The default amount of ephemeral storage is 20 GiB" [dg fargate-task-storage]. */
const DEFAULT_STORAGE_GIB = 20;

/** Shown on tasks of Fargate. */
export function storageOf(
  launchType: LaunchType,
  definition: Pick<TaskDefinition, 'ephemeralStorage'>,
  overrides: TaskOverride = {},
): { readonly ephemeralStorage?: EphemeralStorage } {
  if (launchType !== 'FARGATE') return {};
  const given = (overrides['ephemeralStorage'] ?? definition.ephemeralStorage) as Partial<EphemeralStorage> | undefined;
  return { ephemeralStorage: { sizeInGiB: given?.sizeInGiB ?? DEFAULT_STORAGE_GIB } };
}

function groupOf(definition: TaskDefinition, group: string | undefined): string {
  if (!group) return `family:${definition.family}`;
  if (group.startsWith('service:')) {
    throw refusals.invalidParameter(`Invalid namespace for group: ${group}. Groups that begin with service: belong to services.`);
  }
  if (group.length > 255) throw refusals.invalidParameter('Invalid group: it must have at most 255 characters.');
  return group;
}

function checkVolumes(definition: TaskDefinition, configurations: readonly { readonly name?: string }[]): void {
  for (const { name } of configurations) {
    if (definition.volumes.some((volume) => volume.name === name && volume.configuredAtLaunch)) continue;
    throw refusals.invalidParameter(
      `The volume configuration ${name} does not name a volume with configuredAtLaunch in the task definition.`,
    );
  }
}

/** The request's tags win over the task definition's; the managed one cannot clash, because `aws:` is reserved. */
function tagsOf(cluster: Cluster, definition: TaskDefinition, input: CommonInput): readonly Tag[] {
  const { propagateTags, enableECSManagedTags } = input;
  if (propagateTags === 'SERVICE') {
    throw refusals.invalidParameter('The value SERVICE of propagateTags is for services. Use TASK_DEFINITION or NONE.');
  }
  const own = checkTags(input.tags);
  const inherited = propagateTags === 'TASK_DEFINITION' ? definition.tags : [];
  return [
    ...inherited.filter(({ key }) => !own.some((tag) => tag.key === key)),
    ...own,
    ...(enableECSManagedTags ? [{ key: 'aws:ecs:clusterName', value: cluster.clusterName }] : []),
  ];
}

/** ECS refuses RunTask outright, without an entry in `failures`, when no instance could ever be tried. */
export function refuseEmptyCluster(state: EcsState, { cluster, template }: Pick<TaskRequest, 'cluster' | 'template'>): void {
  const waits = ({ capacityProvider }: { capacityProvider: string }) => grows(state, cluster, capacityProvider);
  if (template.capacityProviderStrategy?.some(waits)) return;
  const providers = (template.capacityProviderStrategy ?? []).map(({ capacityProvider }) =>
    providerInstances(state, cluster, capacityProvider),
  );
  const isMeant = (instance: ContainerInstance) => providers.some((provider) => !provider || isOfProvider(instance, provider));
  const isAnyMeant = providers.length === 0 || providers.includes(undefined);
  const pools = poolsFor(state, cluster.clusterArn, template.launchType);
  if (isAnyMeant ? pools.some((pool) => hasActive(state, pool)) : pools.some((pool) => someActive(state, pool, isMeant))) return;
  const none =
    template.launchType === 'FARGATE'
      ? 'No host of this account takes tasks of Fargate now.'
      : `No Container Instances were found in your ${providers.length > 0 ? 'capacity provider' : 'cluster'}.`;
  throw refusals.invalidParameter(`${none}${hostsElsewhere(state, cluster)}`);
}

function someActive({ containerInstances }: EcsState, pool: string, isMeant: (instance: ContainerInstance) => boolean): boolean {
  for (const instance of containerInstances.by('status', statusKey(pool, 'ACTIVE'))) if (isMeant(instance)) return true;
  return false;
}

const hasActive = ({ containerInstances }: EcsState, clusterArn: string) =>
  containerInstances.countBy('status', statusKey(clusterArn, 'ACTIVE')) > 0;
