import { ADDRESS_ATTRIBUTE, type EcsState, type Task, type TaskTarget } from '#lib/ecs/model';
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
 * A target of the type `instance` is its host with the port that the container's is published on there; the balancer reaches it at the
 * address that the host has told of itself, never at one that a task's report names.
 */
export function placeOf(
  { containerInstances }: Pick<EcsState, 'containerInstances'>,
  task: Pick<Task, 'containerInstanceArn' | 'containers' | 'networkConfiguration' | 'networkInterface'>,
  { containerName, containerPort }: Pick<TaskTarget, 'containerName' | 'containerPort'>,
  { targetType, arn }: Pick<TargetGroup, 'targetType' | 'arn'>,
): PlaceOutcome {
  const instance = containerInstances.get(task.containerInstanceArn);
  if (!instance) return { reason: 'The task’s container instance is not known any more.' };
  const zone = instance.attributes.find(({ name }) => name === ZONE_ATTRIBUTE)?.value;
  if (targetType === 'ip') return ownPlace(task, arn, containerPort, zone);
  const binding = task.containers
    .find(({ name }) => name === containerName)
    ?.networkBindings.find((one) => one.containerPort === containerPort && one.protocol === 'tcp');
  if (!binding) return { reason: `The container ${containerName} has no host port for its port ${containerPort}.` };
  const valueOf = (name: string) => instance.attributes.find((attribute) => attribute.name === name)?.value;
  const address = valueOf(ADDRESS_ATTRIBUTE);
  if (address === undefined) {
    return {
      reason: `The host of ${instance.ec2InstanceId} has no address that load balancers reach: ./longshore join … --address says one.`,
    };
  }
  return { id: instance.ec2InstanceId, port: binding.hostPort, address, ...(zone ? { availabilityZone: zone } : {}) };
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
