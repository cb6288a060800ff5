import type { Service } from '../../model/services.js';
import { refusals } from '../../model/refusals.js';
import type { ServiceInput } from './input.js';

/**
 * What of a service with the EXTERNAL deployment controller is said elsewhere, or not at all: CreateService takes "only parameters
 * that aren't controlled at the task set level", UpdateService only the counts, placement and tags (ECS developer guide,
 * deployment-type-external; UpdateService's reference).
 */
type Member = keyof ServiceInput;

const isGiven = (value: unknown) => value !== undefined && !(Array.isArray(value) && value.length === 0);
const firstGiven = (input: ServiceInput, members: readonly Member[]) => members.find((member) => isGiven(input[member]));

/** Given with CreateTaskSet. ECS's sentence names the member: "TaskDefinition must be blank." */
const OF_THE_TASK_SET: Readonly<Partial<Record<Member, string>>> = {
  taskDefinition: 'TaskDefinition must be blank.',
  networkConfiguration: 'NetworkConfiguration must be null.',
  launchType: 'LaunchType must be blank.',
  capacityProviderStrategy: 'CapacityProviderStrategy must be empty.',
  platformVersion: 'PlatformVersion must be blank.',
  loadBalancers: 'LoadBalancers must be empty.',
  serviceRegistries: 'ServiceRegistries must be empty.',
};

/** What only the ECS controller's own roll-outs have. */
function refuseRollOutSettings({ deploymentConfiguration: configuration = {}, ...input }: ServiceInput): void {
  const only = (what: string, member: string) =>
    refusals.invalidParameter(
      `${what} is only for services with the ECS deployment controller. Leave ${member} out: with the EXTERNAL one, whoever makes the task sets decides.`,
    );
  if (configuration.deploymentCircuitBreaker?.enable) {
    throw only('The deployment circuit breaker', 'deploymentConfiguration.deploymentCircuitBreaker');
  }
  if (configuration.alarms?.enable) throw only('A deployment alarm', 'deploymentConfiguration.alarms');
  if (configuration.lifecycleHooks?.length) throw only('A lifecycle hook', 'deploymentConfiguration.lifecycleHooks');
  if (configuration.strategy && configuration.strategy !== 'ROLLING') {
    throw only('A deployment strategy', 'deploymentConfiguration.strategy');
  }
  if (configuration.bakeTimeInMinutes) throw only('A bake time', 'deploymentConfiguration.bakeTimeInMinutes');
  if (input.availabilityZoneRebalancing === 'ENABLED') {
    throw only('Availability Zone rebalancing', 'availabilityZoneRebalancing');
  }
  if (input.serviceConnectConfiguration?.enabled) throw only('Service Connect', 'serviceConnectConfiguration');
  if (input.monitoring?.metricConfigurations?.length) throw only('A choice of metric resolutions', 'monitoring');
  if (input.volumeConfigurations?.length) throw only('A volume configured at launch', 'volumeConfigurations');
  if (input.vpcLatticeConfigurations?.length) throw only('VPC Lattice', 'vpcLatticeConfigurations');
}

export function refuseForExternalService(input: ServiceInput, schedulingStrategy = 'REPLICA'): void {
  if (schedulingStrategy !== 'REPLICA') {
    throw refusals.invalidParameter(
      `The EXTERNAL deployment controller does not support the ${schedulingStrategy} scheduling strategy. Use REPLICA.`,
    );
  }
  const member = firstGiven(input, Object.keys(OF_THE_TASK_SET) as Member[]);
  if (member) {
    throw refusals.invalidParameter(
      `${OF_THE_TASK_SET[member]} A service with the EXTERNAL deployment controller has it from its task sets: give it with CreateTaskSet.`,
    );
  }
  refuseRollOutSettings(input);
}

/** What UpdateService may change; everything else of its input is refused. */
const UPDATABLE: ReadonlySet<string> = new Set<Member | 'service' | 'healthyAfterMs' | 'targetGroups' | 'registries'>([
  'cluster',
  'service',
  'desiredCount',
  'placementConstraints',
  'placementStrategy',
  'healthCheckGracePeriodSeconds',
  'enableECSManagedTags',
  'propagateTags',
  // Of the state store, not of the caller.
  'healthyAfterMs',
  'targetGroups',
  'registries',
]);

/** `taskDefinition` → `update task definition` */
const inWords = (member: string) =>
  member === 'forceNewDeployment'
    ? 'force a new deployment'
    : `update ${member.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`;

export function refuseForExternalUpdate({ serviceName }: Service, input: ServiceInput): void {
  const given = Object.entries(input).find(([member, value]) => !UPDATABLE.has(member) && isGiven(value) && value !== false);
  if (!given) return;
  throw refusals.invalidParameter(
    `Unable to ${inWords(given[0])} on services with an EXTERNAL deployment controller. ` +
      `Create a new task set in ${serviceName} instead (CreateTaskSet), and make it the primary one (UpdateServicePrimaryTaskSet).`,
  );
}
