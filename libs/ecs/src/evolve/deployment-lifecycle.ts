import { required } from '#lib/kernel';
import type { Instant } from '../model/common.js';
import type { ServiceArn } from '../model/ids.js';
import type { DeploymentLifecycle } from '../model/lifecycle.js';
import type { EcsState } from '../model/state.js';
import type { Evolvers } from './evolver.js';
import { changeDeployment, changeHistory, deploymentOf, serviceOf } from './services.js';

function changeLifecycle(
  state: EcsState,
  serviceArn: ServiceArn,
  id: string,
  at: Instant,
  change: (lifecycle: DeploymentLifecycle) => DeploymentLifecycle,
): void {
  const deployment = deploymentOf(serviceOf(state, serviceArn), id);
  // A rolling update has none before it bakes.
  const { lifecycle = { strategy: 'ROLLING', stage: 'SCALE_UP', since: at } as const } = deployment;
  changeDeployment(state, serviceArn, id, { lifecycle: change(lifecycle), updatedAt: at });
}

export const deploymentLifecycleEvolvers: Evolvers<
  'DeploymentStageReached' | 'DeploymentTrafficTold' | 'DeploymentAlarmsSeen' | 'DeploymentHooksStarted' | 'DeploymentHookChanged'
> = {
  DeploymentStageReached: (state, { serviceArn, deploymentId, stage, shares }, { at }) => {
    changeLifecycle(state, serviceArn, deploymentId, at, ({ hooks: _over, shiftedAt, shiftReason, ...kept }) => ({
      ...kept,
      stage,
      since: at,
      ...(shares ? { shares } : { ...(shiftedAt ? { shiftedAt } : {}), ...(shiftReason ? { shiftReason } : {}) }),
    }));
    const deployment = deploymentOf(serviceOf(state, serviceArn), deploymentId);
    changeHistory(state, deployment, { lifecycleStage: stage, updatedAt: at });
  },
  DeploymentTrafficTold: (state, { serviceArn, deploymentId, reason }, { at }) =>
    changeLifecycle(state, serviceArn, deploymentId, at, ({ shiftReason: _before, ...kept }) => ({
      ...kept,
      ...(reason === undefined ? { shiftedAt: at } : { shiftReason: reason }),
    })),
  DeploymentAlarmsSeen: ({ serviceDeployments }, { serviceArn: _service, serviceDeploymentArn, ...alarms }, { at }) => {
    const rollOut = required(serviceDeployments, serviceDeploymentArn, 'service deployment');
    serviceDeployments.put(serviceDeploymentArn, { ...rollOut, alarms, updatedAt: at });
  },
  DeploymentHooksStarted: (state, { serviceArn, deploymentId, hooks }, { at }) =>
    changeLifecycle(state, serviceArn, deploymentId, at, (kept) => ({
      ...kept,
      hooks: hooks.map((hook) => ({ ...hook, startedAt: at })),
    })),
  DeploymentHookChanged: (state, { serviceArn, deploymentId, hookId, ...change }, { at }) =>
    changeLifecycle(state, serviceArn, deploymentId, at, ({ hooks = [], ...kept }) => ({
      ...kept,
      hooks: hooks.map((hook) => {
        if (hook.hookId !== hookId) return hook;
        const { nextCallAt: _called, ...same } = hook;
        return { ...same, ...change };
      }),
    })),
};
