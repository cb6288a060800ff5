import type { Instant } from '../model.js';
import type { HostedZone, RecordSet, Vpc, ZoneChange } from './model.js';

/** The change that a caller may ask for. */
interface ByChange {
  readonly change: { readonly id: string; readonly submittedAt: Instant; readonly comment?: string };
}

export type RecordSetName = Pick<RecordSet, 'name' | 'type' | 'setIdentifier'>;

/** Events of Route 53 in the `load-balancing` journal. */
export interface ZoneEvents {
  /** With its records NS and SOA. */
  HostedZoneCreated: ByChange & Omit<HostedZone, 'createdAt'>;
  HostedZoneCommentSet: { readonly id: string; readonly comment?: string };
  /** All of them, as they are then. */
  HostedZoneTagsSet: Pick<HostedZone, 'id' | 'tags'>;
  HostedZoneVpcsSet: ByChange & { readonly id: string; readonly vpcs: readonly Vpc[] };
  /** With its records. */
  HostedZoneDeleted: ByChange & { readonly id: string };
  /** Together: DNS never answers from a part of it. */
  RecordSetsChanged: ByChange & {
    readonly zoneId: string;
    readonly put: readonly Omit<RecordSet, 'zoneId'>[];
    readonly removed: readonly RecordSetName[];
  };
}

/** For a reply, and for what can be asked for later. */
export const changeIn = ({ change }: ByChange): Omit<ZoneChange, 'accountId'> => change;
