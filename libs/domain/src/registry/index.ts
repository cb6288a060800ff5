import type { CommandRules, QueryRules } from '../rules/handler.js';
import { accessKeysCommands, accessKeysQueries } from './access-keys.js';
import { accountSettingsCommands, accountSettingsQueries } from './account-settings.js';
import { attributesCommands, attributesQueries } from './attributes.js';
import { clustersCommands, clustersQueries } from './clusters.js';
import { containerInstancesCommands, containerInstancesQueries } from './container-instances.js';
import { tagsCommands, tagsQueries } from './tags.js';
import { taskDefinitionsCommands, taskDefinitionsQueries } from './task-definitions.js';

/** Accounts and keys, clusters, task definitions, container instances: everything that is registered. */
export const registryCommands: CommandRules = {
  ...accessKeysCommands,
  ...accountSettingsCommands,
  ...attributesCommands,
  ...clustersCommands,
  ...containerInstancesCommands,
  ...tagsCommands,
  ...taskDefinitionsCommands,
};

export const registryQueries: QueryRules = {
  ...accessKeysQueries,
  ...accountSettingsQueries,
  ...attributesQueries,
  ...clustersQueries,
  ...containerInstancesQueries,
  ...tagsQueries,
  ...taskDefinitionsQueries,
};

export * from './access-keys.js';
export * from './account-settings.js';
export * from './attributes.js';
export * from './canonical-json.js';
export * from './cluster-lookup.js';
export * from './clusters.js';
export * from './container-instance-registration.js';
export * from './container-instance-view.js';
export * from './container-instances.js';
export * from './not-honoured.js';
export * from './pagination.js';
export * from './tags.js';
export * from './task-definition-input.js';
export * from './task-definition-validation.js';
export * from './task-definitions.js';
