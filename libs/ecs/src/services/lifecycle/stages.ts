import { type DeploymentLifecycle, LIFECYCLE_STAGES, type LifecycleStage, type TrafficShares } from '../../model/lifecycle.js';
import type { Deployment, DeploymentConfiguration, Service } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import { alarmsBakeMs } from './deployment-alarms.js';

const MINUTE_MS = 60_000;

/** What holds for a roll-out: the service's configuration as it was when it began, with as long a bake time as its alarms need. */
export function configurationOf(
  state: Pick<EcsState, 'serviceDeployments'>,
  service: Service,
  deployment: Deployment,
): DeploymentConfiguration {
  const rollOut = state.serviceDeployments.get(deployment.serviceDeploymentArn);
  const configuration = rollOut?.deploymentConfiguration ?? service.deploymentConfiguration;
  const leastMinutes = alarmsBakeMs(state, deployment) / MINUTE_MS;
  return leastMinutes > configuration.bakeTimeInMinutes ? { ...configuration, bakeTimeInMinutes: leastMinutes } : configuration;
}

/** A deployment that is moving traffic: its revision and the one before it run side by side. The tasks of CLEAN_UP go as in a rolling update. */
export const isShifting = ({ lifecycle, rolloutState }: Deployment): boolean =>
  lifecycle !== undefined && lifecycle.strategy !== 'ROLLING' && lifecycle.stage !== 'CLEAN_UP' && rolloutState !== 'COMPLETED';

/** Whether the traffic is where the stage wants it. */
export const isInForce = ({ lifecycle }: Deployment): boolean => !lifecycle?.shares || lifecycle.shiftedAt !== undefined;

export interface NextStage {
  readonly stage: LifecycleStage;
  readonly shares?: TrafficShares;
}

/** A rollback only moves traffic back; the test traffic of a deployment, once shifted, stays with it. */
export function nextStage({ stage, shares, isRollback }: DeploymentLifecycle, configuration: DeploymentConfiguration): NextStage {
  if (isRollback) return { stage: 'CLEAN_UP' };
  const isBetweenSteps = stage === 'PRODUCTION_TRAFFIC_SHIFT' && shares !== undefined && shares.production < 100;
  const next = isBetweenSteps ? 'PRE_PRODUCTION_TRAFFIC_SHIFT' : LIFECYCLE_STAGES[LIFECYCLE_STAGES.indexOf(stage) + 1]!;
  if (!shares) return { stage: next };
  if (next === 'TEST_TRAFFIC_SHIFT' && shares.test < 100) return { stage: next, shares: { ...shares, test: 100 } };
  if (next !== 'PRODUCTION_TRAFFIC_SHIFT' || shares.production === 100) return { stage: next };
  return { stage: next, shares: { ...shares, production: nextShare(shares.production, configuration) } };
}

/** ECS's shares are of a tenth of a percent. */
function nextShare(production: number, { strategy, linearConfiguration, canaryConfiguration }: DeploymentConfiguration): number {
  if (strategy === 'LINEAR') return Math.min(100, Math.round((production + linearConfiguration!.stepPercent) * 10) / 10);
  return strategy === 'CANARY' && production === 0 ? canaryConfiguration!.canaryPercent : 100;
}

/** Until when a stage lasts by itself, when its work and its hooks are done. Infinity: until something is known. */
export function lastsUntilMs(lifecycle: DeploymentLifecycle, configuration: DeploymentConfiguration): number {
  const { stage, since, shiftedAt = since, shares, isRollback } = lifecycle;
  if (isRollback) return -Infinity;
  if (stage === 'BAKE_TIME') return Date.parse(since) + configuration.bakeTimeInMinutes * MINUTE_MS;
  if (stage !== 'PRODUCTION_TRAFFIC_SHIFT' || !shares || shares.production === 100) return -Infinity;
  const { linearConfiguration, canaryConfiguration } = configuration;
  const minutes = linearConfiguration?.stepBakeTimeInMinutes ?? canaryConfiguration?.canaryBakeTimeInMinutes ?? 0;
  return Date.parse(shiftedAt > since ? shiftedAt : since) + minutes * MINUTE_MS;
}

/** From SCALE_UP on its tasks run. */
export const hasScaledUp = ({ stage }: DeploymentLifecycle): boolean =>
  LIFECYCLE_STAGES.indexOf(stage) >= LIFECYCLE_STAGES.indexOf('SCALE_UP');
