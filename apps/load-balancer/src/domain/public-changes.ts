import type { Scope } from '#lib/kernel';
import { attributesView } from './attributes.js';
import type { DiscoveryService, Namespace, RegisteredInstance } from './discovery/model.js';
import { instanceKey } from './discovery/tables.js';
import type { LoadBalancingEvents } from './events.js';
import { listenerView } from './listener-settings.js';
import { loadBalancerView } from './load-balancer-view.js';
import type { Listener, LoadBalancer, Rule, TargetGroup } from './model.js';
import { ruleView } from './rules.js';
import type { LoadBalancingState } from './state.js';
import { settingsView } from './target-groups.js';

/** What people set up, by the detail-types that tell of it; AWS tells EventBridge of it only as calls that CloudTrail saw. */
export const CHANGE_TYPES = {
  loadBalancer: 'ELB Load Balancer Change',
  listener: 'ELB Listener Change',
  rule: 'ELB Rule Change',
  targetGroup: 'ELB Target Group Change',
  namespace: 'Cloud Map Namespace Change',
  service: 'Cloud Map Service Change',
  instance: 'Cloud Map Instance Change',
} as const;

/** Something that was set up, as it is at a moment. */
export type Thing =
  | { readonly kind: 'loadBalancer'; readonly is: LoadBalancer }
  | { readonly kind: 'listener'; readonly is: Listener }
  | { readonly kind: 'rule'; readonly is: Rule }
  | { readonly kind: 'targetGroup'; readonly is: TargetGroup }
  | { readonly kind: 'namespace'; readonly is: Namespace }
  | { readonly kind: 'service'; readonly is: DiscoveryService }
  /** With the service that it is registered with. */
  | { readonly kind: 'instance'; readonly is: RegisteredInstance; readonly of: DiscoveryService };

export type Change = 'created' | 'modified' | 'deleted';

/** How to find a thing before an event and after it. */
type Look = (state: LoadBalancingState) => Thing | undefined;

/** Of events that change nothing of what is told here: they are told as states (`public-events.ts`), or not at all. */
const NOTHING = (): readonly Look[] => [];

type Named = {
  readonly [K in keyof LoadBalancingEvents]: (data: LoadBalancingEvents[K], state: LoadBalancingState) => readonly Look[];
};

const found = <V, T extends Thing>(is: V | undefined, thing: (is: V) => T): T | undefined =>
  is === undefined ? undefined : thing(is);

const loadBalancer =
  ({ arn }: { readonly arn: string }): Look =>
  ({ loadBalancers }) =>
    found(loadBalancers.get(arn), (is) => ({ kind: 'loadBalancer', is }));
const listener =
  ({ arn }: { readonly arn: string }): Look =>
  ({ listeners }) =>
    found(listeners.get(arn), (is) => ({ kind: 'listener', is }));
const rule =
  ({ arn }: { readonly arn: string }): Look =>
  ({ rules }) =>
    found(rules.get(arn), (is) => ({ kind: 'rule', is }));
const targetGroup =
  ({ arn }: { readonly arn: string }): Look =>
  ({ targetGroups }) =>
    found(targetGroups.get(arn), (is) => ({ kind: 'targetGroup', is }));
const namespace =
  ({ id }: { readonly id: string }): Look =>
  ({ namespaces }) =>
    found(namespaces.get(id), (is) => ({ kind: 'namespace', is }));
const service =
  ({ id }: { readonly id: string }): Look =>
  ({ discoveryServices }) =>
    found(discoveryServices.get(id), (is) => ({ kind: 'service', is }));

function instance(
  name: Pick<RegisteredInstance, 'serviceId' | 'id'>,
  { discoveryServices }: Pick<LoadBalancingState, 'discoveryServices'>,
): Look {
  const of = discoveryServices.get(name.serviceId)!;
  return ({ instances }) => found(instances.get(instanceKey(name)), (is) => ({ kind: 'instance', is, of }));
}

const withRules = (of: { readonly arn: string }, { rules }: LoadBalancingState): readonly Look[] => [
  ...[...rules.by('listener', of.arn)].map(rule),
  listener(of),
];

/** What an event is about, in the order in which it is told: what is in something goes before it. Found in the state before the event. */
const NAMED: Named = {
  LoadBalancerAttributesSet: (data) => [loadBalancer(data)],
  LoadBalancerNetworkChanged: (data) => [loadBalancer(data)],
  LoadBalancerDeleted: (data, state) => [
    ...[...state.listeners.by('loadBalancer', data.arn)].flatMap((of) => withRules(of, state)),
    loadBalancer(data),
  ],
  ListenerCreated: (data) => [listener(data)],
  ListenerModified: (data) => [listener(data)],
  ListenerCertificatesAdded: (data) => [listener(data)],
  ListenerCertificatesRemoved: (data) => [listener(data)],
  ListenerAttributesSet: (data) => [listener(data)],
  ListenerDeleted: (data, state) => withRules(data, state),
  RuleCreated: (data) => [rule(data)],
  RuleModified: (data) => [rule(data)],
  RulePrioritiesSet: ({ priorities }) => priorities.map(rule),
  RuleDeleted: (data) => [rule(data)],
  TargetGroupCreated: (data) => [targetGroup(data)],
  TargetGroupHealthCheckChanged: (data) => [targetGroup(data)],
  TargetGroupAttributesSet: (data) => [targetGroup(data)],
  TargetGroupDeleted: (data) => [targetGroup(data)],
  NamespaceCreated: (data) => [namespace(data)],
  NamespaceUpdated: (data) => [namespace(data)],
  NamespaceDeleted: (data) => [namespace(data)],
  DiscoveryServiceCreated: (data) => [service(data)],
  DiscoveryServiceUpdated: (data) => [service(data)],
  DiscoveryServiceAttributesSet: (data) => [service(data)],
  DiscoveryServiceDeleted: (data, state) => [
    ...[...state.instances.by('service', data.id)].map((one) => instance(one, state)),
    service(data),
  ],
  InstanceRegistered: (data, state) => [instance(data, state)],
  InstanceHealthChanged: (data, state) => [instance(data, state)],
  InstanceDeregistered: (data, state) => [instance(data, state)],
  LoadBalancerCreated: NOTHING,
  LoadBalancerStateChanged: NOTHING,
  TargetsRegistered: NOTHING,
  TargetsDraining: NOTHING,
  TargetHealthChanged: NOTHING,
  TargetsDeregistered: NOTHING,
  CertificateImported: NOTHING,
  CertificateRenewed: NOTHING,
  CertificateRequested: NOTHING,
  CertificateIssued: NOTHING,
  CertificateAuthorityMade: NOTHING,
  CertificateDeleted: NOTHING,
  HostedZoneCreated: NOTHING,
  HostedZoneCommentSet: NOTHING,
  HostedZoneTagsSet: NOTHING,
  HostedZoneVpcsSet: NOTHING,
  HostedZoneDeleted: NOTHING,
  RecordSetsChanged: NOTHING,
  ResourceTagged: NOTHING,
  ResourceUntagged: NOTHING,
};

interface Changed {
  readonly change: Change;
  readonly thing: Thing;
}

/** Of the state before an event: afterwards it tells what the event changed. */
export function changesBy(state: LoadBalancingState, type: string, data: unknown): () => readonly Changed[] {
  const named = NAMED[type as keyof LoadBalancingEvents] as (data: unknown, state: LoadBalancingState) => readonly Look[];
  const looks = named(data, state);
  const before = looks.map((look) => look(state));
  return () =>
    looks.flatMap((look, index): readonly Changed[] => {
      const [was, is] = [before[index], look(state)];
      if (is === undefined) return was === undefined ? [] : [{ change: 'deleted', thing: was }];
      return [{ change: was === undefined ? 'created' : 'modified', thing: is }];
    });
}

/** Whose it is. */
export const ownerOfThing = (thing: Thing): Scope => (thing.kind === 'instance' ? thing.of : thing.is);

/** An instance has no ARN: its service's. */
export const resourceOfThing = (thing: Thing): string => (thing.kind === 'instance' ? thing.of.arn : thing.is.arn);

export const isDiscovery = ({ kind }: Thing): boolean => kind === 'namespace' || kind === 'service' || kind === 'instance';

/** As the operations that describe it tell it, without what follows from other things. */
export function thingView(thing: Thing): Readonly<Record<string, unknown>> {
  switch (thing.kind) {
    case 'loadBalancer':
      return { ...loadBalancerView(thing.is), Attributes: attributesView(thing.is) };
    case 'listener':
      return { ...listenerView(thing.is), Certificates: thing.is.certificates, Attributes: attributesView(thing.is) };
    case 'rule':
      return { ...ruleView(thing.is), ListenerArn: thing.is.listenerArn };
    case 'targetGroup':
      return { ...settingsView(thing.is), Attributes: attributesView(thing.is) };
    case 'namespace': {
      const { id: Id, arn: Arn, name: Name, type: Type, description: Description } = thing.is;
      return { Id, Arn, Name, Type, Description };
    }
    case 'service': {
      const { id: Id, arn: Arn, name: Name, namespaceId, description: Description, dnsConfig: DnsConfig, attributes } = thing.is;
      return { Id, Arn, Name, NamespaceId: namespaceId, Description, DnsConfig, Attributes: attributes };
    }
    case 'instance': {
      const { id: Id, serviceId: ServiceId, attributes: Attributes, health: HealthStatus } = thing.is;
      return { ServiceId, Id, Attributes, HealthStatus };
    }
  }
}
