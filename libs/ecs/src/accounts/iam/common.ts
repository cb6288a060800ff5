import { hashId, pageOf } from '#lib/kernel';
import type { Tag } from '../../model/common.js';
import type { CommandRule } from '../../model/rules.js';
import { checkIsAdmin } from '../access-keys.js';
import { iamRefusals } from './refusals.js';

export interface IamTag {
  readonly Key?: string;
  readonly Value?: string;
}

const MOST_TAGS = 50;

export function withTags(known: readonly Tag[], given: readonly IamTag[] = []): readonly Tag[] {
  const tags = new Map(known.map((tag) => [tag.key, tag]));
  for (const { Key: key = '', Value: value = '' } of given) {
    if (key === '' || key.length > 128 || value.length > 256)
      throw iamRefusals.invalid(`A tag has a key of 1 to 128 characters and a value of at most 256, but "${key}" was given.`);
    tags.set(key, { key, value });
  }
  if (tags.size > MOST_TAGS) throw iamRefusals.limit(`Cannot exceed quota for TagsPerResource: ${MOST_TAGS}`);
  return [...tags.values()];
}

export const withoutTags = (known: readonly Tag[], keys: readonly string[] = []): readonly Tag[] =>
  known.filter(({ key }) => !keys.includes(key));

export const tagList = (tags: readonly Tag[]) => tags.map(({ key, value }) => ({ Key: key, Value: value }));

/** `AROA…`, `ANPA…`: another one each time that a name is used again. */
export const uniqueId = (prefix: string, ...parts: readonly string[]): string =>
  `${prefix}${hashId('iam', ...parts)
    .slice(0, 17)
    .toUpperCase()}`;

const NAME = /^[\w+=,.@-]+$/;

export function nameOf(name: string, most: number): string {
  if (NAME.test(name) && name.length <= most) return name;
  throw iamRefusals.invalid(
    `The specified value "${name.slice(0, 200)}" is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_- and have at most ${most} characters.`,
  );
}

export function pathOf(path = '/'): string {
  if (/^\/([\x21-\x7e]+\/)*$/.test(path) && path.length <= 512) return path;
  throw iamRefusals.invalid(`The path "${path.slice(0, 200)}" must begin and end with / and contain only printable characters.`);
}

export interface MarkedInput {
  readonly Marker?: string;
  readonly MaxItems?: number;
}

const MOST_ITEMS = 1_000;

/** A list under its name, and whether there is more. */
export function pageUnder<M extends string, T>(
  member: M,
  all: Iterable<T>,
  keyOf: (item: T) => string,
  input: MarkedInput,
): Readonly<Record<M, readonly T[]>> & { readonly IsTruncated: boolean; readonly Marker?: string } {
  const sorted = [...all].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const { items, nextToken } = pageOf(
    () => sorted,
    keyOf,
    { nextToken: input.Marker, maxResults: input.MaxItems },
    { list: member, limit: MOST_ITEMS },
  );
  const page = { [member]: items } as Readonly<Record<M, readonly T[]>>;
  return { ...page, IsTruncated: nextToken !== undefined, ...(nextToken === undefined ? {} : { Marker: nextToken }) };
}

/** Roles say what tasks may do: who keeps no keys keeps no roles. */
export const iamCommand = <I>(rule: Omit<CommandRule<I>, 'actors'>): CommandRule<I> => ({
  actors: ['state-store'],
  decide(state, input, context) {
    checkIsAdmin(state, context);
    return rule.decide(state, input, context);
  },
  reply: rule.reply,
});
