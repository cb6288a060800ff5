import { parseDestination } from './destination.js';
import { event } from './events.js';
import { compileFilterPattern } from './filter-pattern/compile.js';
import { groupNamed } from './lookup.js';
import type { Distribution, SubscriptionFilter } from './model.js';
import { page, type PageInput } from './pages.js';
import { refusals } from './refusals.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from './rule-types.js';
import { filterKey, groupKey } from './state.js';
import { noTransformers } from './transformers.js';

/** As AWS bounds a log group: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html */
const MAX_FILTERS = 2;

interface FilterName {
  readonly logGroupName: string;
  readonly filterName: string;
}

interface PutSubscriptionFilterInput extends FilterName {
  readonly filterPattern: string;
  readonly destinationArn: string;
  readonly roleArn?: string;
  readonly distribution?: Distribution;
  readonly applyOnTransformedLogs?: boolean;
  readonly fieldSelectionCriteria?: string;
  readonly emitSystemFields?: readonly string[];
}

const putSubscriptionFilter: CommandRule<PutSubscriptionFilterInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { filterName: name, filterPattern: pattern, destinationArn, roleArn, distribution = 'ByLogStream' } = input;
    const { accountId, region, name: group } = groupNamed(state, context, input.logGroupName);
    noTransformers(input, ['emitSystemFields', input.emitSystemFields]);
    compileFilterPattern(pattern);
    parseDestination(destinationArn);
    const before = state.subscriptionFilters.get(filterKey(context, group, name));
    if (!before && state.subscriptionFilters.countBy('group', groupKey(context, group)) >= MAX_FILTERS)
      throw refusals.limitExceeded();
    const settings = { pattern, destinationArn, ...(roleArn === undefined ? {} : { roleArn }), distribution };
    const { createdAt: _, ...known } = before ?? { createdAt: '' };
    const put = { accountId, region, group, name, ...settings };
    return JSON.stringify(known) === JSON.stringify(put) ? [] : [event('SubscriptionFilterPut', put)];
  },
  reply: () => ({}),
};

const deleteSubscriptionFilter: CommandRule<FilterName> = {
  actors: ITSELF,
  decide(state, { logGroupName, filterName }, context) {
    const { name: group } = groupNamed(state, context, logGroupName);
    const filter = state.subscriptionFilters.get(filterKey(context, group, filterName));
    if (!filter) throw refusals.notFound('The specified subscription filter does not exist.');
    const { accountId, region, name } = filter;
    return [event('SubscriptionFilterDeleted', { accountId, region, group, name })];
  },
  reply: () => ({}),
};

interface DescribeSubscriptionFiltersInput extends PageInput {
  readonly logGroupName: string;
  readonly filterNamePrefix?: string;
}

const describeSubscriptionFilters: QueryRule<DescribeSubscriptionFiltersInput> = (state, input, caller) => {
  const { logGroupName, filterNamePrefix: prefix = '' } = input;
  const { name: group } = groupNamed(state, caller, logGroupName);
  const keyOf = ({ name }: SubscriptionFilter) => filterKey(caller, group, name);
  const { items, nextToken } = page(
    input,
    JSON.stringify(['subscription-filters', group, prefix]),
    () =>
      [...state.subscriptionFilters.by('group', groupKey(caller, group))]
        .filter(({ name }) => name.startsWith(prefix))
        .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    keyOf,
  );
  const subscriptionFilters = items.map(({ name, pattern, destinationArn, roleArn, distribution, createdAt }) => ({
    filterName: name,
    logGroupName: group,
    filterPattern: pattern,
    destinationArn,
    ...(roleArn === undefined ? {} : { roleArn }),
    distribution,
    applyOnTransformedLogs: false,
    creationTime: Date.parse(createdAt),
  }));
  return { subscriptionFilters, nextToken };
};

export const subscriptionFilterCommands: CommandRules = {
  PutSubscriptionFilter: putSubscriptionFilter,
  DeleteSubscriptionFilter: deleteSubscriptionFilter,
};

/** There are no logical destinations: a filter names where its lines go. */
const describeDestinations: QueryRule = () => ({ destinations: [] });

export const subscriptionFilterQueries: QueryRules = {
  DescribeSubscriptionFilters: describeSubscriptionFilters,
  DescribeDestinations: describeDestinations,
};
