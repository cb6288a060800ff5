import { created, event } from './events.js';
import { type Kind, KINDS, type NetworkResource, type Tags } from './model.js';
import { type Filter, filtered } from './filters.js';
import { pageOf } from './pages.js';
import { refusals, required } from './refusals.js';
import { change, type CommandRules, type QueryRules, read } from './rule-types.js';
import { refuse } from '#lib/kernel';

export interface Tag {
  readonly Key?: string;
  readonly Value?: string;
}
export interface TagSpecification {
  readonly ResourceType?: string;
  readonly Tags?: readonly Tag[];
}

const MOST_TAGS = 50;

function tagsOf(tags: readonly Tag[]): Tags {
  const read: Record<string, string> = {};
  for (const { Key = '', Value = '' } of tags) {
    if (Key === '') throw refusals.missing('Tag.Key');
    if (Key.length > 127) throw refuse('InvalidParameterValue', `Tag key exceeds the maximum length of 127 characters`);
    if (Value.length > 255) throw refuse('InvalidParameterValue', `Tag value exceeds the maximum length of 255 characters`);
    if (/^aws:/i.test(Key)) throw refuse('InvalidParameterValue', `Tag keys starting with 'aws:' are reserved for internal use`);
    read[Key] = Value;
  }
  if (Object.keys(read).length > MOST_TAGS) throw tooMany();
  return read;
}

const tooMany = () => refuse('TagLimitExceeded', `The maximum number of Tags for a resource has been reached.`);

/** The tags that a resource is made with. */
export function tagsFor(kind: Kind, specifications: readonly TagSpecification[] = []): Tags {
  const other = specifications.find(({ ResourceType }) => ResourceType !== kind);
  if (other) {
    throw refuse(
      'InvalidParameterValue',
      `'${other.ResourceType ?? ''}' is not a valid taggable resource type for this operation.`,
    );
  }
  return tagsOf(specifications.flatMap(({ Tags = [] }) => Tags));
}

export const tagList = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

interface TagsInput {
  readonly Resources?: readonly string[];
  readonly Tags?: readonly Tag[];
}

const createTags = change<TagsInput>((network, { Resources, Tags }) => {
  const tags = tagsOf(required(Tags, 'tagSet'));
  return required(Resources, 'resourceIdSet').flatMap((id) => {
    const found = resource(network.withId(id), id);
    const { accountId, region } = found;
    if (Object.keys({ ...found.tags, ...tags }).length > MOST_TAGS) throw tooMany();
    return [...(network.isWritten(id) ? [] : [created(found)]), event('ResourceTagged', { accountId, region, id, tags })];
  });
});

/** A tag that names a value goes only if it has that value; without tags all go. */
const deleteTags = change<TagsInput>((network, { Resources, Tags }) =>
  required(Resources, 'resourceIdSet').flatMap((id) => {
    const { accountId, region, tags } = resource(network.withId(id), id);
    const isAsked = (key: string) =>
      Tags === undefined || Tags.some(({ Key, Value }) => Key === key && (Value === undefined || Value === tags[key]));
    const tagKeys = Object.keys(tags).filter(isAsked);
    return tagKeys.length > 0 ? [event('ResourceUntagged', { accountId, region, id, tagKeys })] : [];
  }),
);

function resource(found: NetworkResource | undefined, id: string): NetworkResource {
  if (found) return found;
  const kind = (Object.keys(KINDS) as Kind[]).find((each) => id.startsWith(KINDS[each].prefix));
  throw kind ? refusals.notFound(kind, id) : refusals.noResource(id);
}

interface DescribeTagsInput {
  readonly Filters?: readonly Filter[];
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

const describeTags = read<DescribeTagsInput>((network, { Filters, ...page }) => {
  const all = (Object.keys(KINDS) as Kind[])
    .flatMap((kind) => network.all(kind) as readonly NetworkResource[])
    .flatMap(({ id, kind, tags }) =>
      Object.entries(tags).map(([Key, Value]) => ({ ResourceId: id, ResourceType: kind, Key, Value })),
    );
  const known = {
    key: ({ Key }: (typeof all)[number]) => Key,
    value: ({ Value }: (typeof all)[number]) => Value,
    'resource-id': ({ ResourceId }: (typeof all)[number]) => ResourceId,
    'resource-type': ({ ResourceType }: (typeof all)[number]) => ResourceType,
  };
  const { items, NextToken } = pageOf(
    filtered(
      all.map((tag) => ({ ...tag, tags: { [tag.Key]: tag.Value } })),
      known,
      Filters,
    ),
    ({ ResourceId, Key }) => `${ResourceId} ${Key}`,
    page,
  );
  return { Tags: items.map(({ tags: _tags, ...tag }) => tag), NextToken };
});

export const tagCommands: CommandRules = { CreateTags: createTags, DeleteTags: deleteTags };
export const tagQueries: QueryRules = { DescribeTags: describeTags };
