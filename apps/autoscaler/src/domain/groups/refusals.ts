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
  configurationThere: (name: string): Refusal =>
    refuse(
      'AlreadyExistsFault',
      `Launch Configuration by this name already exists - A launch configuration already exists with the name ${name}`,
    ),
  noConfiguration: (name: string): Refusal =>
    refuse('ValidationError', `Launch configuration name not found - Launch configuration ${name} not found`),
  noConfigurationFor: (name: string): Refusal =>
    refuse(
      'ValidationError',
      `Launch configuration name not found - A launch configuration with the name: ${name} does not exist`,
    ),
  configurationInUse: (name: string, group: string): Refusal =>
    refuse(
      'ResourceInUseFault',
      `Cannot delete launch configuration ${name} because it is attached to AutoScalingGroup ${group}`,
    ),
  noPolicy: (name: string): Refusal => refuse('ValidationError', `PolicyName not found - Scaling policy '${name}' not found`),
  noScheduledAction: (name: string): Refusal =>
    refuse('ValidationError', `Scheduled action name not found - Scheduled action ${name} not found`),
  noHook: (name: string): Refusal => refuse('ValidationError', `No Lifecycle Hook found with name: ${name}`),
  noAction: (of: string): Refusal => refuse('ValidationError', `No active Lifecycle Action found with ${of}`),
  coolsDown: (until: string): Refusal =>
    refuse('ScalingActivityInProgressFault', `The group cools down from its last scaling activity until ${until}.`),
  refreshUnderWay: (): Refusal =>
    refuse(
      'InstanceRefreshInProgress',
      'An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.',
    ),
  noRefresh: (name: string): Refusal =>
    refuse('ActiveInstanceRefreshNotFound', `No in progress or pending Instance Refresh found for Auto Scaling group ${name}`),
  inUse: (): Refusal =>
    refuse(
      'ResourceInUseFault',
      'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
    ),
  limit: (message: string): Refusal => refuse('LimitExceededFault', message),
} as const;
