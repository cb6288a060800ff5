import { pageOf } from './pages.js';
import type { Kind, NetworkResource, OfKind, Tags } from './model.js';
import type { Network } from './network.js';
import { refusals } from './refusals.js';

export interface Filter {
  readonly Name?: string;
  readonly Values?: readonly string[];
}

export interface DescribeInput {
  readonly Filters?: readonly Filter[];
  readonly NextToken?: string;
  readonly MaxResults?: number;
}

/** Filter name → what a resource has of it. */
export type FilterValues<T> = Readonly<Record<string, (resource: T) => string | readonly string[] | undefined>>;

/** Of what a network here has nothing: EC2 knows the filters, and they let nothing through. */
export const ofNone = (...names: readonly string[]): FilterValues<unknown> =>
  Object.fromEntries(names.map((name) => [name, () => undefined]));

const escaped = (text: string) => text.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
/** `*` stands for any text, `?` for one character; a backslash before them takes that away. */
const pattern = (value: string): RegExp =>
  new RegExp(
    `^${value
      .split(/(\\[*?\\]|[*?])/)
      .map((part) => (part === '*' ? '.*' : part === '?' ? '.' : escaped(part.replace(/^\\([*?\\])$/, '$1'))))
      .join('')}$`,
    's',
  );

function matcher<T extends { readonly tags: Tags }>(
  known: FilterValues<T>,
  { Name = '', Values = [] }: Filter,
): (one: T) => boolean {
  const patterns = Values.map(pattern);
  const isAsked = (value: string) => patterns.some((each) => each.test(value));
  if (Name === 'tag-key') return ({ tags }) => Object.keys(tags).some(isAsked);
  if (Name === 'tag-value') return ({ tags }) => Object.values(tags).some(isAsked);
  if (Name.startsWith('tag:')) {
    const key = Name.slice('tag:'.length);
    return ({ tags }) => Object.hasOwn(tags, key) && isAsked(tags[key]!);
  }
  const values = Object.hasOwn(known, Name) ? known[Name] : undefined;
  if (!values) throw refusals.badFilter(Name);
  return (one) => [values(one) ?? []].flat().some(isAsked);
}

/** All filters have to agree, and of each one value. */
export const filtered = <T extends { readonly tags: Tags }>(
  all: readonly T[],
  known: FilterValues<T>,
  filters: readonly Filter[] = [],
) => filters.map((filter) => matcher(known, filter)).reduce((left, isAsked) => left.filter(isAsked), all);

/** The page of a Describe operation: those with the ids that were asked for, which have to be there, or all that the filters let through. */
export function described<K extends Kind>(
  network: Network,
  kind: K,
  ids: readonly string[] | undefined,
  { Filters, NextToken, MaxResults }: DescribeInput,
  known: FilterValues<OfKind<K>>,
): { readonly items: readonly OfKind<K>[]; readonly NextToken?: string } {
  const all = ids && ids.length > 0 ? ids.map((id) => network.get(kind, id)) : network.all(kind);
  return pageOf<OfKind<K>>(filtered<OfKind<K>>(all, known, Filters), ({ id }: NetworkResource) => id, { NextToken, MaxResults });
}
