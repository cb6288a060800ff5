import { serviceNamed, namespaceNamed } from './lookup.js';
import { healthOf, instancesOf } from './instances.js';
import type { DiscoveryService } from './model.js';
import { refusals } from './refusals.js';
import type { DiscoveryView, InstanceQueryRule } from './rule-types.js';
import type { Caller } from '#lib/kernel';
import type { FoundInstance } from './task-instances.js';

type Attributes = Readonly<Record<string, string>>;

interface ServiceName {
  readonly NamespaceName: string;
  readonly ServiceName: string;
  readonly OwnerAccount?: string;
}

interface DiscoverInput extends ServiceName {
  readonly MaxResults?: number;
  readonly QueryParameters?: Attributes;
  readonly OptionalParameters?: Attributes;
  readonly HealthStatus?: 'HEALTHY' | 'UNHEALTHY' | 'ALL' | 'HEALTHY_OR_ELSE_ALL';
}

const DEFAULT_RESULTS = 100;

/** By names, as its clients have them; what another account has is not shared with anybody. */
function named(view: DiscoveryView, caller: Caller, { NamespaceName, ServiceName, OwnerAccount }: ServiceName): DiscoveryService {
  const isOwn = OwnerAccount === undefined || OwnerAccount === caller.accountId;
  const namespace = isOwn ? namespaceNamed(view, caller, NamespaceName) : undefined;
  if (!namespace) throw refusals.namespaceNotFound(NamespaceName);
  const service = serviceNamed(view, namespace.id, ServiceName);
  if (!service) throw refusals.serviceNotFound(ServiceName);
  return service;
}

const has = (wanted: Attributes = {}) => {
  const pairs = Object.entries(wanted);
  return ({ attributes }: FoundInstance) => pairs.every(([name, value]) => attributes[name] === value);
};

/** "This parameter is ignored for services that don't have a health check configured" [sdk DiscoverInstances.HealthStatus]. */
function ofHealth(
  { hasCustomHealth }: DiscoveryService,
  all: readonly FoundInstance[],
  wanted: NonNullable<DiscoverInput['HealthStatus']>,
): readonly FoundInstance[] {
  if (!hasCustomHealth || wanted === 'ALL') return all;
  const found = all.filter(({ health }) => health === (wanted === 'UNHEALTHY' ? 'UNHEALTHY' : 'HEALTHY'));
  return found.length === 0 && wanted === 'HEALTHY_OR_ELSE_ALL' ? all : found;
}

export const discoverInstances: InstanceQueryRule<DiscoverInput> = (view, input, caller) => {
  const service = named(view, caller, input);
  const asked = [...instancesOf(view, service)].filter(has(input.QueryParameters));
  // "If there are instances that match both […], only these are returned. Otherwise the filter parameter is ignored" [sdk].
  const preferred = input.OptionalParameters ? asked.filter(has(input.OptionalParameters)) : [];
  const candidates = preferred.length > 0 ? preferred : asked;
  const found = ofHealth(service, candidates, input.HealthStatus ?? 'HEALTHY_OR_ELSE_ALL')
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .slice(0, input.MaxResults ?? DEFAULT_RESULTS);
  return {
    Instances: found.map((instance) => ({
      InstanceId: instance.id,
      NamespaceName: input.NamespaceName,
      ServiceName: service.name,
      HealthStatus: healthOf(service, instance),
      Attributes: instance.attributes,
    })),
    InstancesRevision: revisionOf(view, service),
  };
};

export const discoverInstancesRevision: InstanceQueryRule<ServiceName> = (view, input, caller) => ({
  InstancesRevision: revisionOf(view, named(view, caller, input)),
});

/** Both only rise, so their sum changes with each change of either. */
const revisionOf = ({ tasksChangedRevision }: DiscoveryView, { changedRevision, arn }: DiscoveryService): number =>
  changedRevision + tasksChangedRevision(arn);
