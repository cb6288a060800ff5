import type { Deployment, DeploymentConfiguration, Service } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import { FARGATE_PLATFORM } from '../../tasks/launch-type.js';
import { desiredCountOf } from '../reconcile/daemon-instances.js';
import { describeTaskSet } from './describe-task-set.js';
import { countTasks, NO_TASKS, type TaskCounts } from '../reconcile/task-counts.js';
import { taskSetsOf } from '../reconcile/task-sets.js';

function describeDeployment(
  service: Service,
  desiredCount: number,
  deployment: Deployment,
  { running, pending, live }: TaskCounts,
): object {
  const { id, status, rolloutState, rolloutStateReason, createdAt, updatedAt, failedTasks, taskDefinitionArn } = deployment;
  const { networkConfiguration, serviceConnectConfiguration } = deployment;
  return {
    id,
    status,
    taskDefinition: taskDefinitionArn,
    // What is left of an earlier deployment is on its way out: it wants no more than it has.
    desiredCount: status === 'PRIMARY' ? desiredCount : live,
    pendingCount: pending,
    runningCount: running,
    failedTasks,
    createdAt,
    updatedAt,
    ...capacityShown(service),
    ...(service.launchType === 'FARGATE' ? { platformVersion: FARGATE_PLATFORM } : {}),
    networkConfiguration,
    ...(serviceConnectConfiguration ? { serviceConnectConfiguration } : {}),
    rolloutState,
    rolloutStateReason,
  };
}

/** A strategy stands where the launch type does, as on ECS. */
const capacityShown = ({ launchType, capacityProviderStrategy }: Service) => ({
  ...(capacityProviderStrategy ? { capacityProviderStrategy } : { launchType }),
  ...(launchType === 'FARGATE' ? { platformFamily: 'Linux' } : {}),
});

/** ECS shows the alarms of a deployment whether there are any or not (the CLI's examples of update-service). */
export const withAlarms = (configuration: DeploymentConfiguration): DeploymentConfiguration => ({
  ...configuration,
  alarms: configuration.alarms ?? { alarmNames: [], rollback: false, enable: false },
});

/** A service as DescribeServices, CreateService, UpdateService and DeleteService show it. Tags only when asked for. */
export function describeService(state: EcsState, service: Service, options: { readonly tags?: boolean } = {}): object {
  const { taskDefinitionArn, messages, deployments: all, tags, accountId: _account, region: _region, ...rest } = service;
  const { deploymentConfiguration, healthCheckGracePeriodSeconds = 0 } = service;
  const {
    serviceConnectConfiguration: _connected,
    monitoring: _monitoring,
    creationDigest: _digest,
    lastCompletedDeploymentId: _last,
    endedAt: _ended,
    revisions: _revisions,
    launchType: _launchType,
    capacityProviderStrategy: _strategy,
    ...shown
  } = rest;
  const counts = countTasks(state, service);
  const sum = (kind: 'running' | 'pending') => [...counts.values()].reduce((total, count) => total + count[kind], 0);
  // Kept for a rollback only, after a roll-out that was stopped: INACTIVE to ECS, and `services-stable` waits for a single one.
  const isOver = all[0]?.rolloutState === 'FAILED';
  const deployments = all.filter(({ id }, i) => i === 0 || !isOver || counts.has(id));
  const [primary] = deployments;
  const desiredCount = desiredCountOf(state, service);
  return {
    ...shown,
    ...capacityShown(service),
    deploymentConfiguration: withAlarms(deploymentConfiguration),
    healthCheckGracePeriodSeconds,
    desiredCount,
    taskDefinition: taskDefinitionArn,
    runningCount: sum('running'),
    pendingCount: sum('pending'),
    deployments: deployments.map((deployment) =>
      describeDeployment(service, desiredCount, deployment, counts.get(deployment.id) ?? NO_TASKS),
    ),
    events: messages,
    loadBalancers: service.loadBalancers ?? [],
    serviceRegistries: service.serviceRegistries ?? [],
    taskSets: taskSetsOf(state, service).map((taskSet) => describeTaskSet(service, taskSet, counts, options)),
    deploymentController: service.deploymentController ?? { type: 'ECS' },
    tags: options.tags ? tags : [],
    ...(primary
      ? {
          currentServiceDeployment: primary.serviceDeploymentArn,
          currentServiceRevisions: deployments.map(({ id, serviceRevisionArn }, i) => ({
            arn: serviceRevisionArn,
            requestedTaskCount: i === 0 ? desiredCount : (counts.get(id) ?? NO_TASKS).live,
            runningTaskCount: (counts.get(id) ?? NO_TASKS).running,
            pendingTaskCount: (counts.get(id) ?? NO_TASKS).pending,
          })),
        }
      : {}),
  };
}
