import { parseLogGroupArn } from './arns.js';
import { event } from './events.js';
import { groupNamed } from './lookup.js';
import type { LogGroup, Tags } from './model.js';
import { refusals } from './refusals.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from './rule-types.js';
import type { LoggingState } from './state.js';
import type { Scope } from '#lib/kernel';

const MAX_TAGS = 50;
const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Beyond what the gateway has checked against the model, which knows maps of tags only by their number. */
export function checkTags(tags: Tags): void {
  for (const [key, value] of Object.entries(tags)) {
    if (/^aws:/i.test(key)) throw refusals.invalid('aws: prefixed tag key names are not allowed for external use.');
    if (key.length < 1 || key.length > 128 || !TEXT.test(key)) throw refusals.invalid(`The tag key '${key}' is not valid.`);
    if (value.length > 256 || !TEXT.test(value)) throw refusals.invalid(`The value of the tag '${key}' is not valid.`);
  }
}

function tagged({ accountId, region, name, tags: now }: LogGroup, tags: Tags) {
  checkTags(tags);
  if (Object.keys({ ...now, ...tags }).length > MAX_TAGS) throw refusals.tooManyTags();
  const changed = Object.entries(tags).filter(([key, value]) => now[key] !== value);
  return changed.length === 0 ? [] : [event('LogGroupTagged', { accountId, region, name, tags: Object.fromEntries(changed) })];
}

function untagged({ accountId, region, name, tags }: LogGroup, keys: readonly string[]) {
  const tagKeys = [...new Set(keys)].filter((key) => Object.hasOwn(tags, key));
  return tagKeys.length === 0 ? [] : [event('LogGroupUntagged', { accountId, region, name, tagKeys })];
}

function groupWithArn(state: LoggingState, scope: Scope, resourceArn: string): LogGroup {
  const arn = parseLogGroupArn(resourceArn);
  if (!arn || arn.accountId !== scope.accountId || arn.region !== scope.region) throw refusals.resourceNotFound();
  return groupNamed(state, scope, arn.name);
}

type Named = { readonly logGroupName: string };
type WithArn = { readonly resourceArn: string };

const tagLogGroup: CommandRule<Named & { tags: Tags }> = {
  actors: ITSELF,
  decide: (state, { logGroupName, tags }, context) => tagged(groupNamed(state, context, logGroupName), tags),
  reply: () => ({}),
};

const untagLogGroup: CommandRule<Named & { tags: readonly string[] }> = {
  actors: ITSELF,
  decide: (state, { logGroupName, tags }, context) => untagged(groupNamed(state, context, logGroupName), tags),
  reply: () => ({}),
};

const tagResource: CommandRule<WithArn & { tags: Tags }> = {
  actors: ITSELF,
  decide: (state, { resourceArn, tags }, context) => tagged(groupWithArn(state, context, resourceArn), tags),
  reply: () => ({}),
};

const untagResource: CommandRule<WithArn & { tagKeys: readonly string[] }> = {
  actors: ITSELF,
  decide: (state, { resourceArn, tagKeys }, context) => untagged(groupWithArn(state, context, resourceArn), tagKeys),
  reply: () => ({}),
};

const listTagsLogGroup: QueryRule<Named> = (state, { logGroupName }, caller) => ({
  tags: groupNamed(state, caller, logGroupName).tags,
});
const listTagsForResource: QueryRule<WithArn> = (state, { resourceArn }, caller) => ({
  tags: groupWithArn(state, caller, resourceArn).tags,
});

export const tagCommands: CommandRules = {
  TagLogGroup: tagLogGroup,
  UntagLogGroup: untagLogGroup,
  TagResource: tagResource,
  UntagResource: untagResource,
};
export const tagQueries: QueryRules = { ListTagsLogGroup: listTagsLogGroup, ListTagsForResource: listTagsForResource };
