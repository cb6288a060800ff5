import { refuse, type Refusal } from '#lib/kernel';

/** Auto Scaling's errors. */
export const groupRefusals = {
  validation: (message: string): Refusal => refuse('ValidationError', message),
  noGroup: (name: string): Refusal =>
    refuse('ValidationError', `AutoScalingGroup name not found - AutoScalingGroup '${name}' not found`),
  noInstance: (id: string): Refusal =>
    refuse('ValidationError', `Instance Id not found - No managed instance found for instance ID ${id}`),
  alreadyThere: (name: string): Refusal =>
    refuse('AlreadyExistsFault', `AutoScalingGroup by this name already exists - A group with the name ${name} already exists`),
  inUse: (): Refusal =>
    refuse(
      'ResourceInUseFault',
      'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
    ),
  limit: (message: string): Refusal => refuse('LimitExceededFault', message),
} as const;
