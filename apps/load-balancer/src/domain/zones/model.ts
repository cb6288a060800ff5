import type { Scope } from '#lib/kernel';
import type { Instant, Tag } from '../model.js';

/** The things of Route 53 that the `load-balancing` journal keeps. Route 53 is of no region: zones belong to an account. All values are immutable. */
export interface HostedZone extends Scope {
  readonly id: string;
  /** In lower case, without the dot at the end. */
  readonly name: string;
  readonly callerReference: string;
  readonly comment?: string;
  /** Answered to this host and its containers only. */
  readonly isPrivate?: true;
  /** Of a private zone: names that are kept. */
  readonly vpcs: readonly Vpc[];
  readonly nameServers: readonly string[];
  readonly tags: readonly Tag[];
  readonly createdAt: Instant;
}

export interface Vpc {
  readonly VPCId: string;
  readonly VPCRegion: string;
}

/** Those that DNS messages can be written with here. */
export const RECORD_TYPES = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'] as const;
export type ZoneRecordType = (typeof RECORD_TYPES)[number];

export interface AliasTarget {
  readonly HostedZoneId: string;
  readonly DNSName: string;
  readonly EvaluateTargetHealth: boolean;
}

/** Records of one name and type; of several with the same, each has an identifier. Values as the user wrote them. */
export interface RecordSet {
  readonly zoneId: string;
  /** As a zone's. */
  readonly name: string;
  readonly type: ZoneRecordType;
  readonly ttlSeconds?: number;
  readonly values: readonly string[];
  readonly alias?: AliasTarget;
  readonly setIdentifier?: string;
  /** 0 to 255. */
  readonly weight?: number;
  readonly isMultiValue?: true;
}

/** What Route 53 does later is done here with the commit: a change is in force when it can be asked for. */
export interface ZoneChange {
  readonly id: string;
  readonly accountId: Scope['accountId'];
  readonly submittedAt: Instant;
  readonly comment?: string;
}
