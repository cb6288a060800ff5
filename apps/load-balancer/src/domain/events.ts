import { currentVersion, type EventRecord, type Upcasts } from '#lib/kernel';
import type { CertificateEvents } from './certificates/events.js';
import type { DiscoveryEvents } from './discovery/events.js';
import type { ZoneEvents } from './zones/events.js';
import type {
  Attributes,
  Certificate,
  HealthCheck,
  Instant,
  Listener,
  ListenerArn,
  LoadBalancer,
  LoadBalancerArn,
  Rule,
  RuleArn,
  Tag,
  Target,
  TargetGroup,
  TargetGroupArn,
  TargetHealth,
} from './model.js';

/** Which registration of which target. */
export type TargetName = Pick<Target, 'targetGroupArn' | 'id' | 'port'>;

type OrNull<T> = { readonly [K in keyof T]?: T[K] | null };

/**
 * Every event of the `load-balancing` journal: type → data of its current version. Facts, past tense, entity first. A shape here is for
 * ever: change it by a new version and an upcast, never in place (docs/how-to/add-an-event.md).
 */
export interface LoadBalancingEvents extends DiscoveryEvents, CertificateEvents, ZoneEvents {
  /** `provisioning` until the data plane says that it has it. */
  LoadBalancerCreated: Omit<LoadBalancer, 'createdAt' | 'state' | 'attributes'>;
  LoadBalancerStateChanged: { readonly arn: LoadBalancerArn; readonly state: LoadBalancer['state'] };
  /** Over those that were set before. */
  LoadBalancerAttributesSet: { readonly arn: LoadBalancerArn; readonly attributes: Attributes };
  /** The members present replace the load balancer's. */
  LoadBalancerNetworkChanged: { readonly arn: LoadBalancerArn } & Partial<
    Pick<
      LoadBalancer,
      | 'subnets'
      | 'vpcId'
      | 'zones'
      | 'securityGroups'
      | 'ipAddressType'
      | 'enforceSecurityGroupInboundRules'
      | 'enablePrefixForIpv6SourceNat'
    >
  >;
  /** With its listeners and their rules. */
  LoadBalancerDeleted: { readonly arn: LoadBalancerArn };

  ListenerCreated: Omit<Listener, 'createdAt' | 'attributes'>;
  /** The members present replace the listener's; null takes one away. */
  ListenerModified: { readonly arn: ListenerArn } & OrNull<
    Pick<
      Listener,
      'protocol' | 'port' | 'endpoints' | 'certificates' | 'sslPolicy' | 'alpnPolicy' | 'mutualAuthentication' | 'defaultActions'
    >
  >;
  ListenerCertificatesAdded: { readonly arn: ListenerArn; readonly certificates: readonly Certificate[] };
  ListenerCertificatesRemoved: { readonly arn: ListenerArn; readonly certificateArns: readonly string[] };
  ListenerAttributesSet: { readonly arn: ListenerArn; readonly attributes: Attributes };
  /** With its rules. */
  ListenerDeleted: { readonly arn: ListenerArn };

  RuleCreated: Omit<Rule, 'createdAt'>;
  /** The members present replace the rule's. */
  RuleModified: { readonly arn: RuleArn } & Partial<Pick<Rule, 'conditions' | 'actions' | 'transforms'>>;
  /** Together, because two rules may change places. */
  RulePrioritiesSet: { readonly priorities: readonly { readonly arn: RuleArn; readonly priority: number }[] };
  RuleDeleted: { readonly arn: RuleArn };

  TargetGroupCreated: Omit<TargetGroup, 'createdAt' | 'attributes'>;
  TargetGroupHealthCheckChanged: { readonly arn: TargetGroupArn; readonly healthCheck: HealthCheck };
  TargetGroupAttributesSet: { readonly arn: TargetGroupArn; readonly attributes: Attributes };
  /** With its targets. */
  TargetGroupDeleted: { readonly arn: TargetGroupArn };

  /** New ones, and ones that were draining. */
  TargetsRegistered: {
    readonly targetGroupArn: TargetGroupArn;
    readonly targets: readonly Omit<
      Target,
      'targetGroupArn' | 'accountId' | 'region' | 'health' | 'registeredAt' | 'drainDeadlineAt'
    >[];
  };
  /** They get no new connections; those they have go on until they end, or to the deadline. */
  TargetsDraining: {
    readonly targetGroupArn: TargetGroupArn;
    readonly targets: readonly Pick<Target, 'id' | 'port'>[];
    readonly deadlineAt: Instant;
  };
  TargetHealthChanged: TargetName & Omit<TargetHealth, 'since'>;
  /** Gone: idle, at the deadline, or nothing was to be drained. */
  TargetsDeregistered: {
    readonly targetGroupArn: TargetGroupArn;
    readonly targets: readonly Pick<Target, 'id' | 'port'>[];
    readonly because: 'unused' | 'idle' | 'deadline';
  };

  ResourceTagged: { readonly resourceArn: string; readonly tags: readonly Tag[] };
  ResourceUntagged: { readonly resourceArn: string; readonly tagKeys: readonly string[] };
}

export const loadBalancingUpcasts: Upcasts<LoadBalancingEvents> = {};

export type LoadBalancingEvent = EventRecord;

/** An event of the current version. */
export const event = <T extends keyof LoadBalancingEvents>(type: T, data: LoadBalancingEvents[T]): LoadBalancingEvent => ({
  type,
  v: currentVersion(loadBalancingUpcasts, type),
  data,
});
