import { type CapacityProviderStrategyInput, checkStrategy, type OfferedCapacity } from '../clusters/capacity-strategy.js';
import { type CapacityProviderStrategyItem, isFargateProvider } from '../model/capacity-providers.js';
import { refusals } from '../model/refusals.js';
import type { LaunchType } from '../model/task.js';
import type { PlacementConstraint, PlacementStrategy, TaskDefinition } from '../model/task-definition.js';

/** What says where the tasks of a request, a service or a task set are to run. */
export interface CapacityInput {
  readonly launchType?: string;
  readonly capacityProviderStrategy?: readonly CapacityProviderStrategyInput[];
  readonly platformVersion?: string;
}

export interface Capacity {
  readonly launchType: LaunchType;
  /** Absent: a launch type was asked for. */
  readonly capacityProviderStrategy?: readonly CapacityProviderStrategyItem[];
  /** Of Fargate, as asked for. */
  readonly platformVersion?: string;
}

/** The two are not mixed; without either the cluster's default holds, and without that EC2. */
export function capacityOf(
  { defaultCapacityProviderStrategy: byDefault, check }: OfferedCapacity,
  definition: TaskDefinition,
  input: CapacityInput,
): Capacity {
  const { launchType, capacityProviderStrategy: given = [], platformVersion } = input;
  if (launchType && given.length > 0) {
    throw refusals.invalidParameter(
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    );
  }
  const strategy = given.length > 0 ? checkStrategy(given, check) : launchType ? [] : byDefault;
  if (strategy.length === 0) {
    const type = launchTypeOf(definition, launchType);
    return { launchType: type, ...platformOf(type, platformVersion) };
  }
  // One kind or the other, never both; ECS calls the tasks of an Auto Scaling group's provider EC2's.
  const type = launchTypeOf(definition, isFargateProvider(strategy[0]!.capacityProvider) ? 'FARGATE' : 'EC2');
  return { launchType: type, capacityProviderStrategy: strategy, ...platformOf(type, platformVersion) };
}

/** What a service goes on with: as before, but for what the request names. */
export function changedCapacity(
  offered: OfferedCapacity,
  now: Capacity,
  definition: TaskDefinition,
  input: CapacityInput,
): Capacity {
  if (input.capacityProviderStrategy?.length) return capacityOf(offered, definition, input);
  const { capacityProviderStrategy } = now;
  return {
    launchType: launchTypeOf(definition, now.launchType),
    ...(capacityProviderStrategy ? { capacityProviderStrategy } : {}),
    ...platformOf(now.launchType, input.platformVersion || now.platformVersion),
  };
}

/** The gateway has refused what is no launch type at all. */
export function launchTypeOf(definition: TaskDefinition, launchType = 'EC2'): LaunchType {
  if (!definition.compatibilities.includes(launchType)) {
    throw refusals.invalidParameter(`Task definition does not support launch_type ${launchType}.`);
  }
  return launchType as LaunchType;
}

const PLATFORM_VERSIONS = ['LATEST', '1.4.0', '1.3.0'];

function platformOf(launchType: LaunchType, version: string | undefined): Pick<Capacity, 'platformVersion'> {
  if (launchType === 'FARGATE') {
    if (version && !PLATFORM_VERSIONS.includes(version)) {
      throw refusals.of('PlatformUnknownException', 'The specified platform version does not exist.');
    }
    return { platformVersion: version || 'LATEST' };
  }
  if (!version || version === 'LATEST') return {};
  throw noPlatformVersion(launchType);
}

export const noPlatformVersion = (launchType: LaunchType) =>
  refusals.invalidParameter(`The platform version must be null when specifying an ${launchType} launch type.`);

/** What LATEST means. */
export const FARGATE_PLATFORM = '1.4.0';

/** Fargate chooses the place by itself. */
export function refusePlacementOn(
  launchType: LaunchType,
  constraints: readonly PlacementConstraint[],
  strategies: readonly PlacementStrategy[],
): void {
  if (launchType !== 'FARGATE') return;
  if (constraints.length > 0)
    throw refusals.invalidParameter('Placement constraints are not supported with FARGATE launch type.');
  if (strategies.length > 0) throw refusals.invalidParameter('Placement strategies are not supported with FARGATE launch type.');
}
