import { hashId } from '#lib/kernel';
import type { EcsEvents } from '../../model/events.js';
import type { DeploymentLifecycle, HookState } from '../../model/lifecycle.js';
import type { Deployment, DeploymentConfiguration, Service } from '../../model/services.js';

const MINUTE_MS = 60_000;

/** The hooks that a stage of a deployment has, as they begin. A rollback has none: it waits for nobody. */
export function hooksDue(
  deployment: Deployment,
  { stage, since, isRollback }: DeploymentLifecycle,
  { lifecycleHooks = [] }: DeploymentConfiguration,
  nowMs: number,
): EcsEvents['DeploymentHooksStarted']['hooks'] {
  if (isRollback) return [];
  return lifecycleHooks.flatMap((hook, i) => {
    if (!hook.lifecycleStages.includes(stage)) return [];
    const { targetType, hookTargetArn, hookDetails, timeoutConfiguration } = hook;
    return [
      {
        // A stage may come again, at each step of the traffic.
        hookId: hashId('lifecycle-hook', deployment.serviceDeploymentArn, stage, since, i),
        targetType,
        ...(hookTargetArn === undefined ? {} : { targetArn: hookTargetArn }),
        status: targetType === 'PAUSE' ? 'AWAITING_ACTION' : 'IN_PROGRESS',
        expiresAt: new Date(nowMs + timeoutConfiguration.timeoutInMinutes * MINUTE_MS).toISOString(),
        timeoutAction: timeoutConfiguration.action,
        ...(hookDetails === undefined ? {} : { hookDetails }),
      },
    ];
  });
}

export const isOpen = ({ status }: HookState): boolean => status === 'AWAITING_ACTION' || status === 'IN_PROGRESS';

/** Whether the deployment goes back because of it. */
export const endsDeployment = ({ status, timeoutAction }: HookState): boolean =>
  status === 'FAILED' || (status === 'TIMED_OUT' && timeoutAction === 'ROLLBACK');

/** As people are told of it. */
export const hookName = ({ targetType, targetArn, hookId }: HookState): string =>
  targetType === 'PAUSE' ? `pause hook ${hookId}` : `hook ${targetArn}`;

/** The hook of the service's deployment that is under way, if it still is. */
export function openHook(service: Service | undefined, deploymentId: string, hookId: string): HookState | undefined {
  const [primary] = service?.deployments ?? [];
  if (primary?.id !== deploymentId || primary.rolloutState !== 'IN_PROGRESS') return undefined;
  return primary.lifecycle?.hooks?.find((hook) => hook.hookId === hookId && isOpen(hook));
}
