import { deciderOf, type Domain } from '#lib/kernel';
import { type SecretsEvents, secretsUpcasts } from './events.js';
import { secretsEvolvers } from './evolve.js';
import { keyCommands } from './keys.js';
import { aliasCommands } from './kms/aliases.js';
import { keyCommandsOfKms, keysOverdue } from './kms/keys.js';
import { kmsQueries } from './kms/reads.js';
import { changeCommands, tagQueries } from './parameters/changes.js';
import { putCommands } from './parameters/put.js';
import { parameterQueries } from './parameters/reads.js';
import type { CommandRules, QueryRules } from './rule-types.js';
import { resourcePolicyCommands, resourcePolicyQueries } from './secrets/resource-policies.js';
import { secretQueries } from './secrets/reads.js';
import { overdue, secretCommands } from './secrets/secrets.js';
import { versionCommands } from './secrets/versions.js';
import { newTables, type SecretsState } from './state.js';

/** Every command of the `secrets` journal by name: an API operation's, or the app's own. No two of the three services have one name: KMS's tags are `TagKey`'s. */
export const secretsCommands: CommandRules = {
  ...secretCommands,
  ...versionCommands,
  ...resourcePolicyCommands,
  ...putCommands,
  ...changeCommands,
  ...keyCommands,
  ...keyCommandsOfKms,
  ...aliasCommands,
};

/** Every read that the state answers, by operation. */
export const secretsQueries: QueryRules = {
  ...secretQueries,
  ...resourcePolicyQueries,
  ...parameterQueries,
  ...tagQueries,
  ...kmsQueries,
};

/** The `secrets` journal's rules, whole. */
export const secrets: Domain<SecretsState> = {
  journal: 'secrets',
  schemaVersion: 2,
  newTables,
  decider: deciderOf<SecretsState, SecretsEvents>({
    commands: secretsCommands,
    evolvers: secretsEvolvers,
    upcasts: secretsUpcasts,
  }),
  queries: secretsQueries,
  isExpired: (state, at) => [overdue(state, at), keysOverdue(state, at)].some((due) => !due[Symbol.iterator]().next().done),
  // Recovery windows are days.
  expiryIntervalMs: 60_000,
};
