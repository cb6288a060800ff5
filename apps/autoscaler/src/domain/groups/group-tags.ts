import { scopeKey } from '#lib/kernel';
import { event } from '../events.js';
import { page } from '../pages.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import { knownGroup, limitOf } from './groups.js';
import { groupRefusals as refusals } from './refusals.js';
import { byGroup, checkTags, type TagInput, tagsGiven, tagView } from './tags.js';

const createOrUpdateTags: CommandRule<{ readonly Tags: readonly TagInput[] }> = {
  actors: ITSELF,
  decide: (state, { Tags }, context) =>
    [...byGroup(Tags)].flatMap(([group, given]) => {
      const { accountId, region, name, tags: now } = knownGroup(state, context, group);
      const tags = tagsGiven(given);
      checkTags([...now.filter(({ key }) => !tags.some((tag) => tag.key === key)), ...tags]);
      const changed = tags.filter(
        (tag) =>
          !now.some(
            ({ key, value, propagateAtLaunch }) =>
              key === tag.key && value === tag.value && propagateAtLaunch === tag.propagateAtLaunch,
          ),
      );
      return changed.length === 0 ? [] : [event('AutoScalingGroupTagged', { accountId, region, name, tags: changed })];
    }),
  reply: () => ({}),
};

const deleteTags: CommandRule<{ readonly Tags: readonly TagInput[] }> = {
  actors: ITSELF,
  decide: (state, { Tags }, context) =>
    [...byGroup(Tags)].flatMap(([group, given]) => {
      const { accountId, region, name, tags: now } = knownGroup(state, context, group);
      // With a value: only if it has that one.
      const tagKeys = now
        .filter((tag) => given.some(({ Key, Value }) => Key === tag.key && (Value === undefined || Value === tag.value)))
        .map(({ key }) => key);
      return tagKeys.length === 0 ? [] : [event('AutoScalingGroupUntagged', { accountId, region, name, tagKeys })];
    }),
  reply: () => ({}),
};

type TagView = ReturnType<typeof tagView>;
const FILTERS: Readonly<Record<string, (tag: TagView) => string>> = {
  'auto-scaling-group': ({ ResourceId }) => ResourceId,
  key: ({ Key }) => Key,
  value: ({ Value }) => Value,
  'propagate-at-launch': ({ PropagateAtLaunch }) => String(PropagateAtLaunch),
};

interface DescribeInput {
  readonly Filters?: readonly { readonly Name?: string; readonly Values?: readonly string[] }[];
  readonly MaxRecords?: number;
  readonly NextToken?: string;
}

const describeTags: QueryRule<DescribeInput> = (state, input, caller) => {
  const { Filters = [] } = input;
  for (const { Name = '' } of Filters) {
    if (!Object.hasOwn(FILTERS, Name))
      throw refusals.validation(
        `Filter type ${Name} is not correct. Allowed Filter types are: ${Object.keys(FILTERS).join(' ')}`,
      );
  }
  const all = [...state.autoScalingGroups.ordered('scope', scopeKey(caller))].flatMap((group) =>
    group.tags.map((tag) => tagView(group, tag)),
  );
  const matching = all.filter((tag) => Filters.every(({ Name = '', Values = [] }) => Values.includes(FILTERS[Name]!(tag))));
  // Below every character that a name or a key has.
  const keyOf = ({ ResourceId, Key }: TagView) => `${ResourceId}\u0000${Key}`;
  const list = JSON.stringify(['tags', Filters]);
  const { items, nextToken } = page(matching, keyOf, { list, limit: limitOf(input), token: input.NextToken });
  return { Tags: items, NextToken: nextToken };
};

export const groupTagCommands: CommandRules = { CreateOrUpdateTags: createOrUpdateTags, DeleteTags: deleteTags };
export const groupTagQueries: QueryRules = { DescribeTagsOfGroups: describeTags };
