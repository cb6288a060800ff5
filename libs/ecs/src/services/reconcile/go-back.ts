import { event } from '../../model/events.js';
import type { Deployment, Service } from '../../model/services.js';
import { NOTHING, type ServiceSteps } from './converge.js';
import { messages } from './messages.js';

/** A deployment is over; the service goes back to the one that completed last, where there is one. */
export function goBack(service: Service, { id: deploymentId }: Deployment, reason: string): ServiceSteps {
  const { serviceArn, lastCompletedDeploymentId: last, deployments } = service;
  const failed = event('DeploymentFailed', { serviceArn, deploymentId, reason });
  const said = messages.failedBecause(service, deploymentId, reason);
  if (last === undefined || last === deploymentId || !deployments.some(({ id }) => id === last)) {
    return { ...NOTHING, transitions: [failed], messages: [said] };
  }
  const back = event('DeploymentRolledBack', { serviceArn, deploymentId, toDeploymentId: last, reason });
  return { ...NOTHING, transitions: [failed, back], messages: [said, messages.rollingBack(service, last)] };
}
