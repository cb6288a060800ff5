import { currentVersion, type EventRecord, type Scope, type Upcasts } from '#lib/kernel';
import { FIRST_PLACE } from './places.js';
import type {
  DeletedGroup,
  LogGroup,
  LogStream,
  MetricFilter,
  QueryDefinition,
  ResourcePolicy,
  SubscriptionFilter,
  Tags,
} from './model.js';

type GroupName = Scope & { readonly name: string };

/**
 * Every event of the `logging` journal: type → data of its current version. Facts, past tense, entity first. A shape here is for ever:
 * change it by a new version and an upcast, never in place (docs/how-to/add-an-event.md). No line of a log is ever in one.
 */
export interface LoggingEvents {
  LogGroupCreated: Omit<LogGroup, 'createdAt' | 'retentionInDays'>;
  /** With its streams. Its lines go afterwards. */
  LogGroupDeleted: GroupName;
  /** The last of its lines is gone from the disk. */
  LogGroupErased: Pick<DeletedGroup, 'id'>;
  /** Null: for ever. */
  LogGroupRetentionSet: GroupName & { readonly retentionInDays: number | null };
  /** Null: none any more. */
  LogGroupKeySet: GroupName & { readonly kmsKeyId: string | null };
  LogGroupTagged: GroupName & { readonly tags: Tags };
  LogGroupUntagged: GroupName & { readonly tagKeys: readonly string[] };
  LogStreamCreated: Omit<LogStream, 'createdAt'>;
  LogStreamDeleted: Scope & Pick<LogStream, 'group' | 'name'>;
  /** Anew, or in place of the one of the name. */
  MetricFilterPut: Omit<MetricFilter, 'createdAt'>;
  MetricFilterDeleted: Scope & Pick<MetricFilter, 'group' | 'name'>;
  /** Anew, or in place of the one of the name. */
  SubscriptionFilterPut: Omit<SubscriptionFilter, 'createdAt'>;
  SubscriptionFilterDeleted: Scope & Pick<SubscriptionFilter, 'group' | 'name'>;
  /** Anew, or in place of the one of the name or group. */
  LogResourcePolicyPut: Omit<ResourcePolicy, 'updatedAt'>;
  /** Anew, or in place of the one of the id. */
  QueryDefinitionPut: Omit<QueryDefinition, 'updatedAt'>;
  QueryDefinitionDeleted: Pick<QueryDefinition, 'id'>;
  LogResourcePolicyDeleted: Scope & Pick<ResourcePolicy, 'group' | 'name'>;
}

export const loggingUpcasts: Upcasts<LoggingEvents> = {
  LogGroupCreated: [
    // Until December 2026 one aggregator had the lines of all groups.
    (group: Omit<LoggingEvents['LogGroupCreated'], 'place'>): LoggingEvents['LogGroupCreated'] => ({
      ...group,
      place: FIRST_PLACE,
    }),
  ],
};

export type LoggingEvent = EventRecord;

/** An event of the current version. */
export const event = <T extends keyof LoggingEvents>(type: T, data: LoggingEvents[T]): LoggingEvent => ({
  type,
  v: currentVersion(loggingUpcasts, type),
  data,
});
