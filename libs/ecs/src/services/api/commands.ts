import type { Cluster } from '../../model/cluster.js';
import type { TaskDefinition } from '../../model/task-definition.js';
import { type EcsEvent, event } from '../../model/events.js';
import { clusterNameOf, serviceArn, serviceDeploymentArn, serviceRevisionArn } from '../../model/ids.js';
import {
  type Caller,
  canonicalJson,
  type CommandContext,
  contentDigest,
  digitsFor,
  hashId,
  parseArn,
  sameContent,
} from '#lib/kernel';
import { hasTaskSets, type Service, type ServiceSettings } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import { knownCluster, resolveActiveTaskDefinition, resolveCluster } from '../../lookup/lookup.js';
import { offeredBy } from '../../clusters/capacity-strategy.js';
import { checkHostAccess } from '../../definitions/host-access.js';
import { checkTags } from '../../tags/tags.js';
import type { CommandRule } from '../../model/rules.js';
import { refusals } from '../../model/refusals.js';
import { describeService } from './describe-service.js';
import { beginningOf } from '../lifecycle/beginning.js';
import { roleArnOf } from './load-balancers.js';
import { type ScaleInput, scaleService } from './scale-service.js';
import { refuseTakenAliases } from './service-connect.js';
import { refuseForExternalService, refuseForExternalUpdate } from './external-controller.js';
import { DEFAULT_HEALTHY_AFTER_MS, type FromStateStore } from './defaults.js';
import {
  DAEMON_SETTINGS,
  DEFAULT_SETTINGS,
  rebalancingOf,
  refuseForDaemon,
  schedulingStrategyOf,
  type ServiceDefaults,
  type ServiceInput,
  settingsOf,
} from './input.js';
import { checkServiceName, findService, resolveService } from '../../lookup/services.js';
import { completedBySuccessor } from './superseded.js';
import { refuseWhileHeldOpen } from './task-protection.js';
import { computedDesiredCount, taskSetsOf, unsettled } from '../reconcile/task-sets.js';

type CreateInput = FromStateStore &
  ServiceInput & {
    readonly serviceName: string;
    readonly schedulingStrategy?: string;
    readonly clientToken?: string;
    readonly role?: string;
    readonly tags?: readonly { readonly key?: string; readonly value?: string }[];
  };

type UpdateInput = FromStateStore & ServiceInput & { readonly service: string; readonly forceNewDeployment?: boolean };

/** A roll-out of a task definition. Its ids follow from the command, so a repeated command makes none twice. */
function deploymentStarted(
  service: Pick<Service, 'serviceArn' | 'serviceName' | 'clusterArn'>,
  { taskDefinitionArn }: TaskDefinition,
  context: CommandContext,
  { healthyAfterMs = DEFAULT_HEALTHY_AFTER_MS }: FromStateStore,
  beginning: ReturnType<typeof beginningOf>,
): EcsEvent {
  const name = [clusterNameOf(service.clusterArn), service.serviceName] as const;
  // ECS's revisions carry the digits of the deployment that rolls them out: by them Terraform finds the one that it waits for.
  const digits = digitsFor('deployment', service.serviceArn, context.id('deployment'));
  return event('DeploymentStarted', {
    serviceArn: service.serviceArn,
    deploymentId: `ecs-svc/${digits}`,
    taskDefinitionArn,
    serviceRevisionArn: serviceRevisionArn(context, ...name, digits),
    serviceDeploymentArn: serviceDeploymentArn(context, ...name, hashId('service-deployment', context.id('service-deployment'))),
    healthyAfterMs,
    ...beginning,
  });
}

/**
 * The same request again is answered with what it made, however it names its cluster and its task definition and in whatever
 * order it gives its tags; the token says nothing that the parameters do not.
 */
function creationDigest({ clusterArn }: Pick<Cluster, 'clusterArn'>, input: CreateInput): string {
  const {
    clientToken: _token,
    healthyAfterMs: _setting,
    targetGroups: _groups,
    registries: _registries,
    namespaces: _namespaces,
    listenerRules: _rules,
    taskDefinition,
    tags = [],
    ...parameters
  } = input;
  return contentDigest({
    ...parameters,
    cluster: clusterArn,
    launchType: input.launchType ?? 'EC2',
    taskDefinition: taskDefinition && (parseArn(taskDefinition)?.resourceId ?? taskDefinition),
    tags: tags.map(canonicalJson).sort(),
  });
}

/** A daemon is on every instance, whatever else the cluster has. */
const defaultsOf = (state: EcsState, cluster: Cluster, schedulingStrategy: Service['schedulingStrategy']): ServiceDefaults => {
  const offered = offeredBy(state, cluster);
  const strategy = schedulingStrategy === 'DAEMON' ? [] : offered.defaultCapacityProviderStrategy;
  return {
    namespace: cluster.serviceConnectDefaults?.namespace as string | undefined,
    capacity: { ...offered, defaultCapacityProviderStrategy: strategy },
  };
};

const reply = (state: EcsState, caller: Caller, cluster: string | undefined, service: string) => {
  const { found } = findService(state, caller, knownCluster(state, caller, cluster), service);
  return { service: found && describeService(state, found, { tags: true }) };
};

export const createService: CommandRule<CreateInput> = {
  actors: ['state-store'],
  decide(state, input, context) {
    const serviceName = checkServiceName(input.serviceName);
    const cluster = resolveCluster(state, context, input.cluster);
    const isExternal = input.deploymentController?.type === 'EXTERNAL';
    if (isExternal) refuseForExternalService(input, input.schedulingStrategy);
    const schedulingStrategy = schedulingStrategyOf(input, input.schedulingStrategy);
    if (!isExternal && !input.taskDefinition) throw refusals.invalidParameter('TaskDefinition can not be blank.');
    const arn = serviceArn(context, cluster.clusterName, serviceName);
    const existing = state.services.get(arn);
    if (existing?.status === 'DRAINING') {
      throw refusals.invalidParameter('Unable to Start a service that is still Draining.');
    }
    const digest = creationDigest(cluster, input);
    if (existing?.status === 'ACTIVE') {
      if (existing.creationDigest === digest) return [];
      throw refusals.invalidParameter('Creation of service was not idempotent.');
    }
    const definition = input.taskDefinition ? resolveActiveTaskDefinition(state, context, input.taskDefinition) : undefined;
    if (definition) checkHostAccess(state, context, definition);
    const isDaemon = schedulingStrategy === 'DAEMON';
    if (input.desiredCount === undefined && !isDaemon && !isExternal)
      throw refusals.invalidParameter('desiredCount must be given for a REPLICA service.');
    const { accountId, region } = context;
    const identity = { serviceArn: arn, serviceName, clusterArn: cluster.clusterArn };
    const defaults = defaultsOf(state, cluster, schedulingStrategy);
    const settings = settingsOf({ ...input, defaults }, isDaemon ? DAEMON_SETTINGS : DEFAULT_SETTINGS, definition);
    refuseTakenAliases(state, { ...identity, accountId, region }, settings, input.namespaces);
    refuseForDaemon(schedulingStrategy, settings);
    const roleArn = roleArnOf(context, input.role);
    const controller = definition ? {} : { deploymentController: { type: 'EXTERNAL' as const } };
    return [
      event('ServiceCreated', {
        ...identity,
        accountId,
        region,
        ...(definition ? { taskDefinitionArn: definition.taskDefinitionArn } : {}),
        ...controller,
        schedulingStrategy,
        ...(roleArn ? { roleArn } : {}),
        ...settings,
        availabilityZoneRebalancing: rebalancingOf(input, { ...settings, schedulingStrategy, ...controller }),
        tags: checkTags(input.tags),
        createdBy: context.principal,
        creationDigest: digest,
      }),
      ...(definition
        ? [deploymentStarted(identity, definition, context, input, beginningOf({ deployments: [] }, settings))]
        : []),
    ];
  },
  reply: (state, input, _events, caller) => reply(state, caller, input.cluster, input.serviceName),
};

/** The members that differ. */
function changesOf(before: ServiceSettings, after: ServiceSettings): Partial<ServiceSettings> {
  const names = Object.keys(after) as (keyof ServiceSettings)[];
  return Object.fromEntries(names.filter((name) => !sameContent(after[name], before[name])).map((name) => [name, after[name]]));
}

function updated(service: Service, settings: ServiceSettings): EcsEvent[] {
  const changes = changesOf(service, settings);
  return Object.keys(changes).length > 0 ? [event('ServiceUpdated', { serviceArn: service.serviceArn, ...changes })] : [];
}

export const updateService: CommandRule<UpdateInput | ScaleInput> = {
  actors: ['state-store', 'autoscaler'],
  decide: (state, input, context) =>
    context.actor === 'autoscaler'
      ? scaleService(state, input as ScaleInput, context)
      : changeSettings(state, input as UpdateInput, context),
  reply: (state, input, _events, caller) => reply(state, caller, input.cluster, input.service),
};

function changeSettings(state: EcsState, input: UpdateInput, context: CommandContext): EcsEvent[] {
  const cluster = resolveCluster(state, context, input.cluster);
  const { found: service } = findService(state, context, cluster, input.service);
  if (!service) throw refusals.serviceNotFound();
  if (service.status !== 'ACTIVE') throw refusals.serviceNotActive();
  if (hasTaskSets(service)) {
    refuseForExternalUpdate(service, input);
    const settings = settingsOf(input, service, undefined);
    const wake = taskSetsOf(state, service).flatMap((taskSet) =>
      unsettled(taskSet, computedDesiredCount(service, taskSet), computedDesiredCount(settings, taskSet)),
    );
    return [...updated(service, settings), ...wake];
  }
  schedulingStrategyOf(input, service.schedulingStrategy);
  // A service keeps a task definition that was deregistered; only a new one has to be ACTIVE.
  const current = state.taskDefinitions.get(service.taskDefinitionArn!);
  const definition = input.taskDefinition ? resolveActiveTaskDefinition(state, context, input.taskDefinition) : current;
  if (!definition) throw refusals.client('TaskDefinition not found.');
  const settings = settingsOf(
    { ...input, defaults: defaultsOf(state, cluster, service.schedulingStrategy) },
    service,
    definition,
    current,
  );
  if (input.serviceConnectConfiguration) refuseTakenAliases(state, service, settings, input.namespaces);
  refuseForDaemon(service.schedulingStrategy, settings);
  if (input.availabilityZoneRebalancing) rebalancingOf(input, { ...service, ...settings });
  const rollsOut =
    input.forceNewDeployment === true ||
    definition.taskDefinitionArn !== service.taskDefinitionArn ||
    settings.capacityProviderStrategy !== service.capacityProviderStrategy ||
    settings.platformVersion !== service.platformVersion ||
    settings.networkConfiguration !== service.networkConfiguration ||
    settings.loadBalancers !== service.loadBalancers ||
    settings.serviceRegistries !== service.serviceRegistries ||
    settings.serviceConnectConfiguration !== service.serviceConnectConfiguration ||
    settings.monitoring !== service.monitoring;
  if (!rollsOut) return updated(service, settings);
  if (definition !== current) checkHostAccess(state, context, definition);
  refuseWhileHeldOpen(state, service, Date.parse(context.at));
  const completed = completedBySuccessor(state, service, Date.parse(context.at));
  const before = completed.length > 0 ? { ...service, lastCompletedDeploymentId: service.deployments[0]!.id } : service;
  return [
    ...completed,
    ...updated(service, settings),
    deploymentStarted(service, definition, context, input, beginningOf(before, settings)),
  ];
}

export const deleteService: CommandRule<{ cluster?: string; service: string; force?: boolean }> = {
  actors: ['state-store'],
  decide(state, input, context) {
    const service = resolveService(state, context, resolveCluster(state, context, input.cluster), input.service);
    if (service.status === 'DRAINING') return [];
    if (service.desiredCount > 0 && !input.force) {
      throw refusals.invalidParameter('The service cannot be stopped while it is scaled above 0.');
    }
    const taskSets = taskSetsOf(state, service);
    if (taskSets.length > 0 && !input.force) {
      throw refusals.invalidParameter(
        'The service cannot be stopped while deployments are active. Delete its task sets first, or use force.',
      );
    }
    const { serviceArn } = service;
    const live = taskSets.filter(({ status }) => status !== 'DRAINING');
    return [
      event('ServiceDeleted', { serviceArn }),
      ...live.map(({ taskSetArn }) => event('TaskSetDeleted', { serviceArn, taskSetArn })),
    ];
  },
  reply: (state, input, _events, caller) => reply(state, caller, input.cluster, input.service),
};
