import { type Evolvers, required, type Scope } from '#lib/kernel';
import type { LoggingEvents } from './events.js';
import type { LogGroup } from './model.js';
import { filterKey, groupKey, type LoggingState, policyKey, streamKey } from './state.js';

type GroupName = Scope & { readonly name: string };

function update({ groups }: LoggingState, name: GroupName, change: (group: LogGroup) => Partial<LogGroup>): void {
  const key = groupKey(name, name.name);
  const group = required(groups, key, 'log group');
  groups.put(key, { ...group, ...change(group) });
}

export const loggingEvolvers: Evolvers<LoggingState, LoggingEvents> = {
  LogGroupCreated: ({ groups }, data, { at }) => groups.put(groupKey(data, data.name), { ...data, createdAt: at }),
  LogGroupDeleted({ groups, streams, deletedGroups, metricFilters, subscriptionFilters, resourcePolicies }, data) {
    const key = groupKey(data, data.name);
    const { id, name, accountId, region, place } = required(groups, key, 'log group');
    const ofGroup = Array.from(streams.by('group', key));
    for (const stream of ofGroup) streams.delete(streamKey(stream, stream.group, stream.name));
    for (const filters of [metricFilters, subscriptionFilters] as const) {
      const names = Array.from(filters.by('group', key), (filter: Scope & { group: string; name: string }) =>
        filterKey(filter, filter.group, filter.name),
      );
      for (const name of names) filters.delete(name);
    }
    resourcePolicies.delete(policyKey({ accountId, region, group: name }));
    groups.delete(key);
    deletedGroups.put(id, { id, name, accountId, region, place });
  },
  LogGroupErased: ({ deletedGroups }, { id }) => deletedGroups.delete(id),
  LogGroupRetentionSet: (state, data) => update(state, data, () => ({ retentionInDays: data.retentionInDays ?? undefined })),
  LogGroupKeySet: (state, data) => update(state, data, () => ({ kmsKeyId: data.kmsKeyId ?? undefined })),
  LogGroupTagged: (state, data) => update(state, data, ({ tags }) => ({ tags: { ...tags, ...data.tags } })),
  LogGroupUntagged: (state, data) =>
    update(state, data, ({ tags }) => ({
      tags: Object.fromEntries(Object.entries(tags).filter(([key]) => !data.tagKeys.includes(key))),
    })),
  LogStreamCreated: ({ streams }, data, { at }) =>
    streams.put(streamKey(data, data.group, data.name), { ...data, createdAt: at }),
  LogStreamDeleted: ({ streams }, data) => streams.delete(streamKey(data, data.group, data.name)),
  MetricFilterPut({ metricFilters }, data, { at }) {
    const key = filterKey(data, data.group, data.name);
    metricFilters.put(key, { ...data, createdAt: metricFilters.get(key)?.createdAt ?? at });
  },
  MetricFilterDeleted: ({ metricFilters }, data) => metricFilters.delete(filterKey(data, data.group, data.name)),
  SubscriptionFilterPut({ subscriptionFilters }, data, { at }) {
    const key = filterKey(data, data.group, data.name);
    subscriptionFilters.put(key, { ...data, createdAt: subscriptionFilters.get(key)?.createdAt ?? at });
  },
  SubscriptionFilterDeleted: ({ subscriptionFilters }, data) =>
    subscriptionFilters.delete(filterKey(data, data.group, data.name)),
  LogResourcePolicyPut: ({ resourcePolicies }, data, { at }) => resourcePolicies.put(policyKey(data), { ...data, updatedAt: at }),
  QueryDefinitionPut: ({ queryDefinitions }, data, { at }) => queryDefinitions.put(data.id, { ...data, updatedAt: at }),
  QueryDefinitionDeleted: ({ queryDefinitions }, { id }) => queryDefinitions.delete(id),
  LogResourcePolicyDeleted: ({ resourcePolicies }, data) => resourcePolicies.delete(policyKey(data)),
};

/** Every event that this version writes. */
export const loggingEventTypes = Object.keys(loggingEvolvers);
