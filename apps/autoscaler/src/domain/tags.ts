import type { Refusal } from '#lib/kernel';
import type { Tags } from './model.js';
import { refusals } from './refusals.js';

const MOST_TAGS = 50;

export const tagsOf = (tags: readonly { readonly Key: string; readonly Value: string }[]): Tags =>
  Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));

/** Beyond what the gateway has checked against the model. `invalid`: how the service calls it. */
export function checkTags(tags: Tags, invalid: (message: string) => Refusal = refusals.invalidValue): void {
  const keys = Object.keys(tags);
  if (keys.some((key) => /^aws:/i.test(key))) throw invalid('aws: prefixed tag key names are not allowed for external use.');
  if (keys.length > MOST_TAGS) throw invalid(`A resource can have at most ${MOST_TAGS} tags.`);
}
