import {
  ADDRESS_ATTRIBUTE,
  attributesOf,
  type EcsState,
  instanceAddress,
  type Task,
  type TaskDefinition,
  type TaskTarget,
} from '#lib/ecs/model';
import type { TargetGroup } from '../domain/model.js';

/** Where a target of a task is registered. */
export interface Place {
  readonly id: string;
  readonly port: number;
  readonly address: string;
  readonly availabilityZone?: string;
}

/** Or a sentence that says why it has none. */
export type PlaceOutcome = Place | { readonly reason: string };

const ZONE_ATTRIBUTE = 'ecs.availability-zone';

/**
 * A target of the type `instance` is its host with the port that the container's is published on there; the balancer reaches it at an
 * address that the host has told of itself, never at one that a task's report names. A dynamic host port is reached where the host's
 * containers reach it, too: on a loopback the engine's own proxy takes every connection before it knows whether somebody listens
 * in the container, so that a check by TCP would always pass. Ports that a definition fixes may be another agent's there.
 */
export function placeOf(
  { containerInstances, taskDefinitions }: Pick<EcsState, 'containerInstances' | 'taskDefinitions'>,
  task: Pick<Task, 'containerInstanceArn' | 'taskDefinitionArn' | 'containers' | 'networkConfiguration' | 'networkInterface'>,
  { containerName, containerPort }: Pick<TaskTarget, 'containerName' | 'containerPort'>,
  { targetType, arn }: Pick<TargetGroup, 'targetType' | 'arn'>,
): PlaceOutcome {
  const instance = containerInstances.get(task.containerInstanceArn);
  if (!instance) return { reason: 'The task’s container instance is not known any more.' };
  const zone = attributesOf(instance).get(ZONE_ATTRIBUTE);
  if (targetType === 'ip') return ownPlace(task, arn, containerPort, zone);
  const binding = task.containers
    .find(({ name }) => name === containerName)
    ?.networkBindings.find((one) => one.containerPort === containerPort && one.protocol === 'tcp');
  if (!binding) return { reason: `The container ${containerName} has no host port for its port ${containerPort}.` };
  const isDynamic = hasDynamicPort(taskDefinitions.get(task.taskDefinitionArn), containerName, containerPort);
  const address = isDynamic ? instanceAddress(instance) : attributesOf(instance).get(ADDRESS_ATTRIBUTE);
  if (!address) {
    return {
      reason: `The host of ${instance.ec2InstanceId} has no address that load balancers reach: ./longshore join … --address says one.`,
    };
  }
  return { id: instance.ec2InstanceId, port: binding.hostPort, address, ...(zone ? { availabilityZone: zone } : {}) };
}

function hasDynamicPort(definition: TaskDefinition | undefined, containerName: string, containerPort: number): boolean {
  if (!definition || definition.networkMode === 'host') return false;
  const mapping = definition.containerDefinitions
    .find(({ name }) => name === containerName)
    ?.portMappings.find(({ containerPort: port, protocol = 'tcp' }) => port === containerPort && protocol === 'tcp');
  return mapping !== undefined && !mapping.hostPort;
}

/** A target of the type `ip` is the task's own address, as the network has it, with the container's port. */
function ownPlace(
  { networkConfiguration, networkInterface }: Pick<Task, 'networkConfiguration' | 'networkInterface'>,
  arn: string,
  port: number,
  zone: string | undefined,
): PlaceOutcome {
  if (!networkConfiguration)
    return { reason: `The target group ${arn} takes IP addresses, and the task has no network interface of its own.` };
  if (!networkInterface) return { reason: 'The task has no address yet.' };
  const address = networkInterface.privateIpv4Address;
  return { id: address, port, address, ...(zone ? { availabilityZone: zone } : {}) };
}
