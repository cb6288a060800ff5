import { parseArn, type Scope } from '#lib/kernel';
import { event } from '../events.js';
import type { Tag } from '../model.js';
import { ITSELF } from '../rule-types.js';
import { MAX_TAGS, withTags } from '../tag-input.js';
import { refusals } from './refusals.js';
import type { CommandRule, CommandRules, QueryRule, QueryRules } from './rule-types.js';
import type { DiscoveryTables } from './tables.js';

export function checkTags(arn: string, tags: readonly Tag[] = []): readonly Tag[] {
  const keys = tags.map(({ Key }) => Key);
  keys.forEach(checkKey);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) throw refusals.invalidInput(`The tag key '${twice}' was specified more than once.`);
  if (tags.length > MAX_TAGS) throw refusals.tooManyTags(arn);
  return tags.map(({ Key, Value }) => ({ Key, Value: Value ?? '' }));
}

function checkKey(key: string): void {
  if (/^aws:/i.test(key)) throw refusals.invalidInput('Tag keys that begin with aws: are reserved.');
}

function tagsOf({ namespaces, discoveryServices }: DiscoveryTables, scope: Scope, arn: string): readonly Tag[] {
  const parsed = parseArn(arn);
  const isOwn = parsed?.accountId === scope.accountId && parsed.region === scope.region && parsed.service === 'servicediscovery';
  const tables = { namespace: namespaces, service: discoveryServices } as const;
  const table = isOwn ? tables[parsed.resourceType as keyof typeof tables] : undefined;
  const found = table?.get(parsed!.resourceId);
  if (!found) throw refusals.resourceNotFound(arn);
  return found.tags;
}

const tagResource: CommandRule<{ ResourceARN: string; Tags: readonly Tag[] }> = {
  actors: ITSELF,
  decide(state, { ResourceARN: resourceArn, Tags }, context) {
    const known = tagsOf(state, context, resourceArn);
    const wanted = checkTags(resourceArn, Tags);
    const tags = wanted.filter(({ Key, Value }) => !known.some((tag) => tag.Key === Key && tag.Value === Value));
    if (withTags(known, tags).length > MAX_TAGS) throw refusals.tooManyTags(resourceArn);
    return tags.length === 0 ? [] : [event('ResourceTagged', { resourceArn, tags })];
  },
  reply: () => ({}),
};

const untagResource: CommandRule<{ ResourceARN: string; TagKeys: readonly string[] }> = {
  actors: ITSELF,
  decide(state, { ResourceARN: resourceArn, TagKeys }, context) {
    const known = tagsOf(state, context, resourceArn);
    const tagKeys = known.map(({ Key }) => Key).filter((key) => TagKeys.includes(key));
    return tagKeys.length === 0 ? [] : [event('ResourceUntagged', { resourceArn, tagKeys })];
  },
  reply: () => ({}),
};

const listTags: QueryRule<{ ResourceARN: string }> = (state, { ResourceARN }, caller) => ({
  Tags: tagsOf(state, caller, ResourceARN),
});

export const discoveryTagCommands: CommandRules = { TagResource: tagResource, UntagResource: untagResource };
export const discoveryTagQueries: QueryRules = { ListTagsForResource: listTags };
