import { scopeKey } from '#lib/kernel';
import { event } from './events.js';
import { compileFilterPattern } from './filter-pattern/compile.js';
import { compileValue } from './filter-pattern/named-value.js';
import { groupNamed } from './lookup.js';
import type { MetricFilter, MetricTransformation } from './model.js';
import { page, type PageInput } from './pages.js';
import { refusals } from './refusals.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from './rule-types.js';
import { filterKey, groupKey } from './state.js';
import { noTransformers } from './transformers.js';

/** As AWS bounds a log group: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
const MAX_FILTERS = 100;
const MAX_DIMENSIONS = 3;

interface FilterName {
  readonly logGroupName: string;
  readonly filterName: string;
}

interface PutMetricFilterInput extends FilterName {
  readonly filterPattern: string;
  readonly metricTransformations: readonly MetricTransformation[];
  readonly applyOnTransformedLogs?: boolean;
  readonly fieldSelectionCriteria?: string;
  readonly emitSystemFieldDimensions?: readonly string[];
}

const putMetricFilter: CommandRule<PutMetricFilterInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { filterName: name, filterPattern: pattern, metricTransformations: transformations } = input;
    const { accountId, region, name: group } = groupNamed(state, context, input.logGroupName);
    noTransformers(input, ['emitSystemFieldDimensions', input.emitSystemFieldDimensions]);
    const filter = compileFilterPattern(pattern);
    for (const transformation of transformations) checkTransformation(transformation, filter);
    const before = state.metricFilters.get(filterKey(context, group, name));
    if (!before && state.metricFilters.countBy('group', groupKey(context, group)) >= MAX_FILTERS) throw refusals.limitExceeded();
    const same =
      before && JSON.stringify([before.pattern, before.transformations]) === JSON.stringify([pattern, transformations]);
    return same ? [] : [event('MetricFilterPut', { accountId, region, group, name, pattern, transformations })];
  },
  reply: () => ({}),
};

function checkTransformation(
  { metricValue, defaultValue, dimensions = {} }: MetricTransformation,
  filter: ReturnType<typeof compileFilterPattern>,
): void {
  if (defaultValue !== undefined && Object.keys(dimensions).length > 0) {
    throw refusals.invalid('Invalid metric transformation: dimensions and default value are mutually exclusive properties.');
  }
  if (Object.keys(dimensions).length > MAX_DIMENSIONS)
    throw refusals.invalid(`Invalid metric transformation: it has more than ${MAX_DIMENSIONS} dimensions.`);
  compileValue(metricValue, filter);
  for (const value of Object.values(dimensions)) {
    if (!value.startsWith('$'))
      throw refusals.invalid(`Invalid metric transformation: dimension value '${value}' names no field.`);
    compileValue(value, filter);
  }
}

const deleteMetricFilter: CommandRule<FilterName> = {
  actors: ITSELF,
  decide(state, { logGroupName, filterName }, context) {
    const { name: group } = groupNamed(state, context, logGroupName);
    const filter = state.metricFilters.get(filterKey(context, group, filterName));
    if (!filter) throw refusals.notFound('The specified metric filter does not exist.');
    const { accountId, region, name } = filter;
    return [event('MetricFilterDeleted', { accountId, region, group, name })];
  },
  reply: () => ({}),
};

interface DescribeMetricFiltersInput extends PageInput {
  readonly logGroupName?: string;
  readonly filterNamePrefix?: string;
  readonly metricName?: string;
  readonly metricNamespace?: string;
}

const describeMetricFilters: QueryRule<DescribeMetricFiltersInput> = (state, input, caller) => {
  const { logGroupName, filterNamePrefix: prefix = '', metricName, metricNamespace } = input;
  if ((metricName === undefined) !== (metricNamespace === undefined))
    throw refusals.invalid('Both metricName and metricNamespace must be specified, or neither of them.');
  if (logGroupName !== undefined) groupNamed(state, caller, logGroupName);
  const isAsked = ({ name, transformations }: MetricFilter) =>
    name.startsWith(prefix) &&
    (metricName === undefined ||
      transformations.some((one) => one.metricName === metricName && one.metricNamespace === metricNamespace));
  const [index, key] =
    logGroupName === undefined ? (['scope', scopeKey(caller)] as const) : (['group', groupKey(caller, logGroupName)] as const);
  const keyOf = ({ group, name }: MetricFilter) => filterKey(caller, group, name);
  const list = JSON.stringify(['metric-filters', logGroupName, prefix, metricName, metricNamespace]);
  const { items, nextToken } = page(
    input,
    list,
    () => [...state.metricFilters.by(index, key)].filter(isAsked).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    keyOf,
  );
  const metricFilters = items.map(({ name, pattern, transformations, group, createdAt }) => ({
    filterName: name,
    filterPattern: pattern,
    metricTransformations: transformations,
    creationTime: Date.parse(createdAt),
    logGroupName: group,
    applyOnTransformedLogs: false,
  }));
  return { metricFilters, nextToken };
};

const testMetricFilter: QueryRule<{ filterPattern: string; logEventMessages: readonly string[] }> = (_state, input) => {
  const { matches, values } = compileFilterPattern(input.filterPattern);
  return {
    matches: input.logEventMessages.flatMap((eventMessage, index) =>
      matches(eventMessage) ? [{ eventNumber: index + 1, eventMessage, extractedValues: values?.(eventMessage) ?? {} }] : [],
    ),
  };
};

export const metricFilterCommands: CommandRules = {
  PutMetricFilter: putMetricFilter,
  DeleteMetricFilter: deleteMetricFilter,
};

export const metricFilterQueries: QueryRules = {
  DescribeMetricFilters: describeMetricFilters,
  TestMetricFilter: testMetricFilter,
};
