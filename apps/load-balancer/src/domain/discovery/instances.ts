import { event } from '../events.js';
import { ITSELF } from '../rule-types.js';
import { checkAttributes, initialHealth } from './instance-attributes.js';
import { serviceOf } from './lookup.js';
import type { DiscoveryService, InstanceHealth } from './model.js';
import { operationIdIn, operationIdOf } from './operations.js';
import { type PageInput, sortedPage, tokenOf } from './pages.js';
import { refusals } from './refusals.js';
import type { CommandRule, CommandRules, DiscoveryView, InstanceQueryRule } from './rule-types.js';
import { instanceKey } from './tables.js';
import { type FoundInstance, instancesOfTasks } from './task-instances.js';

interface InstanceName {
  readonly ServiceId: string;
  readonly InstanceId: string;
}

/** Whether an instance of that name is a task's: what the app sees at the moment of the request; no part of this journal. */
interface OfTask {
  readonly isOfTask?: boolean;
}

/** Of one service [Cloud Map quotas]. */
const MOST_INSTANCES = 1_000;

const followsItsTask = (id: string) =>
  refusals.inUse(
    `Instance '${id}' is a task of an ECS service, and comes and goes with it: stop the task, or change the service.`,
  );

const registerInstance: CommandRule<
  InstanceName & OfTask & { CreatorRequestId?: string; Attributes: Readonly<Record<string, string>> }
> = {
  actors: ITSELF,
  decide(state, { ServiceId, InstanceId: id, CreatorRequestId, Attributes: attributes, isOfTask }, context) {
    const service = serviceOf(state, context, ServiceId);
    if (isOfTask) throw followsItsTask(id);
    checkAttributes(service, attributes);
    const isNew = !state.instances.has(instanceKey({ serviceId: service.id, id }));
    if (isNew && state.instances.countBy('service', service.id) >= MOST_INSTANCES) {
      throw refusals.limitExceeded(`At most ${MOST_INSTANCES} instances can be registered with a service.`);
    }
    const health = initialHealth(service, attributes);
    return [
      event('InstanceRegistered', {
        operationId: operationIdOf(context),
        serviceId: service.id,
        id,
        ...(CreatorRequestId === undefined ? {} : { creatorRequestId: CreatorRequestId }),
        attributes,
        ...(health === undefined ? {} : { health }),
      }),
    ];
  },
  reply: (_state, _input, events) => operationIdIn(events),
};

const deregisterInstance: CommandRule<InstanceName & OfTask> = {
  actors: ITSELF,
  decide(state, { ServiceId, InstanceId: id, isOfTask }, context) {
    const { id: serviceId } = serviceOf(state, context, ServiceId);
    if (isOfTask) throw followsItsTask(id);
    if (!state.instances.has(instanceKey({ serviceId, id }))) throw refusals.instanceNotFound(id);
    return [event('InstanceDeregistered', { operationId: operationIdOf(context), serviceId, id })];
  },
  reply: (_state, _input, events) => operationIdIn(events),
};

const updateHealth: CommandRule<InstanceName & OfTask & { Status: InstanceHealth }> = {
  actors: ITSELF,
  decide(state, { ServiceId, InstanceId: id, Status: health, isOfTask }, context) {
    const { id: serviceId, hasCustomHealth } = serviceOf(state, context, ServiceId);
    if (isOfTask) throw followsItsTask(id);
    const known = state.instances.get(instanceKey({ serviceId, id }));
    if (!known) throw refusals.instanceNotFound(id);
    if (!hasCustomHealth) throw refusals.customHealthNotFound(serviceId);
    return known.health === health ? [] : [event('InstanceHealthChanged', { serviceId, id, health })];
  },
  reply: () => ({}),
};

/** Those that were registered and those that are tasks, in no order. Without a health of its own, an instance counts as healthy. */
export function* instancesOf(view: Pick<DiscoveryView, 'instances' | 'ecs'>, service: DiscoveryService): Iterable<FoundInstance> {
  for (const instance of view.instances.by('service', service.id)) yield { ...instance, health: instance.health ?? 'HEALTHY' };
  yield* instancesOfTasks(view.ecs, service.arn);
}

function instanceNamed(view: DiscoveryView, service: DiscoveryService, id: string): FoundInstance {
  for (const instance of instancesOf(view, service)) if (instance.id === id) return instance;
  throw refusals.instanceNotFound(id);
}

const byId = ({ id }: FoundInstance) => id;

export const getInstance: InstanceQueryRule<InstanceName> = (view, { ServiceId, InstanceId }, caller) => {
  const service = serviceOf(view, caller, ServiceId);
  const { id: Id, attributes: Attributes, creatorRequestId: CreatorRequestId } = instanceNamed(view, service, InstanceId);
  const { accountId } = service;
  return { ResourceOwner: accountId, Instance: { Id, CreatorRequestId, Attributes, CreatedByAccount: accountId } };
};

export const listInstances: InstanceQueryRule<PageInput & { ServiceId: string }> = (view, input, caller) => {
  const service = serviceOf(view, caller, input.ServiceId);
  const page = sortedPage(input, `instances ${service.id}`, instancesOf(view, service), byId);
  const { accountId: CreatedByAccount } = service;
  return {
    ResourceOwner: service.accountId,
    Instances: page.items.map(({ id: Id, attributes: Attributes }) => ({ Id, Attributes, CreatedByAccount })),
    ...tokenOf(page),
  };
};

/** Of a service without custom health nothing is known [Cloud Map: UNKNOWN]. */
export const healthOf = ({ hasCustomHealth }: DiscoveryService, { health }: FoundInstance) =>
  hasCustomHealth ? health : 'UNKNOWN';

export const getInstancesHealthStatus: InstanceQueryRule<PageInput & { ServiceId: string; Instances?: readonly string[] }> = (
  view,
  input,
  caller,
) => {
  const service = serviceOf(view, caller, input.ServiceId);
  const all = input.Instances
    ? [...new Set(input.Instances)].map((id) => instanceNamed(view, service, id))
    : instancesOf(view, service);
  const page = sortedPage(input, `health ${service.id} ${input.Instances?.join(' ') ?? ''}`, all, byId);
  return { Status: Object.fromEntries(page.items.map((one) => [one.id, healthOf(service, one)])), ...tokenOf(page) };
};

export const instanceCommands: CommandRules = {
  RegisterInstance: registerInstance,
  DeregisterInstance: deregisterInstance,
  UpdateInstanceCustomHealthStatus: updateHealth,
};
