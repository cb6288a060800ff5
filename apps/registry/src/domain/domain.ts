import { deciderOf, type Domain } from '#lib/kernel';
import { type RegistryEvents, registryUpcasts } from './events.js';
import { registryEvolvers } from './evolve.js';
import { imageCommands, imageQueries } from './images.js';
import { isExpired, lifecycleCommands, lifecycleQueries } from './lifecycle/commands.js';
import { settingsCommands, settingsQueries } from './registry-settings.js';
import { repositoryCommands, repositoryQueries } from './repositories.js';
import type { CommandRules, QueryRules } from './rule-types.js';
import { newTables, type RegistryState } from './state.js';
import { tagCommands, tagQueries } from './tags.js';

/** Every command of the `registry` journal by name: an API operation's, or the app's own. */
export const registryCommands: CommandRules = {
  ...repositoryCommands,
  ...settingsCommands,
  ...imageCommands,
  ...lifecycleCommands,
  ...tagCommands,
};

/** Every read that the state answers, by operation. */
export const registryQueries: QueryRules = {
  ...repositoryQueries,
  ...settingsQueries,
  ...imageQueries,
  ...lifecycleQueries,
  ...tagQueries,
};

/** The `registry` journal's rules, whole. */
export const registry: Domain<RegistryState> = {
  journal: 'registry',
  schemaVersion: 2,
  newTables,
  decider: deciderOf<RegistryState, RegistryEvents>({
    commands: registryCommands,
    evolvers: registryEvolvers,
    upcasts: registryUpcasts,
  }),
  queries: registryQueries,
  isExpired,
  // ECR takes up to a day. Each repository's policy is read whole.
  expiryIntervalMs: 10_000,
};
