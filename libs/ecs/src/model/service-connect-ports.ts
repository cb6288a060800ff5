import type { Deployment } from './services.js';
import type { PortMapping, TaskDefinition } from './task-definition.js';

/** A TCP port that clients of a name of Service Connect use, and the one of the task that its host leads them to. */
export interface AliasPort {
  readonly port: number;
  readonly containerPort: number;
}

/** The port of a definition that has this name, and whose it is. */
export function portNamed(
  { containerDefinitions }: Pick<TaskDefinition, 'containerDefinitions'>,
  portName: string,
): { readonly containerName: string; readonly mapping: PortMapping } | undefined {
  for (const { name: containerName, portMappings } of containerDefinitions) {
    const mapping = portMappings.find(({ name }) => name === portName);
    if (mapping) return { containerName, mapping };
  }
  return undefined;
}

type Mapping = Pick<PortMapping, 'containerPort' | 'hostPort'>;

/** At which port the tasks of a definition have a mapping, where that is one and the same for all of them. */
export function portAtTask({ networkMode }: Pick<TaskDefinition, 'networkMode'>, mapping: Mapping): number | undefined {
  if (networkMode === 'awsvpc' || networkMode === 'host') return mapping.containerPort;
  return mapping.hostPort || undefined;
}

/** Whether clients of that port reach it: at an address of the task's own its host leads them there, unless the port is another mapping's. */
export function isReachedAt(definition: TaskDefinition, mapping: Mapping, port: number): boolean {
  if (port === portAtTask(definition, mapping)) return true;
  return definition.networkMode === 'awsvpc' && !portsOf(definition).has(port);
}

const portsOf = ({ containerDefinitions }: TaskDefinition): ReadonlySet<number | undefined> =>
  new Set(containerDefinitions.flatMap(({ portMappings }) => portMappings.map(({ containerPort }) => containerPort)));

/** Those that the hosts of a deployment's tasks lead elsewhere: of tasks with addresses of their own, where no load balancer is between. */
export function aliasPortsOf(
  definition: TaskDefinition,
  { serviceConnectConfiguration, loadBalancers = [] }: Pick<Deployment, 'serviceConnectConfiguration' | 'loadBalancers'>,
): readonly AliasPort[] {
  if (definition.networkMode !== 'awsvpc') return [];
  const found = new Map<string, AliasPort>();
  for (const { portName, clientAliases } of serviceConnectConfiguration?.services ?? []) {
    const named = portNamed(definition, portName);
    const containerPort = named?.mapping.containerPort;
    if (!named || containerPort === undefined) continue;
    if (loadBalancers.some((one) => one.containerName === named.containerName && one.containerPort === containerPort)) continue;
    for (const { port } of clientAliases) {
      if (port !== containerPort) found.set(`${port} ${containerPort}`, { port, containerPort });
    }
  }
  return [...found.values()].sort((a, b) => a.port - b.port || a.containerPort - b.containerPort);
}
