import { scopeKey } from '#lib/kernel';
import { event } from '../events.js';
import type { Tag } from '../model.js';
import { ITSELF } from '../rule-types.js';
import { dnsConfigOf, type DnsConfigInput } from './dns-config.js';
import { type Filter, matches } from './filters.js';
import { arnOf, namespaceOf, serviceNamed, serviceOf } from './lookup.js';
import type { DiscoveryService } from './model.js';
import { operationIdIn, operationIdOf } from './operations.js';
import { orderedPage, type PageInput, tokenOf } from './pages.js';
import { refusals } from './refusals.js';
import type { CommandRule, CommandRules, InstanceQueryRule, QueryRule, QueryRules } from './rule-types.js';
import { checkTags } from './tags.js';
import { countOfTasks } from './task-instances.js';
import type { DiscoveryTables } from './tables.js';

interface CreateInput {
  readonly Name: string;
  readonly NamespaceId?: string;
  readonly CreatorRequestId?: string;
  readonly Description?: string;
  readonly DnsConfig?: DnsConfigInput;
  readonly HealthCheckConfig?: object;
  readonly HealthCheckCustomConfig?: object;
  readonly Tags?: readonly Tag[];
  readonly Type?: 'HTTP';
}

const MOST_SERVICES = 1_000;

const createService: CommandRule<CreateInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { Name: name, CreatorRequestId: creatorRequestId, Description: description } = input;
    const namespaceId = input.NamespaceId || input.DnsConfig?.NamespaceId;
    if (!namespaceId) throw refusals.invalidInput('NamespaceId has to be given.');
    const namespace = namespaceOf(state, context, namespaceId);
    if (input.DnsConfig && input.Type === 'HTTP') {
      throw refusals.invalidInput('A service of the type HTTP has no DNS records: leave DnsConfig out.');
    }
    if (input.DnsConfig && namespace.type === 'HTTP') {
      throw refusals.invalidInput(`Namespace '${namespace.id}' is an HTTP namespace: leave DnsConfig out.`);
    }
    refuseHealthChecks(input.HealthCheckConfig);
    const existing = serviceNamed(state, namespace.id, name);
    if (existing && creatorRequestId !== undefined && existing.creatorRequestId === creatorRequestId) return [];
    if (existing) throw refusals.serviceExists(existing);
    if (state.discoveryServices.countBy('scope', scopeKey(context)) >= MOST_SERVICES) {
      throw refusals.limitExceeded(`At most ${MOST_SERVICES} services can be created.`);
    }
    const { accountId, region } = context;
    const id = `srv-${context.id('service').slice(0, 16)}`;
    const arn = arnOf(context, 'service', id);
    return [
      event('DiscoveryServiceCreated', {
        id,
        arn,
        accountId,
        region,
        name,
        namespaceId: namespace.id,
        ...(description === undefined ? {} : { description }),
        ...(creatorRequestId === undefined ? {} : { creatorRequestId }),
        ...(input.DnsConfig ? { dnsConfig: dnsConfigOf(input.DnsConfig) } : {}),
        ...(input.HealthCheckCustomConfig ? { hasCustomHealth: true as const } : {}),
        attributes: {},
        tags: checkTags(arn, input.Tags),
      }),
    ];
  },
  reply: (state, { Name, NamespaceId, DnsConfig }, _events, context) => {
    const namespace = namespaceOf(state, context, NamespaceId || DnsConfig!.NamespaceId!);
    return { Service: describe(state, serviceNamed(state, namespace.id, Name)!, 0) };
  },
};

/** Route 53's, for public DNS namespaces [sdk CreateService.HealthCheckConfig]. */
function refuseHealthChecks(config: object | undefined): void {
  if (!config) return;
  throw refusals.invalidInput('HealthCheckConfig is for public DNS namespaces only. Use HealthCheckCustomConfig.');
}

interface UpdateInput {
  readonly Id: string;
  readonly Service: { readonly Description?: string; readonly DnsConfig?: DnsConfigInput; readonly HealthCheckConfig?: object };
}

/** "If you omit any existing DnsRecords […], the configurations are deleted from the service" [sdk UpdateService]. */
const updateService: CommandRule<UpdateInput> = {
  actors: ITSELF,
  decide(state, { Id, Service: { Description: description, DnsConfig, HealthCheckConfig } }, context) {
    const { id, dnsConfig: before } = serviceOf(state, context, Id);
    refuseHealthChecks(HealthCheckConfig);
    if (DnsConfig && !before) {
      throw refusals.invalidInput(
        `Service '${id}' was created without DNS records, and cannot be given any: create another service.`,
      );
    }
    const dnsConfig = DnsConfig && dnsConfigOf({ ...DnsConfig, RoutingPolicy: before!.RoutingPolicy });
    const operationId = operationIdOf(context);
    return [
      event('DiscoveryServiceUpdated', {
        operationId,
        id,
        ...(description === undefined ? {} : { description }),
        ...(dnsConfig ? { dnsConfig } : {}),
      }),
    ];
  },
  reply: (_state, _input, events) => operationIdIn(events),
};

/** `instancesOfTasks`: what the app counts at the moment of the request; no part of this journal. */
const deleteService: CommandRule<{ Id: string; instancesOfTasks?: number }> = {
  actors: ITSELF,
  decide(state, { Id, instancesOfTasks = 0 }, context) {
    const { id } = serviceOf(state, context, Id);
    if (state.instances.countBy('service', id) + instancesOfTasks > 0) {
      throw refusals.inUse(`Service '${id}' contains registered instances: deregister them before deleting the service.`);
    }
    return [event('DiscoveryServiceDeleted', { id })];
  },
  reply: () => ({}),
};

const countOf = (state: DiscoveryTables, { id }: DiscoveryService, ofTasks: number) =>
  state.instances.countBy('service', id) + ofTasks;

function summary(state: DiscoveryTables, service: DiscoveryService, ofTasks: number) {
  const { id, arn, name, description, dnsConfig, hasCustomHealth, createdAt, accountId } = service;
  return {
    Id: id,
    Arn: arn,
    ResourceOwner: accountId,
    CreatedByAccount: accountId,
    Name: name,
    Type: dnsConfig ? 'DNS_HTTP' : 'HTTP',
    Description: description,
    InstanceCount: countOf(state, service, ofTasks),
    // Cloud Map leaves the deprecated namespace out of neither; clients compare it with what they sent.
    ...(dnsConfig ? { DnsConfig: { NamespaceId: service.namespaceId, ...dnsConfig } } : {}),
    // "This value is always set to 1": the threshold is deprecated [sdk HealthCheckCustomConfig].
    ...(hasCustomHealth ? { HealthCheckCustomConfig: { FailureThreshold: 1 } } : {}),
    CreateDate: createdAt,
  };
}

function describe(state: DiscoveryTables, service: DiscoveryService, ofTasks: number) {
  const { namespaceId: NamespaceId, creatorRequestId: CreatorRequestId } = service;
  return { ...summary(state, service, ofTasks), NamespaceId, CreatorRequestId };
}

export const getService: InstanceQueryRule<{ Id: string }> = (view, { Id }, caller) => {
  const service = serviceOf(view, caller, Id);
  return { Service: describe(view, service, countOfTasks(view.ecs, service.arn)) };
};

export const listServices: InstanceQueryRule<PageInput & { Filters?: readonly Filter[] }> = (view, input, caller) => {
  const isWanted = matches<DiscoveryService>(input.Filters, {
    NAMESPACE_ID: ({ namespaceId }) => namespaceId,
    RESOURCE_OWNER: () => 'SELF',
  });
  function* wanted(after: string | undefined) {
    for (const service of view.discoveryServices.ordered('scope', scopeKey(caller), after)) if (isWanted(service)) yield service;
  }
  const page = orderedPage(input, `services ${JSON.stringify(input.Filters ?? [])}`, wanted, ({ id }) => id);
  return {
    Services: page.items.map((service) => summary(view, service, countOfTasks(view.ecs, service.arn))),
    ...tokenOf(page),
  };
};

const MOST_ATTRIBUTES = 30;

const getServiceAttributes: QueryRule<{ ServiceId: string }> = (state, { ServiceId }, caller) => {
  const { arn, accountId, attributes } = serviceOf(state, caller, ServiceId);
  return { ServiceAttributes: { ServiceArn: arn, ResourceOwner: accountId, Attributes: attributes } };
};

const updateServiceAttributes: CommandRule<{ ServiceId: string; Attributes: Readonly<Record<string, string>> }> = {
  actors: ITSELF,
  decide(state, { ServiceId, Attributes }, context) {
    const { id, attributes: before } = serviceOf(state, context, ServiceId);
    const attributes = { ...before, ...Attributes };
    if (Object.keys(attributes).length > MOST_ATTRIBUTES) throw refusals.tooManyAttributes();
    return [event('DiscoveryServiceAttributesSet', { id, attributes })];
  },
  reply: () => ({}),
};

const deleteServiceAttributes: CommandRule<{ ServiceId: string; Attributes: readonly string[] }> = {
  actors: ITSELF,
  decide(state, { ServiceId, Attributes: gone }, context) {
    const { id, attributes: before } = serviceOf(state, context, ServiceId);
    const attributes = Object.fromEntries(Object.entries(before).filter(([name]) => !gone.includes(name)));
    return [event('DiscoveryServiceAttributesSet', { id, attributes })];
  },
  reply: () => ({}),
};

export const discoveryServiceCommands: CommandRules = {
  CreateService: createService,
  UpdateService: updateService,
  DeleteService: deleteService,
  UpdateServiceAttributes: updateServiceAttributes,
  DeleteServiceAttributes: deleteServiceAttributes,
};
export const discoveryServiceQueries: QueryRules = { GetServiceAttributes: getServiceAttributes };
