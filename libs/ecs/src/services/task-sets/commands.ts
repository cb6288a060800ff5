import { offeredBy } from '../../clusters/capacity-strategy.js';
import { checkHostAccess } from '../../definitions/host-access.js';
import { type EcsEvent, event } from '../../model/events.js';
import { type Caller, contentDigest, digitsFor } from '#lib/kernel';
import { taskSetArn } from '../../model/ids.js';
import type { Service } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import { MAX_TASK_SETS, type Scale, type TaskSet } from '../../model/task-sets.js';
import { checkNetworkConfiguration } from '../../tasks/network-configuration.js';
import { checkPlacementConstraints } from '../../placement/placement-parameters.js';
import { knownCluster, resolveActiveTaskDefinition } from '../../lookup/lookup.js';
import { checkTags } from '../../tags/tags.js';
import { capacityOf } from '../../tasks/launch-type.js';
import { type CommandRule, type CommandRules, firstEvent } from '../../model/rules.js';
import { refusals } from '../../model/refusals.js';
import { describeTaskSet } from '../api/describe-task-set.js';
import { DEFAULT_HEALTHY_AFTER_MS, type FromStateStore } from '../api/defaults.js';
import { refuseMissingParts, type ServiceInput, unavailable } from '../api/input.js';
import { loadBalancersOf } from '../api/load-balancers.js';
import { findService } from '../../lookup/services.js';
import { countTasks, NO_TASKS } from '../reconcile/task-counts.js';
import { findTaskSet, type OfTaskSets, resolveActiveServiceWithTaskSets, resolveTaskSet } from '../../lookup/task-sets.js';
import { computedDesiredCount, taskSetsOf, unsettled } from '../reconcile/task-sets.js';

type ScaleInput = Partial<Scale>;

type CreateInput = FromStateStore &
  OfTaskSets &
  Omit<ServiceInput, 'taskDefinition'> & {
    readonly taskDefinition: string;
    readonly externalId?: string;
    readonly scale?: ScaleInput;
    readonly clientToken?: string;
    readonly tags?: readonly { readonly key?: string; readonly value?: string }[];
  };

type OneTaskSet = OfTaskSets & { readonly taskSet: string };

/** ECS starts a task set at 0 % unless told otherwise (the CLI's example of create-task-set). */
function scaleOf({ value = 0, unit = 'PERCENT' }: ScaleInput = {}): Scale {
  if (unit !== 'PERCENT') throw refusals.invalidParameter(`Invalid scale unit ${String(unit)}. Use PERCENT.`);
  if (value >= 0 && value <= 100) return { value, unit };
  throw refusals.invalidParameter(
    `Invalid scale value ${value}: it is a percentage of the service's desired count, from 0 to 100.`,
  );
}

/** The service of a reply: of any status, since the command was decided while it was there. */
function described(state: EcsState, caller: Caller, input: OfTaskSets, idOrArn: string | undefined): object {
  const { found: service } = findService(state, caller, knownCluster(state, caller, input.cluster), input.service);
  const taskSet = service && idOrArn ? findTaskSet(state, service, idOrArn).found : undefined;
  return { taskSet: service && taskSet && describeTaskSet(service, taskSet, countTasks(state, service), { tags: true }) };
}

/** Up to 36 characters of the ASCII range 33 to 126 (CreateTaskSet's reference). */
const CLIENT_TOKEN = /^[!-~]{1,36}$/;

function creationOf({
  clientToken,
  healthyAfterMs: _setting,
  targetGroups: _groups,
  registries: _registries,
  namespaces: _namespaces,
  listenerRules: _rules,
  ...parameters
}: CreateInput): TaskSet['creation'] {
  if (clientToken === undefined) return undefined;
  if (CLIENT_TOKEN.test(clientToken)) return { clientToken, digest: contentDigest(parameters) };
  throw refusals.invalidParameter('Invalid clientToken: it must have 1 to 36 ASCII characters, without blanks.');
}

const madeUnder = (state: EcsState, service: Pick<Service, 'serviceArn'>, clientToken: string | undefined) =>
  taskSetsOf(state, service).find(({ creation }) => creation !== undefined && creation.clientToken === clientToken);

const createTaskSet: CommandRule<CreateInput> = {
  actors: ['state-store'],
  decide(state, input, context) {
    const service = resolveActiveServiceWithTaskSets(state, context, input);
    const creation = creationOf(input);
    const earlier = madeUnder(state, service, creation?.clientToken);
    if (earlier && earlier.creation?.digest === creation?.digest) return [];
    if (earlier) {
      throw refusals.invalidParameter(
        `The clientToken was used before, for ${earlier.id}, with other parameters. Use a new clientToken for another task set.`,
      );
    }
    const definition = resolveActiveTaskDefinition(state, context, input.taskDefinition);
    checkHostAccess(state, context, definition);
    refuseMissingParts(input);
    if (input.serviceRegistries?.length) throw unavailable('service discovery of task sets', 'serviceRegistries');
    if (input.serviceConnectConfiguration?.enabled)
      throw unavailable('Service Connect of task sets', 'serviceConnectConfiguration');
    if (input.capacityProviderStrategy?.length) throw unavailable('capacity providers of task sets', 'capacityProviderStrategy');
    const offered = offeredBy(state, state.clusters.get(service.clusterArn)!);
    const { launchType } = capacityOf({ ...offered, defaultCapacityProviderStrategy: [] }, definition, input);
    const networkConfiguration = checkNetworkConfiguration(definition, input.networkConfiguration);
    if (input.loadBalancers?.some(({ advancedConfiguration }) => advancedConfiguration)) {
      throw refusals.invalidParameter(
        'advancedConfiguration is of services whose deployments ECS controls. Leave it out: whoever controls task sets sets the weights of their target groups.',
      );
    }
    const loadBalancers = loadBalancersOf(input, {}, definition);
    checkPlacementConstraints(service.placementConstraints, definition.placementConstraints.length);
    const { serviceArn, clusterArn, accountId, region } = service;
    const count = state.taskSets.countBy('service', serviceArn);
    if (count >= MAX_TASK_SETS) {
      throw refusals.invalidParameter(
        `${count} deployments exist on the service. Unable to create new TaskSet since this exceeds the maximum limit.`,
      );
    }
    const id = `ecs-svc/${digitsFor('task-set', serviceArn, context.id('task-set'))}`;
    const { externalId, healthyAfterMs = DEFAULT_HEALTHY_AFTER_MS } = input;
    return [
      event('TaskSetCreated', {
        taskSetArn: taskSetArn(serviceArn, id),
        id,
        serviceArn,
        clusterArn,
        accountId,
        region,
        taskDefinitionArn: definition.taskDefinitionArn,
        ...(networkConfiguration ? { networkConfiguration } : {}),
        ...(loadBalancers?.length ? { loadBalancers } : {}),
        launchType,
        scale: scaleOf(input.scale),
        ...(externalId === undefined ? {} : { externalId }),
        ...(creation ? { creation } : {}),
        healthyAfterMs,
        tags: checkTags(input.tags),
      }),
    ];
  },
  reply(state, input, events, caller) {
    const made = firstEvent(events, 'TaskSetCreated')?.data.id;
    const { arn } = findService(state, caller, knownCluster(state, caller, input.cluster), input.service);
    return described(state, caller, input, made ?? madeUnder(state, { serviceArn: arn }, input.clientToken)?.id);
  },
};

function refuseDraining({ status, id }: TaskSet): void {
  if (status === 'DRAINING') throw refusals.invalidParameter(`The task set ${id} is being deleted and can no longer be changed.`);
}

const updateTaskSet: CommandRule<OneTaskSet & { readonly scale: ScaleInput }> = {
  actors: ['state-store'],
  decide(state, input, context) {
    const service = resolveActiveServiceWithTaskSets(state, context, input);
    const taskSet = resolveTaskSet(state, service, input.taskSet);
    refuseDraining(taskSet);
    if (input.scale?.value === undefined)
      throw refusals.invalidParameter('The scale needs a value, for example value=50,unit=PERCENT.');
    const scale = scaleOf(input.scale);
    if (scale.value === taskSet.scale.value) return [];
    const { serviceArn, taskSetArn: arn } = taskSet;
    const count = (each: TaskSet) => computedDesiredCount(service, each);
    return [
      event('TaskSetScaled', { serviceArn, taskSetArn: arn, scale }),
      ...unsettled(taskSet, count(taskSet), count({ ...taskSet, scale })),
    ];
  },
  reply: (state, input, _events, caller) => described(state, caller, input, input.taskSet),
};

const updateServicePrimaryTaskSet: CommandRule<OfTaskSets & { readonly primaryTaskSet: string }> = {
  actors: ['state-store'],
  decide(state, input, context) {
    const service = resolveActiveServiceWithTaskSets(state, context, input);
    const taskSet = resolveTaskSet(state, service, input.primaryTaskSet);
    refuseDraining(taskSet);
    const { serviceArn, taskSetArn: arn } = taskSet;
    return taskSet.status === 'PRIMARY' ? [] : [event('TaskSetPromoted', { serviceArn, taskSetArn: arn })];
  },
  reply: (state, input, _events, caller) => described(state, caller, input, input.primaryTaskSet),
};

const deleteTaskSet: CommandRule<OneTaskSet & { readonly force?: boolean }> = {
  actors: ['state-store'],
  decide(state, input, context): readonly EcsEvent[] {
    const service = resolveActiveServiceWithTaskSets(state, context, input);
    const { id, status, scale, serviceArn, taskSetArn: arn } = resolveTaskSet(state, service, input.taskSet);
    if (status === 'DRAINING') return [];
    if (!input.force && status === 'PRIMARY') {
      throw refusals.invalidParameter('Primary TaskSet cannot be deleted. Make another one the primary first, or use force.');
    }
    // ECS: what neither runs nor is about to can go, whatever it is scaled to; so `terraform destroy` needs no force.
    const { running, pending } = countTasks(state, service).get(id) ?? NO_TASKS;
    if (!input.force && scale.value > 0 && running + pending > 0) {
      throw refusals.invalidParameter(
        `The task set cannot be deleted while it is scaled above 0: its scale is ${scale.value} PERCENT. Scale it down first, or use force.`,
      );
    }
    return [event('TaskSetDeleted', { serviceArn, taskSetArn: arn })];
  },
  reply: (state, input, _events, caller) => described(state, caller, input, input.taskSet),
};

/** Deployments that someone else controls (the EXTERNAL deployment controller). */
export const taskSetCommands: CommandRules = {
  CreateTaskSet: createTaskSet,
  UpdateTaskSet: updateTaskSet,
  UpdateServicePrimaryTaskSet: updateServicePrimaryTaskSet,
  DeleteTaskSet: deleteTaskSet,
};
