import type { CapacityProviderStrategyInput, OfferedCapacity } from '../../clusters/capacity-strategy.js';
import type { PlacementConstraint, PlacementStrategy, TaskDefinition } from '../../model/task-definition.js';
import type {
  CircuitBreaker,
  DeploymentAlarms,
  DeploymentConfiguration,
  Service,
  ServiceSettings,
} from '../../model/services.js';
import { type Capacity, capacityOf, changedCapacity, refusePlacementOn } from '../../tasks/launch-type.js';
import { checkNetworkConfiguration, type NetworkConfigurationInput } from '../../tasks/network-configuration.js';
import { checkPlacementConstraints, checkPlacementStrategies } from '../../placement/placement-parameters.js';
import { sameContent } from '#lib/kernel';
import { refusals } from '../../model/refusals.js';
import { canRebalance } from '../reconcile/rebalance.js';
import type { FromStateStore } from './defaults.js';
import { type StrategyInput, strategyOf } from './deployment-strategy.js';
import { type LoadBalancerInput, loadBalancersOf } from './load-balancers.js';
import { type ServiceConnectInput, serviceConnectOf } from './service-connect.js';
import { type MonitoringInput, monitoringOf } from './monitoring.js';
import { type ServiceRegistryInput, serviceRegistriesOf } from './service-registries.js';
import { refuseWithoutSides } from './sides.js';

export interface DeploymentConfigurationInput extends StrategyInput {
  readonly maximumPercent?: number;
  readonly minimumHealthyPercent?: number;
  readonly deploymentCircuitBreaker?: {
    readonly enable?: boolean;
    readonly rollback?: boolean;
    readonly resetOnHealthyTask?: boolean;
    readonly thresholdConfiguration?: { readonly type?: string; readonly value?: number };
  };
  readonly alarms?: Partial<DeploymentAlarms>;
  readonly earlySuccessCriteria?: object;
}

/** What CreateService and UpdateService have in common, as the model gives it. */
export interface ServiceInput {
  readonly cluster?: string;
  readonly taskDefinition?: string;
  readonly desiredCount?: number;
  readonly launchType?: string;
  readonly capacityProviderStrategy?: readonly CapacityProviderStrategyInput[];
  readonly platformVersion?: string;
  readonly deploymentConfiguration?: DeploymentConfigurationInput;
  readonly deploymentController?: { readonly type?: string };
  readonly placementConstraints?: readonly Partial<PlacementConstraint>[];
  readonly placementStrategy?: readonly Partial<PlacementStrategy>[];
  readonly networkConfiguration?: NetworkConfigurationInput;
  readonly healthCheckGracePeriodSeconds?: number;
  readonly enableECSManagedTags?: boolean;
  readonly propagateTags?: string;
  readonly enableExecuteCommand?: boolean;
  readonly availabilityZoneRebalancing?: 'ENABLED' | 'DISABLED';
  readonly loadBalancers?: readonly LoadBalancerInput[];
  readonly serviceRegistries?: readonly ServiceRegistryInput[];
  readonly serviceConnectConfiguration?: ServiceConnectInput;
  readonly volumeConfigurations?: readonly unknown[];
  readonly vpcLatticeConfigurations?: readonly unknown[];
  readonly gatewayConnectors?: readonly unknown[];
  readonly monitoring?: MonitoringInput;
}

const DEFAULT_BREAKER: CircuitBreaker = {
  enable: false,
  rollback: false,
  resetOnHealthyTask: true,
  thresholdConfiguration: { type: 'BOUNDED_PERCENT', value: 50 },
};

export const DEFAULT_SETTINGS: ServiceSettings = {
  launchType: 'EC2',
  desiredCount: 0,
  deploymentConfiguration: {
    deploymentCircuitBreaker: DEFAULT_BREAKER,
    maximumPercent: 200,
    minimumHealthyPercent: 100,
    strategy: 'ROLLING',
    bakeTimeInMinutes: 0,
  },
  placementConstraints: [],
  placementStrategy: [],
  enableECSManagedTags: false,
  propagateTags: 'NONE',
  enableExecuteCommand: false,
  availabilityZoneRebalancing: 'DISABLED',
};

/** A daemon stops first and then starts: one task on each instance leaves nothing to choose [sdk CreateService]. */
export const DAEMON_SETTINGS: ServiceSettings = {
  ...DEFAULT_SETTINGS,
  deploymentConfiguration: { ...DEFAULT_SETTINGS.deploymentConfiguration, minimumHealthyPercent: 0, maximumPercent: 100 },
};

/** Which strategy, and ECS's own refusals of what a daemon does not have. */
export function schedulingStrategyOf(input: ServiceInput, given: string | undefined): Service['schedulingStrategy'] {
  if (given === undefined || given === 'REPLICA') return 'REPLICA';
  if (given !== 'DAEMON') throw refusals.invalidParameter('scheduling strategy should be one of [REPLICA,DAEMON]');
  const unsupported = (what: string, remedy: string) =>
    refusals.invalidParameter(`The daemon scheduling strategy does not support ${what}. ${remedy} and try again.`);
  if (input.desiredCount !== undefined) {
    throw unsupported('a desired count for services', 'Remove the desired count value');
  }
  if (input.capacityProviderStrategy?.length)
    throw unsupported('capacity provider strategies', 'Remove the capacity provider strategy');
  if (input.placementStrategy?.length) throw unsupported('placement strategies', 'Remove the placement strategy');
  if ((input.deploymentConfiguration?.maximumPercent ?? 100) > 100) {
    const what = 'values above 100 for maximumPercent on the deployment configuration';
    throw unsupported(what, 'Change the value of maximumPercent to 100');
  }
  return 'DAEMON';
}

/** Its tasks hold their instances: there is no room for two revisions side by side. */
export function refuseForDaemon(schedulingStrategy: string, { deploymentConfiguration: { strategy } }: ServiceSettings): void {
  if (schedulingStrategy !== 'DAEMON' || strategy === 'ROLLING') return;
  throw refusals.invalidParameter(
    `The daemon scheduling strategy does not support the deployment strategy ${strategy}. Use ROLLING and try again.`,
  );
}

/** ECS turns it on by itself for new services that can do it; asked for where it could never act, it is refused. */
export function rebalancingOf(
  { availabilityZoneRebalancing: asked }: ServiceInput,
  service: ServiceSettings & Pick<Service, 'schedulingStrategy' | 'deploymentController'>,
): ServiceSettings['availabilityZoneRebalancing'] {
  const can = canRebalance(service);
  if (asked === 'ENABLED' && !can) {
    throw refusals.invalidParameter(
      'availabilityZoneRebalancing needs a REPLICA service of the deployment controller ECS whose maximumPercent is above 100 ' +
        'and whose first placement strategy, if it has one, is spread.',
    );
  }
  return asked ?? (can ? 'ENABLED' : 'DISABLED');
}

/** What holds: of a new service the defaults. */
type Current = ServiceSettings & Partial<Pick<Service, 'taskDefinitionArn'>>;

type Asked = ServiceInput &
  Pick<FromStateStore, 'targetGroups' | 'registries' | 'namespaces' | 'listenerRules'> & { readonly defaults?: ServiceDefaults };

/** What a cluster gives its services that name none of their own. */
export interface ServiceDefaults {
  readonly capacity: OfferedCapacity;
  readonly namespace?: string;
}

/**
 * The settings that a request names, on top of those that hold; undefined members keep what is. Without a definition: of a
 * service that runs those of its task sets. `current`: the definition that is replaced.
 */
export function settingsOf(
  input: Asked,
  now: Current,
  definition: TaskDefinition | undefined,
  current?: TaskDefinition,
): ServiceSettings {
  if (definition) refuseMissingParts(input);
  const grace = input.healthCheckGracePeriodSeconds ?? now.healthCheckGracePeriodSeconds;
  if (grace !== undefined && grace < 0) {
    throw refusals.invalidParameter(`Invalid healthCheckGracePeriodSeconds ${grace}: it must be between 0 and 2147483647.`);
  }
  const own = definition?.placementConstraints.length ?? 0;
  const networkConfiguration = definition && networkOf(input, now, definition);
  const loadBalancers =
    definition && loadBalancersOf(input, { loadBalancers: now.loadBalancers, definition: current }, definition);
  const serviceRegistries =
    definition && serviceRegistriesOf(input, { serviceRegistries: now.serviceRegistries, definition: current }, definition);
  const connectable = { ...now, definition: current };
  const serviceConnectConfiguration = definition && serviceConnectOf(input, connectable, definition, loadBalancers);
  const monitoring = definition && monitoringOf(input, now);
  const deploymentConfiguration = configurationOf(
    input.deploymentConfiguration,
    now.deploymentConfiguration,
    definition !== undefined,
  );
  refuseWithoutSides(deploymentConfiguration, loadBalancers);
  const placementConstraints = checkPlacementConstraints(input.placementConstraints ?? now.placementConstraints, own);
  const placementStrategy = checkPlacementStrategies(input.placementStrategy ?? now.placementStrategy);
  const capacity: Capacity = definition ? capacityFor(input, now, definition) : { launchType: now.launchType };
  refusePlacementOn(capacity.launchType, placementConstraints, placementStrategy);
  return {
    ...capacity,
    desiredCount: countOf(input.desiredCount ?? now.desiredCount),
    deploymentConfiguration,
    placementConstraints,
    placementStrategy,
    ...(networkConfiguration ? { networkConfiguration } : {}),
    ...(loadBalancers ? { loadBalancers } : {}),
    ...(serviceRegistries ? { serviceRegistries } : {}),
    ...(serviceConnectConfiguration ? { serviceConnectConfiguration } : {}),
    ...(monitoring ? { monitoring } : {}),
    ...(grace === undefined ? {} : { healthCheckGracePeriodSeconds: grace }),
    enableECSManagedTags: input.enableECSManagedTags ?? now.enableECSManagedTags,
    propagateTags: propagationOf(input.propagateTags ?? now.propagateTags),
    enableExecuteCommand: input.enableExecuteCommand ?? now.enableExecuteCommand,
    availabilityZoneRebalancing: input.availabilityZoneRebalancing ?? now.availabilityZoneRebalancing,
  };
}

/** A service has run something when it knows of what. The same strategy again is no change. */
function capacityFor(input: Asked, now: Current, definition: TaskDefinition): Capacity {
  const { capacity } = input.defaults!;
  if (now.taskDefinitionArn === undefined) return capacityOf(capacity, definition, input);
  const wanted = changedCapacity(capacity, now, definition, input);
  const isSame = sameContent(wanted.capacityProviderStrategy ?? [], now.capacityProviderStrategy ?? []);
  return isSame && now.capacityProviderStrategy ? { ...wanted, capacityProviderStrategy: now.capacityProviderStrategy } : wanted;
}

/** Of a request, or the one that holds. The same subnets and groups in another order are no change. */
function networkOf(input: ServiceInput, now: Current, definition: TaskDefinition): ServiceSettings['networkConfiguration'] {
  // Of a service from before they were kept: it may be scaled without one.
  const isUntouched = !input.networkConfiguration && !now.networkConfiguration;
  if (isUntouched && now.taskDefinitionArn === definition.taskDefinitionArn) return undefined;
  const wanted = checkNetworkConfiguration(definition, input.networkConfiguration ?? now.networkConfiguration);
  const sorted = (network: ServiceSettings['networkConfiguration']) =>
    network && [network.awsvpcConfiguration.subnets, network.awsvpcConfiguration.securityGroups].map((ids) => ids.toSorted());
  const isPublic = (network: ServiceSettings['networkConfiguration']) => network?.awsvpcConfiguration.assignPublicIp;
  const isSame =
    isPublic(wanted) === isPublic(now.networkConfiguration) && sameContent(sorted(wanted), sorted(now.networkConfiguration));
  return isSame ? now.networkConfiguration : wanted;
}

function countOf(desiredCount: number): number {
  if (Number.isInteger(desiredCount) && desiredCount >= 0) return desiredCount;
  throw refusals.invalidParameter(`Invalid desiredCount ${desiredCount}: it must be 0 or more.`);
}

function propagationOf(propagateTags: string): ServiceSettings['propagateTags'] {
  if (propagateTags === 'NONE' || propagateTags === 'SERVICE' || propagateTags === 'TASK_DEFINITION') return propagateTags;
  throw refusals.invalidParameter(`Invalid propagateTags ${propagateTags}. Use SERVICE, TASK_DEFINITION or NONE.`);
}

function configurationOf(
  given: DeploymentConfigurationInput = {},
  now: DeploymentConfiguration,
  rollsOut: boolean,
): DeploymentConfiguration {
  const maximumPercent = given.maximumPercent ?? now.maximumPercent;
  const minimumHealthyPercent = given.minimumHealthyPercent ?? now.minimumHealthyPercent;
  if (minimumHealthyPercent < 0 || minimumHealthyPercent > 100) {
    throw refusals.invalidParameter('minimumHealthyPercent must be between 0 and 100.');
  }
  if (maximumPercent < 100) {
    throw refusals.invalidParameter('maximumPercent must be at least 100: with less, the desired count could never run.');
  }
  const isNamed = given.maximumPercent !== undefined || given.minimumHealthyPercent !== undefined;
  if (rollsOut && isNamed && maximumPercent === 100 && minimumHealthyPercent === 100) {
    throw refusals.invalidParameter(
      'Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.',
    );
  }
  if (given.earlySuccessCriteria) throw unavailable('early success', 'deploymentConfiguration.earlySuccessCriteria');
  const { linearConfiguration: _linear, canaryConfiguration: _canary, ...kept } = now;
  return {
    ...kept,
    ...strategyOf(given, now),
    maximumPercent,
    minimumHealthyPercent,
    deploymentCircuitBreaker: given.deploymentCircuitBreaker
      ? breakerOf(given.deploymentCircuitBreaker)
      : now.deploymentCircuitBreaker,
    ...(given.alarms ? { alarms: alarmsOf(given.alarms) } : {}),
  };
}

function alarmsOf({ alarmNames = [], rollback = false, enable = false }: Partial<DeploymentAlarms>): DeploymentAlarms {
  if (enable && alarmNames.length === 0) {
    throw refusals.invalidParameter('deploymentConfiguration.alarms.alarmNames must name an alarm when alarms are enabled.');
  }
  return { alarmNames, rollback, enable };
}

const THRESHOLDS = ['BOUNDED_PERCENT', 'UNBOUNDED_PERCENT', 'COUNT'] as const;

function breakerOf(given: NonNullable<DeploymentConfigurationInput['deploymentCircuitBreaker']>): CircuitBreaker {
  const { type, value } = given.thresholdConfiguration ?? DEFAULT_BREAKER.thresholdConfiguration;
  const known = THRESHOLDS.find((threshold) => threshold === type);
  if (!known) throw refusals.invalidParameter(`Invalid threshold type ${type}. Use one of [${THRESHOLDS.join(',')}].`);
  if (value === undefined || value < 1 || (known !== 'COUNT' && value > 100)) {
    throw refusals.invalidParameter(
      `Invalid threshold value ${value}: use at least 1, and at most 100 where it is a percentage.`,
    );
  }
  return {
    enable: given.enable ?? false,
    rollback: given.rollback ?? false,
    resetOnHealthyTask: given.resetOnHealthyTask ?? true,
    thresholdConfiguration: { type: known, value },
  };
}

export const unavailable = (what: string, member: string) =>
  refusals.invalidParameter(`Longshore has no ${what} for services yet. Leave ${member} out.`);

/** What a service or a task set could ask for and nobody here would do: refused, never silently left out. */
export function refuseMissingParts(input: ServiceInput): void {
  if (input.volumeConfigurations?.length) throw unavailable('volumes configured at launch', 'volumeConfigurations');
  if (input.gatewayConnectors?.length) throw unavailable('gateways', 'gatewayConnectors');
  if (input.vpcLatticeConfigurations?.length) throw unavailable('VPC Lattice', 'vpcLatticeConfigurations');
  const controller = input.deploymentController?.type ?? 'ECS';
  if (controller === 'EXTERNAL') {
    throw refusals.invalidParameter('The deployment controller of a service cannot be changed. Create another service.');
  }
  if (controller !== 'ECS') {
    throw refusals.invalidParameter(
      `Longshore has no deployment controller ${controller}. Leave deploymentController out for rolling updates, or use EXTERNAL to deploy by task sets.`,
    );
  }
}
