import type { Tag } from './model.js';
import { refusals } from './refusals.js';

export const MAX_TAGS = 50;

/** Tags as given, checked beyond what the gateway has checked against the model (lengths, characters). */
export function checkTags(tags: readonly Tag[] | undefined): readonly Tag[] {
  const given = tags ?? [];
  const keys = new Set<string>();
  for (const { Key } of given) {
    checkTagKey(Key);
    if (keys.has(Key)) throw refusals.of('DuplicateTagKeys', `Tag key '${Key}' was specified more than once`);
    keys.add(Key);
  }
  if (given.length > MAX_TAGS) throw tooManyTags();
  return given.map(({ Key, Value }) => ({ Key, Value: Value ?? '' }));
}

export function checkTagKey(key: string): void {
  if (/^aws:/i.test(key)) throw refusals.validation('aws: prefixed tag key names are not allowed for external use.');
}

export const tooManyTags = () => refusals.tooMany('TooManyTags', `A resource can have at most ${MAX_TAGS} tags`);

/** The tags with `changed` put over them. */
export const withTags = (tags: readonly Tag[], changed: readonly Tag[]): readonly Tag[] => [
  ...tags.filter(({ Key }) => !changed.some((tag) => tag.Key === Key)),
  ...changed,
];

export const withoutTags = (tags: readonly Tag[], keys: readonly string[]): readonly Tag[] =>
  tags.filter(({ Key }) => !keys.includes(Key));
