import { type Deployment, type EcsState, isReachedAt, type PortMapping, portNamed, type Service } from '#lib/ecs/model';
import { addressOfTask, isHealthy, isOffered } from './task-instances.js';

/** A port of a definition that a name of Service Connect leads to, and the ports that clients use for it. */
export interface ConnectedPort {
  readonly containerName: string;
  readonly mapping: PortMapping;
  readonly ports: readonly number[];
}

/** Those of a deployment that a name leads to. */
export function connectedPorts(ecs: EcsState, deployment: Deployment, name: string): readonly ConnectedPort[] {
  const definition = ecs.taskDefinitions.get(deployment.taskDefinitionArn);
  return (deployment.serviceConnectConfiguration?.services ?? []).flatMap(({ portName, clientAliases }) => {
    const ports = clientAliases.filter(({ dnsName }) => dnsName.toLowerCase() === name).map(({ port }) => port);
    const named = ports.length > 0 && definition ? portNamed(definition, portName) : undefined;
    return named ? [{ ...named, ports }] : [];
  });
}

/** The addresses of a service's healthy tasks that clients reach at an alias's port, where no load balancer is between. */
export function addressesOfConnected(ecs: EcsState, service: Service, name: string): readonly string[] {
  const isDirect = (deployment: Deployment) => {
    const definition = ecs.taskDefinitions.get(deployment.taskDefinitionArn);
    return connectedPorts(ecs, deployment, name).some(
      ({ mapping, ports }) => definition !== undefined && ports.some((port) => isReachedAt(definition, mapping, port)),
    );
  };
  const direct = new Map(service.deployments.filter(isDirect).map((deployment) => [deployment.id, deployment]));
  const addresses = [...ecs.tasks.by('service', service.serviceArn)].flatMap((task) => {
    const deployment = direct.get(task.replica?.deploymentId ?? '');
    if (!deployment || !isOffered(task) || !isHealthy(deployment, task)) return [];
    return addressOfTask(ecs, task) ?? [];
  });
  return [...new Set(addresses)];
}
