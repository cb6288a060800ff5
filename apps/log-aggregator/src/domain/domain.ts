import { deciderOf, type Domain } from '#lib/kernel';
import { type LoggingEvents, loggingUpcasts } from './events.js';
import { loggingEvolvers } from './evolve.js';
import { groupCommands, groupQueries } from './groups.js';
import { metricFilterCommands, metricFilterQueries } from './metric-filters.js';
import { queryDefinitionCommands, queryDefinitionQueries } from './query-definitions.js';
import { resourcePolicyCommands, resourcePolicyQueries } from './resource-policies.js';
import type { CommandRules, QueryRules } from './rule-types.js';
import { type LoggingState, newTables } from './state.js';
import { streamCommands, streamQueries } from './streams.js';
import { subscriptionFilterCommands, subscriptionFilterQueries } from './subscription-filters.js';
import { tagCommands, tagQueries } from './tags.js';

/** Every command of the `logging` journal by name. A name is an API operation's, or the app's own. */
export const loggingCommands: CommandRules = {
  ...groupCommands,
  ...streamCommands,
  ...metricFilterCommands,
  ...subscriptionFilterCommands,
  ...resourcePolicyCommands,
  ...queryDefinitionCommands,
  ...tagCommands,
};

/** Every read that the state answers, by operation. */
export const loggingQueries: QueryRules = {
  ...groupQueries,
  ...streamQueries,
  ...metricFilterQueries,
  ...subscriptionFilterQueries,
  ...resourcePolicyQueries,
  ...queryDefinitionQueries,
  ...tagQueries,
};

/** The `logging` journal's rules, whole. */
export const logging: Domain<LoggingState> = {
  journal: 'logging',
  schemaVersion: 2,
  newTables,
  decider: deciderOf<LoggingState, LoggingEvents>({
    commands: loggingCommands,
    evolvers: loggingEvolvers,
    upcasts: loggingUpcasts,
  }),
  queries: loggingQueries,
};
