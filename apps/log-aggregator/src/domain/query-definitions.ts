import { hashId, sameContent, type Scope, scopeKey } from '#lib/kernel';
import { event } from './events.js';
import type { QueryDefinition } from './model.js';
import { page } from './pages.js';
import { refusals } from './refusals.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from './rule-types.js';
import type { LoggingState } from './state.js';

/** As AWS bounds an account in a region: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
const MAX_DEFINITIONS = 1_000;
const LANGUAGE = 'CWLI';

interface PutQueryDefinitionInput {
  readonly queryDefinitionId?: string;
  readonly name: string;
  readonly queryString: string;
  readonly logGroupNames?: readonly string[];
  readonly queryLanguage?: string;
  readonly parameters?: readonly object[];
  readonly clientToken?: string;
}

const uuid = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

function known(state: LoggingState, scope: Scope, id: string): QueryDefinition {
  const definition = state.queryDefinitions.get(id);
  if (!definition || scopeKey(definition) !== scopeKey(scope))
    throw refusals.notFound('The specified query definition does not exist.');
  return definition;
}

/** Of a new one: the same for a request that is repeated. */
const newId = (scope: Scope, token: string): string => uuid(hashId('query-definition', scopeKey(scope), token));

const putQueryDefinition: CommandRule<PutQueryDefinitionInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { accountId, region } = context;
    const { name, queryString, logGroupNames = [], queryLanguage = LANGUAGE, parameters = [], clientToken } = input;
    if (queryLanguage !== LANGUAGE) throw refusals.invalid(`Longshore's Logs Insights reads CWLI, and no ${queryLanguage}.`);
    if (parameters.length > 0) throw refusals.invalid('Longshore has no parameters of queries: leave parameters out.');
    const given = input.queryDefinitionId === undefined ? undefined : known(state, context, input.queryDefinitionId);
    const id = given?.id ?? newId(context, clientToken ?? context.id('query-definition'));
    const put = { accountId, region, id, name, queryString, logGroupNames };
    const { updatedAt: _, ...before } = state.queryDefinitions.get(id) ?? { updatedAt: '' };
    if (sameContent(before, put)) return [];
    if (!('id' in before) && state.queryDefinitions.countBy('scope', scopeKey(context)) >= MAX_DEFINITIONS)
      throw refusals.limitExceeded();
    return [event('QueryDefinitionPut', put)];
  },
  reply: (_state, { queryDefinitionId, clientToken }, [put], caller) => ({
    queryDefinitionId: queryDefinitionId ?? (put?.data as { id: string } | undefined)?.id ?? newId(caller, clientToken!),
  }),
};

const deleteQueryDefinition: CommandRule<{ readonly queryDefinitionId: string }> = {
  actors: ITSELF,
  decide: (state, { queryDefinitionId }, context) => [
    event('QueryDefinitionDeleted', { id: known(state, context, queryDefinitionId).id }),
  ],
  reply: () => ({ success: true }),
};

interface DescribeQueryDefinitionsInput {
  readonly queryDefinitionNamePrefix?: string;
  readonly queryLanguage?: string;
  readonly maxResults?: number;
  readonly nextToken?: string;
}

const describeQueryDefinitions: QueryRule<DescribeQueryDefinitionsInput> = (state, input, caller) => {
  const { queryDefinitionNamePrefix: prefix = '', queryLanguage = LANGUAGE, maxResults = 1_000, nextToken: token } = input;
  const keyOf = ({ name, id }: QueryDefinition) => JSON.stringify([name, id]);
  const found = () =>
    [...state.queryDefinitions.by('scope', scopeKey(caller))]
      .filter(({ name }) => name.startsWith(prefix) && queryLanguage === LANGUAGE)
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const list = JSON.stringify(['query-definitions', prefix, queryLanguage]);
  const { items, nextToken } = page({ limit: maxResults, nextToken: token }, list, found, keyOf);
  const queryDefinitions = items.map(({ id, name, queryString, logGroupNames, updatedAt }) => ({
    queryLanguage: LANGUAGE,
    queryDefinitionId: id,
    name,
    queryString,
    lastModified: Date.parse(updatedAt),
    logGroupNames,
  }));
  return { queryDefinitions, nextToken };
};

export const queryDefinitionCommands: CommandRules = {
  PutQueryDefinition: putQueryDefinition,
  DeleteQueryDefinition: deleteQueryDefinition,
};

export const queryDefinitionQueries: QueryRules = { DescribeQueryDefinitions: describeQueryDefinitions };
