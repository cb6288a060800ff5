import type { Tags } from '../model.js';
import { checkTags } from '../tags.js';
import { refusals } from './refusals.js';

/** KMS's own names for what is Key and Value elsewhere. */
export interface KeyTag {
  readonly TagKey: string;
  readonly TagValue: string;
}

/** Checked against what the key has. */
export function keyTags(given: readonly KeyTag[] = [], now: Tags = {}): Tags {
  const tags = Object.fromEntries(given.map(({ TagKey, TagValue }) => [TagKey, TagValue]));
  if (Object.keys(tags).length < given.length) throw refusals.repeatedTag();
  checkTags(tags, now, { reserved: refusals.reservedTag, tooMany: refusals.tooManyTags });
  return tags;
}
