import type { EcsEvents } from '../model/events.js';
import type { HookState } from '../model/lifecycle.js';
import type { Deployment } from '../model/services.js';
import { hookName, isOpen } from '../services/lifecycle/hooks.js';
import { configurationOf, isInForce, isShifting, lastsUntilMs } from '../services/lifecycle/stages.js';
import type { LifecycleNow, Obstacle, Wait } from './explanation.js';
import type { LiveService } from './live-service.js';

const percent = (share: number): string => `${share} %`;

/** A deployment that moves traffic, or bakes: where it is. */
export function lifecycleNow({ lifecycle, rolloutState }: Deployment): LifecycleNow | undefined {
  if (!lifecycle || rolloutState === 'COMPLETED') return undefined;
  const { stage, since, shares, shiftedAt, shiftReason, hooks = [] } = lifecycle;
  return {
    stage,
    since,
    ...(shares ? { productionWeight: shares.production, testWeight: shares.test, inForce: shiftedAt !== undefined } : {}),
    ...(shiftReason === undefined ? {} : { shiftReason }),
    hooks: hooks.map(({ hookId, targetType, targetArn, status, reason }) => ({
      hookId,
      targetType,
      ...(targetArn === undefined ? {} : { targetArn }),
      status,
      ...(reason === undefined ? {} : { reason }),
    })),
  };
}

/** `stage BAKE_TIME; 100 % of the production traffic`, and what its hooks said. */
export function lifecycleLines({ stage, productionWeight, testWeight, inForce, shiftReason, hooks }: LifecycleNow): string[] {
  const traffic =
    productionWeight === undefined
      ? ''
      : `; ${percent(productionWeight)} of the production and ${percent(testWeight ?? 0)} of the test traffic${inForce ? '' : ', not in force yet'}`;
  return [
    `lifecycle stage ${stage}${traffic}`,
    ...(shiftReason === undefined ? [] : [`the load balancer cannot move the traffic: ${shiftReason}`]),
    ...hooks.map(
      ({ targetType, targetArn, hookId, status, reason }) =>
        `${targetType === 'PAUSE' ? `pause hook ${hookId}` : `hook ${targetArn}`}: ${status}${reason === undefined ? '' : ` (${reason})`}`,
    ),
  ];
}

const primaryOf = ({ service }: LiveService): Deployment | undefined => service.deployments[0];

/** Both revisions run: that is no steady service. */
export function lifecycleObstacle(live: LiveService): Obstacle[] {
  const primary = primaryOf(live);
  if (!primary || !isShifting(primary) || primary.rolloutState === 'FAILED') return [];
  const [what, ...details] = lifecycleLines(lifecycleNow(primary)!);
  return [{ what: `deployment ${primary.id} is under way: ${what}.`, details }];
}

export function lifecycleWaits(live: LiveService): Wait[] {
  const { state, service, nowMs } = live;
  const primary = primaryOf(live);
  const lifecycle = primary?.lifecycle;
  if (!primary || !lifecycle || primary.rolloutState !== 'IN_PROGRESS') return [];
  const open = (lifecycle.hooks ?? []).filter(isOpen);
  const untilMs = lastsUntilMs(lifecycle, configurationOf(state, service, primary));
  const isTimed = isInForce(primary) && open.length === 0 && untilMs > nowMs;
  return [
    ...(isInForce(primary) ? [] : [{ what: 'the load balancer to move the traffic' }]),
    ...open.map((hook) => ({ what: waitOf(hook), until: hook.expiresAt })),
    ...(isTimed ? [timeOf(lifecycle.stage, untilMs)] : []),
  ];
}

const timeOf = (stage: string, untilMs: number): Wait =>
  Number.isFinite(untilMs)
    ? { what: `the time of ${stage} to pass`, until: new Date(untilMs).toISOString() }
    : { what: 'the autoscaler to say how its deployment alarms are' };

const waitOf = (hook: HookState): string =>
  hook.targetType === 'PAUSE' ? `ContinueServiceDeployment for the ${hookName(hook)}` : `the answer of the ${hookName(hook)}`;

export const stageStep = ({ deploymentId, stage, shares }: EcsEvents['DeploymentStageReached']): string =>
  `took deployment ${deploymentId} on to the lifecycle stage ${stage}${shares ? `: it is to have ${percent(shares.production)} of the production and ${percent(shares.test)} of the test traffic` : ''}`;

export const trafficStep = ({ deploymentId, shares, reason }: EcsEvents['DeploymentTrafficTold']): string =>
  reason === undefined
    ? `moved ${percent(shares.production)} of the production and ${percent(shares.test)} of the test traffic to deployment ${deploymentId}`
    : `could not move traffic to deployment ${deploymentId}: ${reason}`;

export const alarmsStep = ({ triggeredAlarmNames }: EcsEvents['DeploymentAlarmsSeen']): string =>
  triggeredAlarmNames.length > 0
    ? `heard that its deployment alarms went to ALARM: ${triggeredAlarmNames.join(', ')}`
    : 'heard that none of its deployment alarms is in ALARM';

export const hookStep = ({ hookId, status, reason }: EcsEvents['DeploymentHookChanged']): string =>
  `took lifecycle hook ${hookId} for ${status}${reason === undefined ? '' : `: ${reason}`}`;
