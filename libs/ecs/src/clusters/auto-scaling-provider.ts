import type { Scope } from '#lib/kernel';
import type { AutoScalingGroupProvider, ManagedScaling } from '../model/capacity-providers.js';
import { refusals } from '../model/refusals.js';
import { autoScalingGroupKey, type EcsState } from '../model/state.js';

/** As the model gives it: bounds and enums have been checked. */
export interface ProviderInput {
  readonly autoScalingGroupArn?: string;
  readonly managedScaling?: Partial<ManagedScaling>;
  readonly managedTerminationProtection?: 'ENABLED' | 'DISABLED';
  readonly managedDraining?: 'ENABLED' | 'DISABLED';
}

/** What Auto Scaling said of the group that the request names; undefined: it has none of that name. */
export interface AutoScalingGroupFact {
  readonly autoScalingGroup?: { readonly name: string; readonly arn: string };
}

/** As Terraform's own tests find them on AWS: scaling is off unless it is asked for. */
const DEFAULTS: Omit<AutoScalingGroupProvider, 'autoScalingGroupArn'> = {
  managedScaling: {
    status: 'DISABLED',
    targetCapacity: 100,
    minimumScalingStepSize: 1,
    maximumScalingStepSize: 10_000,
    instanceWarmupPeriod: 300,
  },
  managedTerminationProtection: 'DISABLED',
  managedDraining: 'ENABLED',
};

/** `now` with what is given in its place. */
export function changedProvider(now: AutoScalingGroupProvider, input: ProviderInput): AutoScalingGroupProvider {
  const { managedScaling: given = {} } = input;
  const managedScaling: ManagedScaling = {
    status: given.status ?? now.managedScaling.status,
    targetCapacity: given.targetCapacity ?? now.managedScaling.targetCapacity,
    minimumScalingStepSize: given.minimumScalingStepSize ?? now.managedScaling.minimumScalingStepSize,
    maximumScalingStepSize: given.maximumScalingStepSize ?? now.managedScaling.maximumScalingStepSize,
    instanceWarmupPeriod: given.instanceWarmupPeriod ?? now.managedScaling.instanceWarmupPeriod,
  };
  const managedTerminationProtection = input.managedTerminationProtection ?? now.managedTerminationProtection;
  if (managedScaling.minimumScalingStepSize > managedScaling.maximumScalingStepSize) {
    throw refusals.invalidParameter(
      `The minimumScalingStepSize ${managedScaling.minimumScalingStepSize} cannot be larger than the maximumScalingStepSize ${managedScaling.maximumScalingStepSize}.`,
    );
  }
  // "When using managed termination protection, managed scaling must also be used" [sdk AutoScalingGroupProvider].
  if (managedTerminationProtection === 'ENABLED' && managedScaling.status !== 'ENABLED') {
    throw refusals.client(
      'The managed termination protection setting for the capacity provider is invalid. ' +
        'To enable managed termination protection for a capacity provider, enable managed scaling, too.',
    );
  }
  return { ...now, managedScaling, managedTerminationProtection, managedDraining: input.managedDraining ?? now.managedDraining };
}

/** A group has one provider [aws/containers-roadmap#632]. */
export function newProvider(
  { capacityProviders }: Pick<EcsState, 'capacityProviders'>,
  scope: Scope,
  input: ProviderInput,
  { autoScalingGroup: group }: AutoScalingGroupFact,
): AutoScalingGroupProvider {
  if (!group) {
    throw refusals.client(
      `The specified Auto Scaling group '${input.autoScalingGroupArn ?? ''}' was not found. Specify a valid Auto Scaling group ARN or name and try again.`,
    );
  }
  if (capacityProviders.countBy('group', autoScalingGroupKey(scope, group.name)) > 0) {
    throw refusals.client(
      'The specified Auto Scaling group ARN is already being used by another capacity provider. ' +
        'Specify a unique Auto Scaling group ARN and try again.',
    );
  }
  return changedProvider({ ...DEFAULTS, autoScalingGroupArn: group.arn }, input);
}
