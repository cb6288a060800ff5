import type { Brand, Scope } from '#lib/kernel';

/**
 * The things of the `load-balancing` journal. What clients send and read back as one document (actions, conditions, certificates, tags)
 * keeps ELBv2's own members and spelling; the rest is named as the rest of Longshore is. Instants are ISO-8601 strings with
 * milliseconds. All values are immutable.
 */
export type Instant = string;

export type LoadBalancerArn = Brand<string, 'LoadBalancerArn'>;
export type ListenerArn = Brand<string, 'ListenerArn'>;
export type RuleArn = Brand<string, 'RuleArn'>;
export type TargetGroupArn = Brand<string, 'TargetGroupArn'>;

export interface Tag {
  readonly Key: string;
  readonly Value?: string;
}

/** Attributes that were set. What was not has its default, which depends on the kind of thing: `attributeOf`. */
export type Attributes = Readonly<Record<string, string>>;

export type LoadBalancerType = 'application' | 'network';
export type ApplicationProtocol = 'HTTP' | 'HTTPS';
export type NetworkProtocol = 'TCP' | 'TLS' | 'UDP' | 'TCP_UDP';
export type Protocol = ApplicationProtocol | NetworkProtocol;

/** Names that are kept and told; nothing here is in a network of AWS's. */
export interface SubnetMapping {
  readonly SubnetId?: string;
  readonly AllocationId?: string;
  readonly PrivateIPv4Address?: string;
  readonly IPv6Address?: string;
  readonly SourceNatIpv6Prefix?: string;
}

/**
 * Where it listens. `own`: an address that no other load balancer has, for clients on the host (of 127.1.0.0/16 unless configured).
 * `containers`: likewise its own, and reached from containers. `shared`: the operator's choice for other hosts, which all load
 * balancers of the installation have in common; there the ports tell them apart. No two listeners ever have the same address and port.
 */
export interface LoadBalancerAddresses {
  readonly own: string;
  readonly containers?: string;
  readonly shared?: string;
}

export type LoadBalancerStateCode = 'provisioning' | 'active' | 'active_impaired' | 'failed';

export interface LoadBalancer extends Scope {
  readonly arn: LoadBalancerArn;
  readonly name: string;
  readonly type: LoadBalancerType;
  readonly scheme: 'internet-facing' | 'internal';
  readonly ipAddressType: string;
  readonly dnsName: string;
  readonly addresses: LoadBalancerAddresses;
  readonly state: { readonly code: LoadBalancerStateCode; readonly reason?: string };
  readonly subnets: readonly SubnetMapping[];
  /** As the network knows them: of subnets that are only names there is nothing to know. */
  readonly vpcId?: string;
  /** Subnet → its zone. */
  readonly zones?: Readonly<Record<string, string>>;
  readonly securityGroups: readonly string[];
  /** `on` or `off`; network load balancers with security groups only. */
  readonly enforceSecurityGroupInboundRules?: string;
  readonly customerOwnedIpv4Pool?: string;
  readonly enablePrefixForIpv6SourceNat?: string;
  readonly ipv4IpamPoolId?: string;
  readonly attributes: Attributes;
  readonly tags: readonly Tag[];
  readonly createdAt: Instant;
}

export interface Certificate {
  readonly CertificateArn: string;
}

export interface MutualAuthentication {
  readonly Mode: string;
  readonly TrustStoreArn?: string;
  readonly IgnoreClientCertificateExpiry?: boolean;
  readonly AdvertiseTrustStoreCaNames?: string;
}

export interface Listener extends Scope {
  readonly arn: ListenerArn;
  readonly loadBalancerArn: LoadBalancerArn;
  readonly protocol: Protocol;
  readonly port: number;
  /** Every `address:port` that it takes: unique among all listeners. */
  readonly endpoints: readonly string[];
  /** HTTPS and TLS. The first one is what clients without SNI get. */
  readonly certificates: readonly Certificate[];
  readonly sslPolicy?: string;
  readonly alpnPolicy?: readonly string[];
  readonly mutualAuthentication?: MutualAuthentication;
  /** What the default rule does, which has the last priority and no conditions. */
  readonly defaultActions: readonly Action[];
  readonly defaultRuleArn: RuleArn;
  readonly defaultRuleTags?: readonly Tag[];
  readonly attributes: Attributes;
  readonly tags: readonly Tag[];
  readonly createdAt: Instant;
}

/** A listener's rule other than its default one. Rules are tried by rising priority. */
export interface Rule extends Scope {
  readonly arn: RuleArn;
  readonly listenerArn: ListenerArn;
  readonly loadBalancerArn: LoadBalancerArn;
  readonly priority: number;
  /** All of them must hold. */
  readonly conditions: readonly Condition[];
  readonly actions: readonly Action[];
  readonly transforms: readonly Transform[];
  readonly tags: readonly Tag[];
  readonly createdAt: Instant;
}

/** As given; the routing action is the last in `Order`. */
export interface Action {
  readonly Type: 'forward' | 'redirect' | 'fixed-response';
  readonly Order?: number;
  /** Always beside a ForwardConfig of one target group, as AWS tells both. */
  readonly TargetGroupArn?: string;
  readonly ForwardConfig?: ForwardConfig;
  readonly RedirectConfig?: RedirectConfig;
  readonly FixedResponseConfig?: FixedResponseConfig;
}

export interface ForwardConfig {
  readonly TargetGroups: readonly WeightedTargetGroup[];
  readonly TargetGroupStickinessConfig: { readonly Enabled: boolean; readonly DurationSeconds?: number };
}

/** Weight 0–999; traffic is shared in proportion. */
export interface WeightedTargetGroup {
  readonly TargetGroupArn: string;
  readonly Weight: number;
}

/** Parts may contain #{protocol}, #{host}, #{port}, #{path} and #{query}. All are there: what was not given is its placeholder. */
export interface RedirectConfig {
  readonly Protocol: string;
  readonly Port: string;
  readonly Host: string;
  readonly Path: string;
  readonly Query: string;
  readonly StatusCode: 'HTTP_301' | 'HTTP_302';
}

export interface FixedResponseConfig {
  readonly StatusCode: string;
  readonly ContentType?: string;
  readonly MessageBody?: string;
}

export type ConditionField =
  'host-header' | 'path-pattern' | 'http-header' | 'http-request-method' | 'query-string' | 'source-ip';

/** One of the values must match; the `…Config` of its field is always there. `Values` repeats it for hosts and paths given so. */
export interface Condition {
  readonly Field: ConditionField;
  readonly Values?: readonly string[];
  readonly RegexValues?: readonly string[];
  readonly HostHeaderConfig?: TextPatterns;
  readonly PathPatternConfig?: TextPatterns;
  readonly HttpHeaderConfig?: TextPatterns & { readonly HttpHeaderName: string };
  readonly HttpRequestMethodConfig?: { readonly Values: readonly string[] };
  readonly QueryStringConfig?: { readonly Values: readonly { readonly Key?: string; readonly Value: string }[] };
  readonly SourceIpConfig?: { readonly Values: readonly string[] };
}

/** `*` stands for any text, `?` for one character. RegexValues: RE2's expressions. */
export interface TextPatterns {
  readonly Values?: readonly string[];
  readonly RegexValues?: readonly string[];
}

export interface Transform {
  readonly Type: 'host-header-rewrite' | 'url-rewrite';
  readonly HostHeaderRewriteConfig?: { readonly Rewrites: readonly Rewrite[] };
  readonly UrlRewriteConfig?: { readonly Rewrites: readonly Rewrite[] };
}
export interface Rewrite {
  readonly Regex: string;
  readonly Replace: string;
}

export type TargetType = 'instance' | 'ip';

export interface TargetGroup extends Scope {
  readonly arn: TargetGroupArn;
  readonly name: string;
  readonly targetType: TargetType;
  readonly protocol: Protocol;
  /** HTTP and HTTPS. */
  readonly protocolVersion?: 'HTTP1' | 'HTTP2' | 'GRPC';
  /** Where a target is reached that names no port of its own. */
  readonly port: number;
  readonly vpcId?: string;
  readonly ipAddressType: 'ipv4' | 'ipv6';
  readonly healthCheck: HealthCheck;
  readonly attributes: Attributes;
  readonly tags: readonly Tag[];
  readonly createdAt: Instant;
}

export interface HealthCheck {
  readonly enabled: boolean;
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP';
  /** `traffic-port`, or a port number. */
  readonly port: string;
  /** HTTP and HTTPS. */
  readonly path?: string;
  /** Under the attribute `longshore.health_check.interval_ms`, where that is set: `healthCheckIntervalMs`. */
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThresholdCount: number;
  readonly unhealthyThresholdCount: number;
  readonly matcher?: { readonly HttpCode?: string; readonly GrpcCode?: string };
}

export type TargetState = 'initial' | 'healthy' | 'unhealthy' | 'draining';

export type TargetReason =
  | 'Elb.RegistrationInProgress'
  | 'Elb.InitialHealthChecking'
  | 'Target.ResponseCodeMismatch'
  | 'Target.Timeout'
  | 'Target.FailedHealthChecks'
  | 'Target.InvalidState'
  | 'Target.IpUnusable'
  | 'Target.DeregistrationInProgress'
  | 'Elb.InternalError';

/** A registered target, until it is drained. The same id may be registered with several ports: each is one target. */
export interface Target extends Scope {
  readonly targetGroupArn: TargetGroupArn;
  /** A container instance's EC2 id or its own, or an IP address: as the group's target type says. */
  readonly id: string;
  readonly port: number;
  /** Registered without a port of its own. */
  readonly portOfGroup?: true;
  readonly availabilityZone?: string;
  /** Where traffic goes, for an instance; an IP address is its own. */
  readonly address?: string;
  /** For tasks of services: who registered it. */
  readonly task?: { readonly taskArn: string; readonly containerName: string; readonly containerPort: number };
  readonly health: TargetHealth;
  /** Registered for the nth time under this id and port: an answer about an earlier registration says nothing of this one. */
  readonly registeredAt: Instant;
  /** While it is draining: when it is gone at the latest. */
  readonly drainDeadlineAt?: Instant;
}

/**
 * What was last recorded. A target is `unused` in the API while no listener sends traffic to its group, and its health is told as
 * unavailable where checks are off: both follow from the group (`target-health.ts`), so they are not recorded.
 */
export interface TargetHealth {
  readonly state: TargetState;
  readonly reason?: TargetReason;
  readonly description?: string;
  /** Of the last transition. */
  readonly since: Instant;
}
