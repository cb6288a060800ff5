import { event } from '../../model/events.js';
import type { Service, ServiceDeployment, ServiceRevision } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import { isOwnArnOf, resolveCluster } from '../../lookup/lookup.js';
import { type PageInput, paginate } from '#lib/kernel';
import type { CommandRule, QueryRule } from '../../model/rules.js';
import { refusals } from '../../model/refusals.js';
import { breakerThreshold } from '../reconcile/circuit-breaker.js';
import { desiredCountOf } from '../reconcile/daemon-instances.js';
import { withAlarms } from './describe-service.js';
import { resolveService } from '../../lookup/services.js';
import { countTasks, NO_TASKS } from '../reconcile/task-counts.js';

const MOST_DESCRIBED = 20;
const DEPLOYMENT = 'service-deployment';

/** The deployment of the service that a roll-out is carried out by, while it is. */
const carrying = (service: Service | undefined, { serviceDeploymentArn }: ServiceDeployment) =>
  service?.deployments.find((deployment) => deployment.serviceDeploymentArn === serviceDeploymentArn);

function breakerOf(state: EcsState, service: Service | undefined, rollOut: ServiceDeployment): object {
  const { deploymentCircuitBreaker } = rollOut.deploymentConfiguration;
  if (!deploymentCircuitBreaker.enable) return { status: 'DISABLED', failureCount: 0, threshold: 0 };
  const isOver = rollOut.finishedAt !== undefined;
  return {
    status: rollOut.rollback || rollOut.status === 'STOPPED' ? 'TRIGGERED' : isOver ? 'MONITORING_COMPLETE' : 'MONITORING',
    failureCount: rollOut.failedTasks ?? carrying(service, rollOut)?.failedTasks ?? 0,
    threshold: breakerThreshold(deploymentCircuitBreaker, service ? desiredCountOf(state, service) : 0),
  };
}

function describeRollOut(state: EcsState, rollOut: ServiceDeployment): object {
  const { sourceServiceRevisionArns, targetServiceRevisionArn, failedTasks: _failed, ...shown } = rollOut;
  const service = state.services.get(rollOut.serviceArn);
  const counts = service ? countTasks(state, service) : undefined;
  const summary = (arn: string) => {
    const deployment = service?.deployments.find(({ serviceRevisionArn }) => serviceRevisionArn === arn);
    const { running, pending, live } = (deployment && counts?.get(deployment.id)) ?? NO_TASKS;
    const requestedTaskCount = deployment?.status === 'PRIMARY' ? desiredCountOf(state, service!) : live;
    return { arn, requestedTaskCount, runningTaskCount: running, pendingTaskCount: pending };
  };
  return {
    ...shown,
    sourceServiceRevisions: sourceServiceRevisionArns.map(summary),
    targetServiceRevision: summary(targetServiceRevisionArn),
    deploymentConfiguration: withAlarms(rollOut.deploymentConfiguration),
    deploymentCircuitBreaker: breakerOf(state, service, rollOut),
    alarms: { status: 'DISABLED' },
  };
}

function describeRevision(
  state: EcsState,
  {
    taskDefinitionArn,
    loadBalancers = [],
    serviceRegistries = [],
    serviceConnectConfiguration = { enabled: false },
    ...revision
  }: ServiceRevision,
): object {
  const images = state.taskDefinitions.get(taskDefinitionArn)?.containerDefinitions ?? [];
  return {
    ...revision,
    taskDefinition: taskDefinitionArn,
    containerImages: images.map(({ name, image }) => ({ containerName: name, image })),
    loadBalancers,
    serviceRegistries,
    guardDutyEnabled: false,
    serviceConnectConfiguration,
  };
}

function briefly(rollOut: ServiceDeployment): object {
  const { serviceDeploymentArn, serviceArn, clusterArn, status, statusReason, createdAt, startedAt, finishedAt } = rollOut;
  const { targetServiceRevisionArn } = rollOut;
  const times = { createdAt, startedAt, finishedAt };
  return { serviceDeploymentArn, serviceArn, clusterArn, status, statusReason, targetServiceRevisionArn, ...times };
}

interface ListInput extends PageInput {
  readonly service: string;
  readonly cluster?: string;
  readonly status?: readonly string[];
  readonly createdAt?: { readonly before?: string; readonly after?: string };
}

export const listServiceDeployments: QueryRule<ListInput> = (state, input, context) => {
  const { serviceArn } = resolveService(state, context, resolveCluster(state, context, input.cluster), input.service);
  const { before, after } = input.createdAt ?? {};
  const matches = ({ status, createdAt }: ServiceDeployment) =>
    (!input.status?.length || input.status.includes(status)) &&
    (!before || Date.parse(createdAt) < Date.parse(before)) &&
    (!after || Date.parse(createdAt) > Date.parse(after));
  const rollOuts = [...state.serviceDeployments.by('service', serviceArn)].filter(matches);
  // Newest first; the ARN tells those of one instant apart.
  const page = paginate(rollOuts, ({ createdAt, serviceDeploymentArn }) => `${createdAt} ${serviceDeploymentArn}`, input, {
    list: `service deployments ${serviceArn}`,
    descending: true,
  });
  return {
    serviceDeployments: page.items.map(briefly),
    ...(page.nextToken ? { nextToken: page.nextToken } : {}),
  };
};

const tooMany = (what: string, given: readonly string[]) => {
  if (given.length === 0) throw refusals.invalidParameter(`${what} cannot be empty.`);
  if (given.length > MOST_DESCRIBED) {
    throw refusals.invalidParameter(`${what} cannot have more than ${MOST_DESCRIBED} elements.`);
  }
};

export const describeServiceDeployments: QueryRule<{ serviceDeploymentArns: readonly string[] }> = (state, input, context) => {
  tooMany('serviceDeploymentArns', input.serviceDeploymentArns);
  const serviceDeployments: object[] = [];
  const failures: object[] = [];
  for (const arn of new Set(input.serviceDeploymentArns)) {
    const found = isOwnArnOf(context, DEPLOYMENT, arn) ? state.serviceDeployments.get(arn) : undefined;
    if (found) serviceDeployments.push(describeRollOut(state, found));
    else failures.push({ arn, reason: 'MISSING' });
  }
  return { serviceDeployments, failures };
};

export const describeServiceRevisions: QueryRule<{ serviceRevisionArns: readonly string[] }> = (state, input, context) => {
  tooMany('serviceRevisionArns', input.serviceRevisionArns);
  const serviceRevisions: object[] = [];
  const failures: object[] = [];
  for (const arn of new Set(input.serviceRevisionArns)) {
    const found = isOwnArnOf(context, 'service-revision', arn) ? state.serviceRevisions.get(arn) : undefined;
    if (found) serviceRevisions.push(describeRevision(state, found));
    else failures.push({ arn, reason: 'MISSING' });
  }
  return { serviceRevisions, failures };
};

/** ROLLBACK (the default) goes back to the revision that completed last; ABORT leaves everything as it is now. */
export const stopServiceDeployment: CommandRule<{ serviceDeploymentArn: string; stopType?: string }> = {
  actors: ['state-store'],
  decide(state, input, context) {
    const { serviceDeploymentArn: arn, stopType = 'ROLLBACK' } = input;
    const rollOut = isOwnArnOf(context, DEPLOYMENT, arn) ? state.serviceDeployments.get(arn) : undefined;
    if (!rollOut) throw refusals.of('ServiceDeploymentNotFoundException', 'The specified service deployment was not found.');
    const { serviceArn } = rollOut;
    const service = state.services.get(serviceArn);
    const primary = service?.deployments[0];
    if (primary?.serviceDeploymentArn !== arn || primary.rolloutState !== 'IN_PROGRESS' || rollOut.rollback) {
      throw refusals.conflict(`The service deployment is ${rollOut.status}: only one that is in progress can be stopped.`, [arn]);
    }
    const deploymentId = primary.id;
    const toDeploymentId = service!.lastCompletedDeploymentId;
    const reason = 'The service deployment was stopped by the user.';
    const failed = event('DeploymentFailed', { serviceArn, deploymentId, reason });
    if (stopType === 'ABORT') return [failed];
    if (toDeploymentId === undefined || !service!.deployments.some(({ id }) => id === toDeploymentId)) {
      throw refusals.client('There is no completed deployment to roll back to. Use the stopType ABORT.');
    }
    return [failed, event('DeploymentRolledBack', { serviceArn, deploymentId, toDeploymentId, reason })];
  },
  reply: (_state, { serviceDeploymentArn }) => ({ serviceDeploymentArn }),
};
