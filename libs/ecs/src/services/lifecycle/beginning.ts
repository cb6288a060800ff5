import type { EcsEvents } from '../../model/events.js';
import { type Deployment, type Service, type ServiceSettings, targetsOf } from '../../model/services.js';

/** The deployment that has the production traffic, and keeps its tasks until another has it: the one that completed last, where there is one. */
function sourceOf({ deployments, lastCompletedDeploymentId }: Pick<Service, 'deployments' | 'lastCompletedDeploymentId'>) {
  const completed = deployments.find(({ id }) => id === lastCompletedDeploymentId);
  const hasTraffic = ({ lifecycle }: Deployment) => !lifecycle?.shares || lifecycle.shares.production > 0;
  return completed ?? deployments.find(hasTraffic);
}

/** How a deployment of these settings begins: on which side of its load balancers, and with which stage. */
export function beginningOf(
  service: Pick<Service, 'deployments' | 'lastCompletedDeploymentId'>,
  {
    loadBalancers = [],
    deploymentConfiguration: { strategy },
  }: Pick<ServiceSettings, 'loadBalancers' | 'deploymentConfiguration'>,
): Pick<EcsEvents['DeploymentStarted'], 'side' | 'lifecycle'> {
  const source = sourceOf(service);
  const taken = new Set(source ? targetsOf(source).map(({ targetGroupArn }) => targetGroupArn) : []);
  const isAlternate = loadBalancers.some(({ advancedConfiguration: advanced }) =>
    taken.has(advanced?.alternateTargetGroupArn ?? ''),
  );
  const isNamed = loadBalancers.some(({ targetGroupArn }) => taken.has(targetGroupArn));
  if (strategy === 'ROLLING') {
    // The tasks are replaced where they are. What an earlier deployment began to move comes back.
    const isMoved = service.deployments.some(({ lifecycle }) => lifecycle?.shares) && loadBalancers.length > 0;
    const shares = { production: 100, test: 100 };
    return {
      ...(isAlternate ? { side: 'alternate' } : {}),
      ...(isMoved ? { lifecycle: { strategy, stage: 'SCALE_UP', shares } } : {}),
    };
  }
  const others = service.deployments.filter((deployment) => deployment !== source);
  const share = source ? 0 : 100;
  return {
    ...(isNamed ? { side: 'alternate' } : {}),
    lifecycle: {
      strategy,
      stage: others.length > 0 ? 'RECONCILE_SERVICE' : 'PRE_SCALE_UP',
      ...(source ? { sourceId: source.id } : {}),
      ...(loadBalancers.length > 0 ? { shares: { production: share, test: share } } : {}),
    },
  };
}
