import { parseArn } from '#lib/kernel';
import type { Scope } from '#lib/kernel';
import { event } from './events.js';
import { repositoryOf } from './lookup.js';
import type { Repository, Tags } from './model.js';
import { refusals } from './refusals.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from './rule-types.js';
import type { RegistryState } from './state.js';
import { refuse } from '#lib/kernel';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

const MOST_TAGS = 50;

/** Checked beyond the model, together with those that are there. */
export function tagMap(tags: readonly Tag[] = [], now: Tags = {}): Tags {
  const given = Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
  if (Object.keys(given).some((key) => /^aws:/i.test(key)))
    throw refuse('InvalidTagParameterException', 'Tag keys that begin with aws: are reserved.');
  if (Object.keys({ ...now, ...given }).length > MOST_TAGS)
    throw refuse('TooManyTagsException', `A repository can have at most ${MOST_TAGS} tags.`);
  return given;
}

function named(state: RegistryState, scope: Scope, resourceArn: string): Repository {
  const arn = parseArn(resourceArn);
  if (arn?.service !== 'ecr' || arn.resourceType !== 'repository') throw refusals.invalidAt('resourceArn', 'Invalid ARN');
  const { accountId: registryId, resourceId: repositoryName } = arn;
  if (arn.region !== scope.region) throw refusals.noRepository(repositoryName, registryId);
  return repositoryOf(state, scope, { registryId, repositoryName });
}

const tagResource: CommandRule<{ readonly resourceArn: string; readonly tags: readonly Tag[] }> = {
  actors: ITSELF,
  decide(state, input, { accountId, region }) {
    const { name, tags: now } = named(state, { accountId, region }, input.resourceArn);
    const tags = tagMap(input.tags, now);
    const isNew = Object.entries(tags).some(([key, value]) => now[key] !== value);
    return isNew ? [event('RepositoryTagged', { accountId, region, name, tags })] : [];
  },
  reply: () => ({}),
};

const untagResource: CommandRule<{ readonly resourceArn: string; readonly tagKeys: readonly string[] }> = {
  actors: ITSELF,
  decide(state, input, { accountId, region }) {
    const { name, tags } = named(state, { accountId, region }, input.resourceArn);
    const tagKeys = [...new Set(input.tagKeys)].filter((key) => Object.hasOwn(tags, key));
    return tagKeys.length > 0 ? [event('RepositoryUntagged', { accountId, region, name, tagKeys })] : [];
  },
  reply: () => ({}),
};

const listTagsForResource: QueryRule<{ readonly resourceArn: string }> = (state, { resourceArn }, scope) => ({
  tags: Object.entries(named(state, scope, resourceArn).tags).map(([Key, Value]) => ({ Key, Value })),
});

export const tagCommands: CommandRules = { TagResource: tagResource, UntagResource: untagResource };
export const tagQueries: QueryRules = { ListTagsForResource: listTagsForResource };
