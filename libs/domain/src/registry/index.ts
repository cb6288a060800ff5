import type { CommandRules, QueryRules } from '../rules/handler.js';
import { accessKeysCommands, accessKeysQueries } from './access-keys.js';
import { accountSettingsCommands, accountSettingsQueries } from './account-settings.js';
import { clustersCommands, clustersQueries } from './clusters.js';
import { tagsCommands, tagsQueries } from './tags.js';

/** Accounts and keys, clusters, task definitions, container instances: everything that is registered. */
export const registryCommands: CommandRules = {
  ...accessKeysCommands,
  ...accountSettingsCommands,
  ...clustersCommands,
  ...tagsCommands,
};

export const registryQueries: QueryRules = {
  ...accessKeysQueries,
  ...accountSettingsQueries,
  ...clustersQueries,
  ...tagsQueries,
};

export * from './access-keys.js';
export * from './account-settings.js';
export * from './canonical-json.js';
export * from './cluster-lookup.js';
export * from './clusters.js';
export * from './pagination.js';
export * from './tags.js';
