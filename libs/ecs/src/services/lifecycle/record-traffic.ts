import { sameContent } from '#lib/kernel';
import { event } from '../../model/events.js';
import type { ServiceArn } from '../../model/ids.js';
import type { TrafficShares } from '../../model/lifecycle.js';
import type { CommandRule } from '../../model/rules.js';
import { saidBy } from '../../tasks/service-lines.js';

/** What the load balancer made of the shares that a deployment is to have. */
export interface RecordTrafficInput {
  readonly serviceArn: ServiceArn;
  readonly deploymentId: string;
  readonly shares: TrafficShares;
  /** Why they are not in force, in its words. */
  readonly reason?: string;
}

/** As ECS bounds reasons: container.reason ≤ 1024. */
const MAX_REASON = 1024;

/** What is told of other shares than those that are wanted by now changes nothing. */
export const recordTraffic: CommandRule<RecordTrafficInput> = {
  actors: ['load-balancer'],
  decide(state, { serviceArn, deploymentId, shares, reason: given }, context) {
    const service = state.services.get(serviceArn);
    const lifecycle = service?.deployments[0]?.id === deploymentId ? service.deployments[0].lifecycle : undefined;
    const reason = given?.slice(0, MAX_REASON);
    if (!service || !lifecycle || lifecycle.shiftedAt !== undefined || !sameContent(lifecycle.shares, shares)) return [];
    if (reason !== undefined && reason === lifecycle.shiftReason) return [];
    const said =
      reason === undefined
        ? `(service ${service.serviceName}) (deployment ${deploymentId}) has ${shares.production} percent of the production traffic and ${shares.test} percent of the test traffic.`
        : `(service ${service.serviceName}) was unable to move traffic to (deployment ${deploymentId}). Reason: ${reason}`;
    return [
      event('DeploymentTrafficTold', { serviceArn, deploymentId, shares, ...(reason === undefined ? {} : { reason }) }),
      ...saidBy(context, [[service, said]]),
    ];
  },
  reply: () => ({}),
};
