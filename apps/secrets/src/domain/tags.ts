import type { Refusal } from '#lib/kernel';
import type { Tags } from './model.js';

export interface Tag {
  readonly Key?: string;
  readonly Value?: string;
}

const MAX_TAGS = 50;

export const tagList = (tags: Tags): readonly Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
export const tagMap = (tags: readonly Tag[] = []): Tags =>
  Object.fromEntries(tags.flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? '']])));

/** Beyond what the gateway has checked against the model. Both services bound them alike, in errors of their own. */
export function checkTags(
  tags: Tags,
  now: Tags,
  refusal: { readonly reserved: () => Refusal; readonly tooMany: () => Refusal },
): void {
  if (Object.keys(tags).some((key) => /^aws:/i.test(key))) throw refusal.reserved();
  if (Object.keys({ ...now, ...tags }).length > MAX_TAGS) throw refusal.tooMany();
}

export const changedTags = (now: Tags, tags: Tags): Tags =>
  Object.fromEntries(Object.entries(tags).filter(([key, value]) => now[key] !== value));

export const presentKeys = (now: Tags, keys: readonly string[]): readonly string[] =>
  [...new Set(keys)].filter((key) => Object.hasOwn(now, key));
