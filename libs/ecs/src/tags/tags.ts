import type { Tag } from '../model/common.js';
import { event } from '../model/events.js';
import { isOwnArn } from '../model/ids.js';
import { parseArn, type Refusal, type Scope } from '#lib/kernel';
import type { EcsState } from '../model/state.js';
import type { CommandRule, CommandRules, QueryRule, QueryRules } from '../model/rules.js';
import { refusals } from '../model/refusals.js';

const MAX_TAGS = 50;
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

interface TagInput {
  readonly key?: string;
  readonly value?: string;
}

/** Tags as a caller gave them, checked; a missing value is an empty one. For every operation that takes tags. */
export function checkTags(tags: readonly TagInput[] | undefined): readonly Tag[] {
  const given = tags ?? [];
  if (given.length > MAX_TAGS) throw tooMany();
  const keys = new Set<string>();
  return given.map(({ key = '', value = '' }) => {
    if (key.length < 1 || key.length > 128) throw refusals.invalidParameter('The key of a tag must have 1 to 128 characters.');
    if (value.length > 256) throw refusals.invalidParameter(`The value of tag '${key}' must have at most 256 characters.`);
    if (!CHARACTERS.test(key) || !CHARACTERS.test(value)) {
      throw refusals.invalidParameter(
        'Some tags contain invalid characters. Valid characters: UTF-8 letters, spaces, numbers and _ . / = + - : @.',
      );
    }
    if (isReserved(key)) throw reserved(key);
    if (keys.has(key)) throw refusals.invalidParameter(`Duplicate tag keys found: '${key}'. Each key can be given once.`);
    keys.add(key);
    return { key, value };
  });
}

const isReserved = (key: string) => /^aws:/i.test(key);
const tooMany = () => refusals.invalidParameter(`Too many tags: a resource can have at most ${MAX_TAGS}.`);
const reserved = (key: string) =>
  refusals.invalidParameter(`Tag key '${key}' is reserved: keys that begin with aws: are for system use and cannot be changed.`);

interface Taggable {
  readonly tags: readonly Tag[];
  readonly status?: string;
  readonly lastStatus?: string;
}

/** Where a cluster's members carry the cluster's name in their ARN: the old short form does not say enough. */
const TABLES: Readonly<Record<string, { table: keyof EcsState; what: string; segments: number }>> = {
  cluster: { table: 'clusters', what: 'cluster', segments: 1 },
  'capacity-provider': { table: 'capacityProviders', what: 'capacity provider', segments: 1 },
  'task-definition': { table: 'taskDefinitions', what: 'task definition', segments: 1 },
  task: { table: 'tasks', what: 'task', segments: 2 },
  'container-instance': { table: 'containerInstances', what: 'container instance', segments: 2 },
  service: { table: 'services', what: 'service', segments: 2 },
  'task-set': { table: 'taskSets', what: 'task set', segments: 4 },
};

function resolve(state: EcsState, scope: Scope, resourceArn: string, notFound: NotFound): { thing: Taggable; what: string } {
  const parsed = parseArn(resourceArn);
  const kind = parsed?.service === 'ecs' && Object.hasOwn(TABLES, parsed.resourceType) ? TABLES[parsed.resourceType] : undefined;
  if (!parsed || !kind) {
    throw refusals.invalidParameter(
      `${resourceArn} cannot be tagged. Give the ARN of a cluster, capacity provider, service, task set, task definition, task or container instance.`,
    );
  }
  if (parsed.resourceId.split('/').length < kind.segments) {
    throw refusals.invalidParameter('Long arn format must be used for tagging operations');
  }
  const thing = isOwnArn(parsed, scope) ? (state[kind.table].get(resourceArn) as Taggable | undefined) : undefined;
  if (thing) return { thing, what: kind.what };
  if (kind.table === 'clusters') throw refusals.clusterNotFound();
  throw notFound(`The specified ${kind.what} was not found. Specify a valid ARN and try again.`);
}

/** ECS knows a ResourceNotFoundException for changing tags, and none for listing them [sdk ListTagsForResource]. */
type NotFound = (message: string) => Refusal;

function refuseInactive(what: string): never {
  throw refusals.invalidParameter(`The specified ${what} is inactive. Specify an active ${what} and try again.`);
}

/** Tags of what is over cannot be changed. */
function resolveLive(state: EcsState, scope: Scope, resourceArn: string): Taggable {
  const { thing, what } = resolve(state, scope, resourceArn, refusals.resourceNotFound);
  if (thing.lastStatus === 'STOPPED') {
    throw refusals.invalidParameter('The specified task is stopped. Specify a running task and try again.');
  }
  if (thing.status === 'INACTIVE') refuseInactive(what);
  return thing;
}

const tagResource: CommandRule<{ resourceArn: string; tags: readonly TagInput[] }> = {
  actors: ['state-store'],
  decide(state, input, context) {
    const { tags } = resolveLive(state, context, input.resourceArn);
    const wanted = checkTags(input.tags);
    const changed = wanted.filter(({ key, value }) => !tags.some((tag) => tag.key === key && tag.value === value));
    const added = changed.filter(({ key }) => !tags.some((tag) => tag.key === key));
    // Tags that the system put (aws:ecs:…) do not count against the user's fifty.
    if (tags.filter((tag) => !isReserved(tag.key)).length + added.length > MAX_TAGS) throw tooMany();
    return changed.length === 0 ? [] : [event('ResourceTagged', { resourceArn: input.resourceArn, tags: changed })];
  },
  reply: () => ({}),
};

const untagResource: CommandRule<{ resourceArn: string; tagKeys: readonly string[] }> = {
  actors: ['state-store'],
  decide(state, input, context) {
    const { tags } = resolveLive(state, context, input.resourceArn);
    const system = input.tagKeys.find(isReserved);
    if (system !== undefined) throw reserved(system);
    const tagKeys = input.tagKeys.filter((key) => tags.some((tag) => tag.key === key));
    return tagKeys.length === 0 ? [] : [event('ResourceUntagged', { resourceArn: input.resourceArn, tagKeys })];
  },
  reply: () => ({}),
};

/**
 * Of stopped tasks and deregistered task definitions, too: history is worth more here than doing as ECS does. Terraform takes the
 * sentence about a cluster for "it is gone".
 */
const listTagsForResource: QueryRule<{ resourceArn: string }> = (state, input, context) => {
  const { thing, what } = resolve(state, context, input.resourceArn, refusals.invalidParameter);
  if (thing.status === 'INACTIVE' && what !== 'task definition') refuseInactive(what);
  return { tags: thing.tags };
};

export const tagsCommands: CommandRules = { TagResource: tagResource, UntagResource: untagResource };
export const tagsQueries: QueryRules = { ListTagsForResource: listTagsForResource };
