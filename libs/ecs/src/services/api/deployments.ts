import { event } from '../../model/events.js';
import type { HookState } from '../../model/lifecycle.js';
import { type Deployment, type Service, type ServiceDeployment, type ServiceRevision, targetsOf } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import { isOwnArnOf, resolveCluster } from '../../lookup/lookup.js';
import { type PageInput, paginate } from '#lib/kernel';
import type { CommandRule, QueryRule } from '../../model/rules.js';
import { refusals } from '../../model/refusals.js';
import { openHook } from '../lifecycle/hooks.js';
import { isShifting } from '../lifecycle/stages.js';
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

/** [sdk ServiceDeploymentAlarms] */
function alarmsOf({ deploymentConfiguration, alarms, finishedAt }: ServiceDeployment): object {
  const { enable, alarmNames } = deploymentConfiguration.alarms ?? {};
  if (!enable) return { status: 'DISABLED' };
  const { triggeredAlarmNames = [] } = alarms ?? {};
  const isOver = finishedAt !== undefined;
  return {
    status: triggeredAlarmNames.length > 0 ? 'TRIGGERED' : isOver ? 'MONITORING_COMPLETE' : 'MONITORING',
    alarmNames,
    triggeredAlarmNames,
  };
}

/** Of the traffic that a deployment wants, what one of its two sides is to have. */
function requestedWeights({ id, lifecycle }: Deployment, side: Deployment): object {
  const { shares, sourceId } = lifecycle!;
  if (!shares || (side.id !== id && side.id !== sourceId)) return {};
  const of = (share: number) => (side.id === id ? share : Math.round((100 - share) * 10) / 10);
  return { requestedProductionTrafficWeight: of(shares.production), requestedTestTrafficWeight: of(shares.test) };
}

const hookDetail = ({ hookId, targetType, targetArn, status, expiresAt, timeoutAction }: HookState): object => ({
  hookId,
  targetType,
  targetArn,
  status,
  expiresAt,
  timeoutAction,
});

function describeRollOut(state: EcsState, rollOut: ServiceDeployment): object {
  const { sourceServiceRevisionArns, targetServiceRevisionArn, failedTasks: _failed, ...shown } = rollOut;
  const service = state.services.get(rollOut.serviceArn);
  const counts = service ? countTasks(state, service) : undefined;
  const [primary] = service?.deployments ?? [];
  const lifecycle = primary?.serviceDeploymentArn === rollOut.serviceDeploymentArn ? primary.lifecycle : undefined;
  const summary = (arn: string) => {
    const deployment = service?.deployments.find(({ serviceRevisionArn }) => serviceRevisionArn === arn);
    const { running, pending, live } = (deployment && counts?.get(deployment.id)) ?? NO_TASKS;
    const isBeside = deployment !== undefined && deployment.id === lifecycle?.sourceId && isShifting(primary!);
    const isWanted = deployment?.status === 'PRIMARY' || isBeside;
    const requestedTaskCount = isWanted ? desiredCountOf(state, service!) : live;
    const weights = deployment && lifecycle ? requestedWeights(primary!, deployment) : {};
    return { arn, requestedTaskCount, runningTaskCount: running, pendingTaskCount: pending, ...weights };
  };
  return {
    ...shown,
    sourceServiceRevisions: sourceServiceRevisionArns.map(summary),
    targetServiceRevision: summary(targetServiceRevisionArn),
    deploymentConfiguration: withAlarms(rollOut.deploymentConfiguration),
    ...(lifecycle?.hooks ? { lifecycleHookDetails: lifecycle.hooks.map(hookDetail) } : {}),
    deploymentCircuitBreaker: breakerOf(state, service, rollOut),
    alarms: alarmsOf(rollOut),
  };
}

function describeRevision(state: EcsState, known: ServiceRevision): object {
  const { taskDefinitionArn, loadBalancers = [], side: _side, ...kept } = known;
  const { serviceRegistries = [], serviceConnectConfiguration = { enabled: false }, ...revision } = kept;
  const resolved = targetsOf(known).map(({ targetGroupArn }, i) => ({
    targetGroupArn,
    productionListenerRule: loadBalancers[i]!.advancedConfiguration?.productionListenerRule,
  }));
  const isMoved = resolved.some(({ productionListenerRule }) => productionListenerRule);
  const images = state.taskDefinitions.get(taskDefinitionArn)?.containerDefinitions ?? [];
  return {
    ...revision,
    taskDefinition: taskDefinitionArn,
    containerImages: images.map(({ name, image }) => ({ containerName: name, image })),
    loadBalancers,
    serviceRegistries,
    guardDutyEnabled: false,
    serviceConnectConfiguration,
    ...(isMoved ? { resolvedConfiguration: { loadBalancers: resolved } } : {}),
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
    if (primary.lifecycle?.stage === 'CLEAN_UP') {
      throw refusals.conflict('The service deployment is in CLEAN_UP: the revision before it is on its way out.', [arn]);
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

/** Of a pause hook: on with it (the default), or back. */
export const continueServiceDeployment: CommandRule<{ serviceDeploymentArn: string; hookId: string; action?: string }> = {
  actors: ['state-store'],
  decide(state, { serviceDeploymentArn: arn, hookId, action = 'CONTINUE' }, context) {
    const rollOut = isOwnArnOf(context, DEPLOYMENT, arn) ? state.serviceDeployments.get(arn) : undefined;
    if (!rollOut) throw refusals.of('ServiceDeploymentNotFoundException', 'The specified service deployment was not found.');
    const { serviceArn } = rollOut;
    const service = state.services.get(serviceArn);
    const primary = service?.deployments[0];
    const known =
      primary?.serviceDeploymentArn === arn ? primary.lifecycle?.hooks?.find((hook) => hook.hookId === hookId) : undefined;
    if (!known) throw refusals.invalidParameter(`The service deployment is not at a lifecycle hook ${hookId}.`);
    const hook = openHook(service, primary!.id, hookId);
    if (hook?.status !== 'AWAITING_ACTION') {
      throw refusals.conflict(
        `The lifecycle hook ${hookId} is ${known.status}: only one that is AWAITING_ACTION can be continued.`,
        [arn],
      );
    }
    const change =
      action === 'ROLLBACK'
        ? ({ status: 'FAILED', reason: 'rolled back by the user' } as const)
        : ({ status: 'SUCCEEDED' } as const);
    return [event('DeploymentHookChanged', { serviceArn, deploymentId: primary!.id, hookId, ...change })];
  },
  reply: (_state, { serviceDeploymentArn }) => ({ serviceDeploymentArn }),
};
