import type { GroupId, GroupTag } from './model.js';
import { groupRefusals as refusals } from './refusals.js';

export interface TagInput {
  readonly ResourceId?: string;
  readonly ResourceType?: string;
  readonly Key: string;
  readonly Value?: string;
  readonly PropagateAtLaunch?: boolean;
}

const RESOURCE_TYPE = 'auto-scaling-group';
const MOST_TAGS = 50;

/** Of a key that is given twice the last. */
export const tagsGiven = (given: readonly TagInput[]): readonly GroupTag[] => [
  ...new Map(
    given.map(({ Key, Value = '', PropagateAtLaunch = false }) => [
      Key,
      { key: Key, value: Value, propagateAtLaunch: PropagateAtLaunch },
    ]),
  ).values(),
];

export function checkTags(tags: readonly GroupTag[]): void {
  if (tags.some(({ key }) => /^aws:/i.test(key)))
    throw refusals.validation('aws: prefixed tag key names are not allowed for external use.');
  if (tags.length > MOST_TAGS) throw refusals.limit(`An Auto Scaling group can have at most ${MOST_TAGS} tags.`);
}

/** Name of the group → what is said of it. */
export function byGroup(given: readonly TagInput[]): ReadonlyMap<string, readonly TagInput[]> {
  const groups = new Map<string, TagInput[]>();
  for (const tag of given) {
    const { ResourceId, ResourceType = RESOURCE_TYPE } = tag;
    if (ResourceType !== RESOURCE_TYPE)
      throw refusals.validation(`Invalid resource type ${ResourceType}. Valid resource types are: [${RESOURCE_TYPE}]`);
    if (!ResourceId) throw refusals.validation('Tag resource ID must not be null or empty.');
    groups.set(ResourceId, [...(groups.get(ResourceId) ?? []), tag]);
  }
  return groups;
}

export const tagView = ({ name }: Pick<GroupId, 'name'>, { key, value, propagateAtLaunch }: GroupTag) => ({
  ResourceId: name,
  ResourceType: RESOURCE_TYPE,
  Key: key,
  Value: value,
  PropagateAtLaunch: propagateAtLaunch,
});
