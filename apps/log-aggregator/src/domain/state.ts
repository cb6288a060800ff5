import { type Scope, scopeKey, Store, type Table } from '#lib/kernel';
import { homeKey, partitionOfGroup } from './places.js';
import type {
  DeletedGroup,
  LogGroup,
  LogStream,
  MetricFilter,
  QueryDefinition,
  ResourcePolicy,
  SubscriptionFilter,
} from './model.js';

/** The state that the `logging` journal folds to. Keys in comments. */
export interface LoggingState {
  /** groupKey() */
  readonly groups: Table<LogGroup>;
  /** streamKey() */
  readonly streams: Table<LogStream>;
  /** id */
  readonly deletedGroups: Table<DeletedGroup>;
  /** filterKey() */
  readonly metricFilters: Table<MetricFilter>;
  /** filterKey() */
  readonly subscriptionFilters: Table<SubscriptionFilter>;
  /** id */
  readonly queryDefinitions: Table<QueryDefinition>;
  /** policyKey() */
  readonly resourcePolicies: Table<ResourcePolicy>;
}

export const newTables = (): Store<LoggingState> =>
  new Store<LoggingState>({
    groups: {
      scope: (group) => scopeKey(group),
      id: (group) => group.id,
      place: (group) => String(group.place),
      partition: (group) => String(partitionOfGroup(group)),
      home: (group) => homeKey(partitionOfGroup(group), group.place),
    },
    streams: { group: (stream) => groupKey(stream, stream.group), id: (stream) => stream.id },
    deletedGroups: { scope: (group) => scopeKey(group) },
    metricFilters: { scope: (filter) => scopeKey(filter), group: (filter) => groupKey(filter, filter.group) },
    subscriptionFilters: { group: (filter) => groupKey(filter, filter.group) },
    queryDefinitions: { scope: (definition) => scopeKey(definition) },
    resourcePolicies: {
      scope: (policy) => scopeKey(policy),
      account: (policy) => (policy.group === undefined ? scopeKey(policy) : undefined),
    },
  });

/** Names of groups have no colon and no blank, and those of streams no colon. */
export const groupKey = (scope: Scope, name: string): string => `${scopeKey(scope)}:${name}`;
export const streamKey = (scope: Scope, group: string, name: string): string => `${groupKey(scope, group)}:${name}`;
/** As those of streams. */
export const filterKey = streamKey;

/** Whose a resource policy is: the account's, by a name, or a log group's. */
export type PolicyOwner = Scope & ({ readonly name: string } | { readonly group: string });
type Owned = Scope & { readonly name?: string; readonly group?: string };

export const policyKey = (owner: Owned): string =>
  `${scopeKey(owner)}:${owner.group === undefined ? `account:${owner.name!}` : `group:${owner.group}`}`;
