import type { Tag } from '../model/common.js';
import { parseArn, required, type Table } from '#lib/kernel';
import { type EcsState, familyKey } from '../model/state.js';
import type { Evolvers } from './evolver.js';

/** The table that holds a taggable thing, by its ARN. */
function taggable(state: EcsState, resourceArn: string): Table<{ tags: readonly Tag[] }> {
  const tables: Record<string, Table<never>> = {
    cluster: state.clusters as Table<never>,
    'capacity-provider': state.capacityProviders as Table<never>,
    'task-definition': state.taskDefinitions as Table<never>,
    task: state.tasks as Table<never>,
    'container-instance': state.containerInstances as Table<never>,
    service: state.services as Table<never>,
    'task-set': state.taskSets as Table<never>,
  };
  const table = tables[parseArn(resourceArn)?.resourceType ?? ''];
  if (!table) throw new Error(`nothing that can be tagged: ${resourceArn}`);
  return table as Table<never> as unknown as Table<{ tags: readonly Tag[] }>;
}

export const clusterEvolvers: Evolvers<
  | 'ClusterCreated'
  | 'ClusterUpdated'
  | 'ClusterDeleted'
  | 'ClusterForgotten'
  | 'TaskDefinitionRegistered'
  | 'TaskDefinitionDeregistered'
  | 'TaskDefinitionDeletionRequested'
  | 'TaskDefinitionDeleted'
  | 'ResourceTagged'
  | 'ResourceUntagged'
> = {
  ClusterCreated: (state, data, { at }) => state.clusters.put(data.clusterArn, { ...data, status: 'ACTIVE', createdAt: at }),
  ClusterUpdated: (state, data) =>
    state.clusters.put(data.clusterArn, { ...required(state.clusters, data.clusterArn, 'cluster'), ...data }),
  ClusterDeleted: (state, { clusterArn }, { at }) =>
    state.clusters.put(clusterArn, { ...required(state.clusters, clusterArn, 'cluster'), status: 'INACTIVE', deletedAt: at }),
  ClusterForgotten: (state, { clusterArn }) => state.clusters.delete(clusterArn),

  TaskDefinitionRegistered: (state, data, { at }) => {
    const { accountId, region, family, revision } = data;
    state.families.put(familyKey(data, family), { accountId, region, family, latestRevision: revision });
    state.taskDefinitions.put(data.taskDefinitionArn, { status: 'ACTIVE', registeredAt: at, ...data });
  },
  TaskDefinitionDeregistered: (state, { taskDefinitionArn }, { at }) =>
    state.taskDefinitions.put(taskDefinitionArn, {
      ...required(state.taskDefinitions, taskDefinitionArn, 'task definition'),
      status: 'INACTIVE',
      deregisteredAt: at,
    }),
  TaskDefinitionDeletionRequested: (state, { taskDefinitionArn }, { at }) =>
    state.taskDefinitions.put(taskDefinitionArn, {
      ...required(state.taskDefinitions, taskDefinitionArn, 'task definition'),
      status: 'DELETE_IN_PROGRESS',
      deleteRequestedAt: at,
    }),
  TaskDefinitionDeleted: (state, { taskDefinitionArn }) => state.taskDefinitions.delete(taskDefinitionArn),

  ResourceTagged: (state, { resourceArn, tags }) => {
    const table = taggable(state, resourceArn);
    const thing = required(table, resourceArn, 'resource');
    const names = new Set(tags.map((tag) => tag.key));
    table.put(resourceArn, { ...thing, tags: [...thing.tags.filter((tag) => !names.has(tag.key)), ...tags] });
  },
  ResourceUntagged: (state, { resourceArn, tagKeys }) => {
    const table = taggable(state, resourceArn);
    const thing = required(table, resourceArn, 'resource');
    table.put(resourceArn, { ...thing, tags: thing.tags.filter((tag) => !tagKeys.includes(tag.key)) });
  },
};
