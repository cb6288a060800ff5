import type { Schema, Table } from '#lib/kernel';
import type { HostedZone, RecordSet, ZoneChange } from './model.js';
import { reversedName } from './names.js';

/** The part of the `load-balancing` journal's state that Route 53 keeps. */
export interface ZoneTables {
  /** id */
  readonly hostedZones: Table<HostedZone>;
  /** recordSetKey(): in the order in which Route 53 lists them */
  readonly recordSets: Table<RecordSet>;
  /** id */
  readonly zoneChanges: Table<ZoneChange>;
}

export const zoneIndexes: Schema<ZoneTables> = {
  hostedZones: {
    account: ({ accountId }) => accountId,
    reference: ({ accountId, callerReference }) => referenceKey(accountId, callerReference),
    /** Of all accounts: the names that DNS answers for are one tree. */
    publicName: ({ name, isPrivate }) => (isPrivate ? undefined : name),
    privateName: ({ name, isPrivate }) => (isPrivate ? name : undefined),
  },
  recordSets: {
    zone: ({ zoneId }) => zoneId,
    name: ({ zoneId, name }) => recordNameKey(zoneId, name),
  },
  zoneChanges: { account: ({ accountId }) => accountId },
};

export const referenceKey = (accountId: string, callerReference: string): string => `${accountId} ${callerReference}`;
export const recordNameKey = (zoneId: string, name: string): string => `${zoneId} ${name}`;

export const recordSetKey = (
  zoneId: string,
  { name, type, setIdentifier = '' }: Pick<RecordSet, 'name' | 'type' | 'setIdentifier'>,
): string => `${zoneId} ${reversedName(name)} ${type} ${setIdentifier}`;
