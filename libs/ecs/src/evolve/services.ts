import type { Instant } from '../model/common.js';
import type { Replica, Task } from '../model/task.js';
import { type ServiceArn, taskSetArn } from '../model/ids.js';
import { type Deployment, MAX_SERVICE_MESSAGES, type Rollout, type Service, type ServiceDeployment } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import { countedAfter, NO_FAILURES, rowEnded } from '../task-health/deployment-failures.js';
import { lifecycleOfRollback } from './lifecycle-of-rollback.js';
import type { Evolvers } from './evolver.js';
import { required } from '#lib/kernel';

export const serviceOf = (state: EcsState, arn: ServiceArn): Service => required(state.services, arn, 'service');

export function changeService(state: EcsState, arn: ServiceArn, change: Partial<Service>): void {
  state.services.put(arn, { ...serviceOf(state, arn), ...change });
}

const changed = (service: Service, id: string, change: Partial<Deployment>): readonly Deployment[] =>
  service.deployments.map((deployment) => (deployment.id === id ? { ...deployment, ...change } : deployment));

export function changeDeployment(state: EcsState, arn: ServiceArn, id: string, change: Partial<Deployment>): void {
  changeService(state, arn, { deployments: changed(serviceOf(state, arn), id, change) });
}

export const deploymentOf = (service: Service, id: string): Deployment => {
  const found = service.deployments.find((deployment) => deployment.id === id);
  if (!found) throw new Error(`${service.serviceArn} has no deployment ${id}`);
  return found;
};

/** Changes the history of the roll-out; it may be forgotten together with a service of the same name. */
export function changeHistory(
  state: EcsState,
  { serviceDeploymentArn: arn }: Deployment,
  change: Partial<ServiceDeployment>,
): void {
  const history = state.serviceDeployments.get(arn);
  if (history) state.serviceDeployments.put(arn, { ...history, ...change });
}

const inProgress = (id: string) => `ECS deployment ${id} in progress.`;

/** Essential containers' health checks say what is healthy (ECS: the worst of them). */
export const hasHealthCheck = (state: EcsState, taskDefinitionArn: string) =>
  state.taskDefinitions
    .get(taskDefinitionArn)
    ?.containerDefinitions.some(
      ({ essential, healthCheck }) => essential && healthCheck !== undefined && healthCheck.command[0] !== 'NONE',
    ) ?? false;

/** The deployment or task set of this id, unless it is over. */
const findRollout = (state: EcsState, arn: ServiceArn, id: string): Rollout | undefined =>
  state.services.get(arn)?.deployments.find((deployment) => deployment.id === id) ?? state.taskSets.get(taskSetArn(arn, id));

function changeRollout(state: EcsState, arn: ServiceArn, id: string, change: Partial<Rollout>): void {
  const taskSet = state.taskSets.get(taskSetArn(arn, id));
  if (taskSet) state.taskSets.put(taskSet.taskSetArn, { ...taskSet, ...change });
  else changeDeployment(state, arn, id, change);
}

/** What a task's way means to its deployment or task set. Called by the tasks' evolvers, with the task before and after. */
export function countTask(state: EcsState, replica: Replica, before: Task | undefined, after: Task, at: Instant): void {
  const { serviceArn, deploymentId } = replica;
  const rollout = findRollout(state, serviceArn, deploymentId);
  if (!rollout) return;
  const change = before
    ? countedAfter(state, serviceOf(state, serviceArn), rollout, { before, after, at })
    : { placedTasks: rollout.placedTasks + 1 };
  if (change) changeRollout(state, serviceArn, deploymentId, change);
}

export const serviceEvolvers: Evolvers<
  | 'ServiceCreated'
  | 'ServiceUpdated'
  | 'ServiceDeleted'
  | 'ServiceDrained'
  | 'ServiceForgotten'
  | 'ServiceMessageAdded'
  | 'DeploymentStarted'
  | 'DeploymentCompleted'
  | 'DeploymentFailed'
  | 'DeploymentRolledBack'
  | 'DeploymentFailuresReset'
  | 'DeploymentEnded'
> = {
  ServiceCreated: (state, data, { at }) => {
    // An INACTIVE one of the same name makes room, with its history.
    forget(state, data.serviceArn);
    state.services.put(data.serviceArn, {
      ...data,
      status: 'ACTIVE',
      createdAt: at,
      deployments: [],
      messages: [],
      revisions: [],
    });
  },
  ServiceUpdated: (state, { serviceArn, ...change }, { at }) => {
    changeService(state, serviceArn, change);
    const primary = serviceOf(state, serviceArn).deployments[0];
    if (primary) changeDeployment(state, serviceArn, primary.id, { updatedAt: at });
  },
  ServiceDeleted: (state, { serviceArn }) => changeService(state, serviceArn, { status: 'DRAINING', desiredCount: 0 }),
  ServiceDrained: (state, { serviceArn }, { at }) =>
    changeService(state, serviceArn, { status: 'INACTIVE', deployments: [], endedAt: at }),
  ServiceForgotten: (state, { serviceArn }) => forget(state, serviceArn),
  ServiceMessageAdded: (state, { serviceArn, id, message }, { at }) => {
    const { messages } = serviceOf(state, serviceArn);
    changeService(state, serviceArn, {
      messages: [{ id, createdAt: at, message }, ...messages.slice(0, MAX_SERVICE_MESSAGES - 1)],
    });
  },
  DeploymentStarted: (state, { serviceArn, deploymentId, lifecycle, ...data }, { at, revision }) => {
    const service = serviceOf(state, serviceArn);
    const { clusterArn, launchType, deploymentConfiguration } = service;
    const connected = connectionsOf(service);
    const { serviceRevisionArn, serviceDeploymentArn, taskDefinitionArn } = data;
    const superseded = service.deployments[0];
    if (superseded?.rolloutState === 'IN_PROGRESS') {
      const statusReason = 'A newer deployment of the service was started.';
      changeHistory(state, superseded, { status: 'STOPPED', statusReason, stoppedAt: at, finishedAt: at, updatedAt: at });
    }
    const started: Deployment = {
      id: deploymentId,
      startedRevision: revision,
      status: 'PRIMARY',
      ...data,
      ...connected,
      ...(lifecycle ? { lifecycle: { ...lifecycle, since: at } } : {}),
      rolloutState: 'IN_PROGRESS',
      rolloutStateReason: inProgress(deploymentId),
      createdAt: at,
      updatedAt: at,
      ...NO_FAILURES,
      placedTasks: 0,
      healthChecked: hasHealthCheck(state, taskDefinitionArn),
    };
    const others = service.deployments.map((deployment) => ({ ...deployment, status: 'ACTIVE' as const }));
    changeService(state, serviceArn, { taskDefinitionArn, deployments: [started, ...others] });
    state.serviceRevisions.put(serviceRevisionArn, {
      serviceRevisionArn,
      serviceArn,
      clusterArn,
      taskDefinitionArn,
      ...connected,
      ...(data.side ? { side: data.side } : {}),
      launchType,
      createdAt: at,
    });
    state.serviceDeployments.put(serviceDeploymentArn, {
      serviceDeploymentArn,
      serviceArn,
      clusterArn,
      status: 'IN_PROGRESS',
      sourceServiceRevisionArns: others.map((deployment) => deployment.serviceRevisionArn),
      targetServiceRevisionArn: serviceRevisionArn,
      createdAt: at,
      startedAt: at,
      updatedAt: at,
      deploymentConfiguration,
      ...(lifecycle ? { lifecycleStage: lifecycle.stage } : {}),
    });
    forgetOldest(state, serviceArn);
  },
  DeploymentCompleted: (state, { serviceArn, deploymentId }, { at }) => {
    const deployment = deploymentOf(serviceOf(state, serviceArn), deploymentId);
    const rolloutStateReason = `ECS deployment ${deploymentId} completed.`;
    changeDeployment(state, serviceArn, deploymentId, { rolloutState: 'COMPLETED', rolloutStateReason, updatedAt: at });
    changeService(state, serviceArn, { lastCompletedDeploymentId: deploymentId });
    const status = historyOf(state, deployment)?.status === 'ROLLBACK_IN_PROGRESS' ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL';
    changeHistory(state, deployment, { status, finishedAt: at, updatedAt: at });
  },
  DeploymentFailed: (state, { serviceArn, deploymentId, reason }, { at }) => {
    const deployment = deploymentOf(serviceOf(state, serviceArn), deploymentId);
    changeDeployment(state, serviceArn, deploymentId, { rolloutState: 'FAILED', rolloutStateReason: reason, updatedAt: at });
    const status = historyOf(state, deployment)?.status === 'ROLLBACK_IN_PROGRESS' ? 'ROLLBACK_FAILED' : 'STOPPED';
    const { failedTasks } = deployment;
    changeHistory(state, deployment, { status, statusReason: reason, stoppedAt: at, finishedAt: at, updatedAt: at, failedTasks });
  },
  DeploymentRolledBack: (state, { serviceArn, deploymentId, toDeploymentId, reason }, { at }) => {
    const service = serviceOf(state, serviceArn);
    const failed = deploymentOf(service, deploymentId);
    const target = deploymentOf(service, toDeploymentId);
    const { serviceRevisionArn, taskDefinitionArn, loadBalancers, serviceRegistries, serviceConnectConfiguration, monitoring } =
      target;
    const { lifecycle: _before, ...asItWas } = target;
    const lifecycle = lifecycleOfRollback(failed, at);
    const primary: Deployment = {
      ...asItWas,
      ...NO_FAILURES,
      ...(lifecycle ? { lifecycle } : {}),
      status: 'PRIMARY',
      rolloutState: 'IN_PROGRESS',
      rolloutStateReason: inProgress(toDeploymentId),
      // What becomes of the rollback is told in the history of the roll-out that failed.
      serviceDeploymentArn: failed.serviceDeploymentArn,
      updatedAt: at,
    };
    const others = service.deployments
      .filter(({ id }) => id !== toDeploymentId)
      .map((deployment) => ({ ...deployment, status: 'ACTIVE' as const }));
    // One that was in no load balancer and no registry goes back to that.
    const connected = {
      ...connectionsOf(target),
      loadBalancers,
      ...(service.serviceRegistries || serviceRegistries ? { serviceRegistries } : {}),
      ...(service.serviceConnectConfiguration || serviceConnectConfiguration ? { serviceConnectConfiguration } : {}),
      ...(service.monitoring || monitoring ? { monitoring } : {}),
    };
    changeService(state, serviceArn, { taskDefinitionArn, ...connected, deployments: [primary, ...others] });
    changeHistory(state, failed, {
      status: 'ROLLBACK_IN_PROGRESS',
      statusReason: reason,
      finishedAt: undefined,
      stoppedAt: undefined,
      updatedAt: at,
      ...(lifecycle ? { lifecycleStage: lifecycle.stage } : {}),
      rollback: { reason, startedAt: at, serviceRevisionArn },
    });
  },
  DeploymentFailuresReset: (state, { serviceArn, deploymentId }) => {
    const rollout = findRollout(state, serviceArn, deploymentId);
    if (!rollout) throw new Error(`${serviceArn} has neither a deployment nor a task set ${deploymentId}`);
    changeRollout(state, serviceArn, deploymentId, rowEnded(serviceOf(state, serviceArn), rollout));
  },
  DeploymentEnded: (state, { serviceArn, deploymentId }) => {
    const { deployments } = serviceOf(state, serviceArn);
    changeService(state, serviceArn, { deployments: deployments.filter(({ id }) => id !== deploymentId) });
  },
};

/** How its tasks are reached, and measured. */
const connectionsOf = ({
  networkConfiguration,
  loadBalancers,
  serviceRegistries,
  serviceConnectConfiguration,
  monitoring,
}: Pick<
  Rollout,
  'networkConfiguration' | 'loadBalancers' | 'serviceRegistries' | 'serviceConnectConfiguration' | 'monitoring'
>) => ({
  ...(networkConfiguration ? { networkConfiguration } : {}),
  ...(loadBalancers ? { loadBalancers } : {}),
  ...(serviceRegistries ? { serviceRegistries } : {}),
  ...(serviceConnectConfiguration ? { serviceConnectConfiguration } : {}),
  ...(monitoring ? { monitoring } : {}),
});

const historyOf = (state: EcsState, { serviceDeploymentArn }: Deployment) => state.serviceDeployments.get(serviceDeploymentArn);

/** Roll-outs that the live fold remembers of a service (ECS: those of 90 days). The journal knows all. */
const MOST_ROLL_OUTS = 50;

function forgetOldest(state: EcsState, serviceArn: ServiceArn): void {
  if (state.serviceDeployments.countBy('service', serviceArn) <= MOST_ROLL_OUTS) return;
  const used = new Set(
    serviceOf(state, serviceArn).deployments.flatMap<string>((d) => [d.serviceDeploymentArn, d.serviceRevisionArn]),
  );
  let oldest: ServiceDeployment | undefined;
  for (const rollOut of state.serviceDeployments.by('service', serviceArn)) {
    if (!used.has(rollOut.serviceDeploymentArn) && (!oldest || rollOut.createdAt < oldest.createdAt)) oldest = rollOut;
  }
  if (!oldest) return;
  state.serviceDeployments.delete(oldest.serviceDeploymentArn);
  if (!used.has(oldest.targetServiceRevisionArn)) state.serviceRevisions.delete(oldest.targetServiceRevisionArn);
}

function forget(state: EcsState, serviceArn: ServiceArn): void {
  state.services.delete(serviceArn);
  for (const { serviceRevisionArn } of state.serviceRevisions.by('service', serviceArn)) {
    state.serviceRevisions.delete(serviceRevisionArn);
  }
  for (const { serviceDeploymentArn } of state.serviceDeployments.by('service', serviceArn)) {
    state.serviceDeployments.delete(serviceDeploymentArn);
  }
}
