import { attributesOf } from './attributes.js';
import type { ContainerInstance } from './container-instance.js';

/** The attribute by which a host says of which Auto Scaling group it is: its own setting, or that of the token that it joined with. */
export const GROUP_ATTRIBUTE = 'auto-scaling-group';

export const autoScalingGroupOf = (instance: Pick<ContainerInstance, 'attributes'>): string | undefined =>
  attributesOf(instance).get(GROUP_ATTRIBUTE) || undefined;

/** As EC2 would call the host. One that is elsewhere has an id made of its instance's. */
export const hostIdOf = ({ ec2InstanceId, instanceId }: Pick<ContainerInstance, 'ec2InstanceId' | 'instanceId'>): string =>
  /^i-[0-9a-f]{8,17}$/.test(ec2InstanceId) ? ec2InstanceId : hostIdFrom(instanceId);

/** `instanceId`: 32 hex digits. */
export const hostIdFrom = (instanceId: string): string => `i-${instanceId.slice(0, 17)}`;
