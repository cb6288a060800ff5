import { sameContent } from '#lib/kernel';
import { refusals } from '../../model/refusals.js';
import type { ServiceRegistry } from '../../model/services.js';
import type { PortMapping, TaskDefinition } from '../../model/task-definition.js';

/** As the model gives it. */
export type ServiceRegistryInput = Partial<ServiceRegistry>;

/** What Cloud Map says of a service, at the moment of the request: its state is no part of this journal. */
export interface RegistryFacts {
  readonly registryArn: string;
  /** `A`, `SRV`, …; empty: it is found by DiscoverInstances only. */
  readonly recordTypes: readonly string[];
}

interface Asked {
  readonly serviceRegistries?: readonly ServiceRegistryInput[];
  /** Of those asked for that there are. */
  readonly registries?: readonly RegistryFacts[];
}

interface Current {
  readonly serviceRegistries?: readonly ServiceRegistry[];
  /** What its tasks run now. */
  readonly definition?: TaskDefinition;
}

/** "Each service may be associated with one service registry" [sdk CreateService.serviceRegistries]. */
const MOST_REGISTRIES = 1;

/**
 * Where the tasks of a definition are to be discovered: as the request says, or as it is, checked by ECS's rules. Undefined: nowhere, and
 * nothing ever was said of it.
 */
export function serviceRegistriesOf(
  { serviceRegistries: given, registries = [] }: Asked,
  now: Current,
  definition: TaskDefinition,
): readonly ServiceRegistry[] | undefined {
  const wanted = given?.map(registryOf) ?? now.serviceRegistries;
  const isUntouched = given === undefined && now.definition?.taskDefinitionArn === definition.taskDefinitionArn;
  if (!wanted || isUntouched) return wanted;
  if (wanted.length > MOST_REGISTRIES) {
    throw refusals.invalidParameter(`serviceRegistries can have at most ${MOST_REGISTRIES} items.`);
  }
  for (const registry of wanted) {
    checkPlace(registry, definition);
    if (given) checkRegistry(registry, registries, definition);
  }
  return sameContent(wanted, now.serviceRegistries ?? []) ? now.serviceRegistries : wanted;
}

function registryOf({ registryArn, port, containerName, containerPort }: ServiceRegistryInput): ServiceRegistry {
  if (!registryArn) throw refusals.invalidParameter('Registry ARN can not be blank.');
  return {
    registryArn,
    ...(port === undefined ? {} : { port }),
    ...(containerName ? { containerName } : {}),
    ...(containerPort === undefined ? {} : { containerPort }),
  };
}

/** ECS's sentences end with the registry that they are about. */
const refused = ({ registryArn }: ServiceRegistry, sentence: string) =>
  refusals.invalidParameter(`${sentence} Registry: ${registryArn}`);

const together = (registry: ServiceRegistry) =>
  refused(registry, "Values for 'containerName' and 'containerPort' are given together or not at all.");

function checkPlace(registry: ServiceRegistry, { networkMode, containerDefinitions }: TaskDefinition): void {
  const { port, containerName, containerPort } = registry;
  if (port !== undefined && (containerName !== undefined || containerPort !== undefined)) {
    throw refused(
      registry,
      "Specify a value for either 'port' or the 'containerName' and 'containerPort' combination, but not both. Remove one and retry.",
    );
  }
  const isWhole = containerName !== undefined && containerPort !== undefined;
  if (networkMode !== 'awsvpc' && !isWhole) {
    throw refused(
      registry,
      "When specifying 'host' or 'bridge' for networkMode, values for 'containerName' and 'containerPort' must be specified from the task definition.",
    );
  }
  if (containerName === undefined && containerPort === undefined) return;
  if (containerName === undefined) throw together(registry);
  const container = containerDefinitions.find(({ name }) => name === containerName);
  if (!container) throw refusals.invalidParameter(`The container ${containerName} does not exist in the task definition.`);
  if (containerPort === undefined || container.portMappings.some((mapping) => isMapped(mapping, containerPort))) return;
  throw refusals.invalidParameter(`The container ${containerName} did not have a container port ${containerPort} defined.`);
}

function isMapped({ containerPort, containerPortRange }: PortMapping, port: number): boolean {
  if (containerPortRange === undefined) return containerPort === port;
  const [first, last] = containerPortRange.split('-').map(Number);
  return port >= first! && port <= last!;
}

/** In `awsvpc` mode the task has an address of its own, and a port is for SRV records only. */
function checkRegistry(registry: ServiceRegistry, registries: readonly RegistryFacts[], { networkMode }: TaskDefinition): void {
  const known = registries.find(({ registryArn }) => registryArn === registry.registryArn);
  if (!known) throw refusals.invalidParameter(`The service registry with registryArn ${registry.registryArn} does not exist.`);
  if (networkMode !== 'awsvpc') return;
  // What remains when the value is removed that addresses need none of.
  const isNameAlone = registry.containerName !== undefined && registry.containerPort === undefined;
  if (isNameAlone && known.recordTypes.includes('SRV')) throw together(registry);
  const given = registry.port === undefined ? 'containerPort' : 'port';
  const hasPort = registry[given] !== undefined;
  if (hasPort && !known.recordTypes.includes('SRV')) {
    throw refused(
      registry,
      `The values specified for serviceRegistries do not require a value for '${given}'. Remove the value and retry.`,
    );
  }
}
