import type { Scope } from '#lib/kernel';
import type { Instant, Tag } from '../model.js';

/**
 * The things of Cloud Map that the `load-balancing` journal keeps. What clients send and read back as one document (DNS configuration,
 * tags, attributes of instances) has Cloud Map's own members and spelling. All values are immutable.
 */
export type NamespaceType = 'HTTP' | 'DNS_PRIVATE';

export interface Namespace extends Scope {
  readonly id: string;
  readonly arn: string;
  /** As given; compared without regard to case. */
  readonly name: string;
  readonly type: NamespaceType;
  readonly description?: string;
  readonly creatorRequestId?: string;
  /** Of a private DNS namespace: a name that is kept; there is one network here. */
  readonly vpc?: string;
  readonly hostedZoneId?: string;
  readonly soaTtlSeconds?: number;
  readonly tags: readonly Tag[];
  readonly createdAt: Instant;
}

export type RecordType = 'A' | 'AAAA' | 'SRV' | 'CNAME';

export interface DnsRecord {
  readonly Type: RecordType;
  /** Seconds. What is answered is never more than `MAX_TTL_SECONDS`. */
  readonly TTL: number;
}

export interface DnsConfig {
  readonly RoutingPolicy: 'MULTIVALUE' | 'WEIGHTED';
  readonly DnsRecords: readonly DnsRecord[];
}

export interface DiscoveryService extends Scope {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly namespaceId: string;
  readonly description?: string;
  readonly creatorRequestId?: string;
  /** Absent: its instances are found by DiscoverInstances only. */
  readonly dnsConfig?: DnsConfig;
  /** Its instances have a health that they, or ECS for them, report. */
  readonly hasCustomHealth?: true;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
  readonly createdAt: Instant;
  /** The revision of the last commit that changed what is discovered of it. */
  readonly changedRevision: number;
}

export type InstanceHealth = 'HEALTHY' | 'UNHEALTHY';

/** An instance that somebody registered. Those of ECS's tasks are derived (`task-instances.ts`). */
export interface RegisteredInstance {
  readonly serviceId: string;
  readonly id: string;
  readonly creatorRequestId?: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Of a service with custom health. */
  readonly health?: InstanceHealth;
}

export type OperationType =
  'CREATE_NAMESPACE' | 'DELETE_NAMESPACE' | 'UPDATE_NAMESPACE' | 'UPDATE_SERVICE' | 'REGISTER_INSTANCE' | 'DEREGISTER_INSTANCE';

/** What Cloud Map does later is done here with the commit: every operation has succeeded when it can be asked for. */
export interface Operation extends Scope {
  readonly id: string;
  readonly type: OperationType;
  readonly targets: Readonly<Partial<Record<'NAMESPACE' | 'SERVICE' | 'INSTANCE', string>>>;
  readonly createdAt: Instant;
}
