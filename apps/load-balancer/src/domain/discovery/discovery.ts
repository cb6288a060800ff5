import { discoverInstances, discoverInstancesRevision } from './discover.js';
import { getInstance, getInstancesHealthStatus, instanceCommands, listInstances } from './instances.js';
import { namespaceCommands, namespaceQueries } from './namespaces.js';
import { operationQueries } from './operations.js';
import type { CommandRules, InstanceQueryRules, QueryRules } from './rule-types.js';
import { discoveryServiceCommands, discoveryServiceQueries, getService, listServices } from './services.js';
import { discoveryTagCommands, discoveryTagQueries } from './tags.js';

export const discoveryCommands: CommandRules = {
  ...namespaceCommands,
  ...discoveryServiceCommands,
  ...instanceCommands,
  ...discoveryTagCommands,
};

/** Answered from what this journal holds, at any moment. */
export const discoveryQueries: QueryRules = {
  ...namespaceQueries,
  ...discoveryServiceQueries,
  ...operationQueries,
  ...discoveryTagQueries,
};

/** Answered from this journal and ECS's tasks together, as both are now. */
export const instanceQueries: InstanceQueryRules = {
  GetService: getService,
  ListServices: listServices,
  GetInstance: getInstance,
  ListInstances: listInstances,
  GetInstancesHealthStatus: getInstancesHealthStatus,
  DiscoverInstances: discoverInstances,
  DiscoverInstancesRevision: discoverInstancesRevision,
};
