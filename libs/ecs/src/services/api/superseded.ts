import { type EcsEvent, event } from '../../model/events.js';
import type { Service } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import { countsOf } from '../reconcile/service-counts.js';

/**
 * A deployment that clients already call stable (the only one, as many tasks RUNNING as wanted and no others: `services-stable`)
 * while its tasks without health checks have yet to run for `healthyAfterMs`. A newer one completes it: it would be cut off as
 * STOPPED otherwise, and the newer one, should it fail, would have nothing to roll back to.
 */
export function completedBySuccessor(state: EcsState, service: Service, nowMs: number): EcsEvent[] {
  const [primary, ...others] = service.deployments;
  if (primary?.rolloutState !== 'IN_PROGRESS' || others.length > 0) return [];
  // One that moves traffic is complete when it says so: its hooks have a word in it.
  if (primary.lifecycle && primary.lifecycle.stage !== 'BAKE_TIME' && primary.lifecycle.stage !== 'CLEAN_UP') return [];
  const running = { ...primary, healthyAfterMs: 0 };
  const counts = countsOf(state, { ...service, deployments: [running] }, running, nowMs);
  const { desiredCount, healthy, kept, hasOthers } = counts;
  const isStable = !hasOthers && kept.length === desiredCount && healthy.length === desiredCount;
  return isStable ? [event('DeploymentCompleted', { serviceArn: service.serviceArn, deploymentId: primary.id })] : [];
}
