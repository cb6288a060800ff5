import type { TaskDefinition } from '../model/task-definition.js';
import type { NetworkConfiguration } from '../model/task.js';
import { refusals } from '../model/refusals.js';

/** As the model gives it: `subnets` is required there, and may be empty. */
export interface NetworkConfigurationInput {
  readonly awsvpcConfiguration?: {
    readonly subnets?: readonly string[];
    readonly securityGroups?: readonly string[];
    readonly assignPublicIp?: string;
  };
}

/** "There's a limit of 16 subnets that can be specified", and of 5 security groups [sdk AwsVpcConfiguration]. */
const MOST_SUBNETS = 16;
const MOST_SECURITY_GROUPS = 5;

/**
 * The network configuration in the form that ECS gives back: every member is there. Tasks in `awsvpc` mode need one, others
 * must have none.
 */
export function checkNetworkConfiguration(
  { networkMode }: Pick<TaskDefinition, 'networkMode'>,
  { awsvpcConfiguration: given }: NetworkConfigurationInput = {},
): NetworkConfiguration | undefined {
  if (networkMode === 'awsvpc' && given === undefined) {
    throw refusals.invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  if (given === undefined) return undefined;
  if (networkMode !== 'awsvpc') {
    throw refusals.invalidParameter('Network Configuration is not valid for the given networkMode of this task definition.');
  }
  const { subnets = [], securityGroups = [], assignPublicIp = 'DISABLED' } = given;
  if (subnets.length === 0) throw refusals.invalidParameter('subnets can not be empty.');
  if (subnets.length > MOST_SUBNETS) {
    throw refusals.invalidParameter(`subnets can have at most ${MOST_SUBNETS} items.`);
  }
  if (securityGroups.length > MOST_SECURITY_GROUPS) {
    throw refusals.invalidParameter(`securityGroups can have at most ${MOST_SECURITY_GROUPS} items.`);
  }
  if (assignPublicIp !== 'ENABLED' && assignPublicIp !== 'DISABLED') {
    throw refusals.invalidParameter('assignPublicIp should be one of [ENABLED,DISABLED]');
  }
  return { awsvpcConfiguration: { subnets, securityGroups, assignPublicIp } };
}
