import { refuse } from '../decider/rules.js';

const invalidParameter = (message: string) => refuse('InvalidParameterException', message);

export interface PageInput {
  readonly nextToken?: string;
  readonly maxResults?: number;
}

export interface PageOptions {
  /** Names the list and its filters: a token of another list is refused instead of silently answering from the wrong place. */
  readonly list?: string;
  readonly descending?: boolean;
  readonly defaultResults?: number;
  readonly limit?: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

const encode = (list: string, key: string) => Buffer.from(JSON.stringify([list, key])).toString('base64url');

function decode(token: string, list: string): string {
  const invalid = () => invalidParameter('Invalid token. Use the nextToken of the previous page with the same parameters.');
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    throw invalid();
  }
  if (!Array.isArray(content) || content[0] !== list || typeof content[1] !== 'string') throw invalid();
  return content[1];
}

/**
 * One page, by key: a token says after which key the next page begins, so entries that come or go between two calls move no
 * boundary: an entry that was there all the time is listed exactly once. `keyOf` is unique among the items.
 * `from` gives the items in the order of their keys (descending, if said so), from the one behind `after` on or from earlier
 * ones, and no more is taken of it than the page needs.
 */
export function pageOf<T>(
  from: (after: string | undefined) => Iterable<T>,
  keyOf: (item: T) => string,
  input: PageInput,
  { list = '', descending = false, defaultResults = 100, limit = 100 }: PageOptions = {},
): Page<T> {
  const size = input.maxResults ?? defaultResults;
  if (!Number.isInteger(size) || size < 1 || size > limit) {
    throw invalidParameter(`Invalid maxResults ${size}. It must be between 1 and ${limit}.`);
  }
  // Loops that begin with an empty token mean the first page.
  const after = input.nextToken ? decode(input.nextToken, list) : undefined;
  const items: T[] = [];
  for (const item of from(after)) {
    const key = keyOf(item);
    if (after !== undefined && (descending ? key >= after : key <= after)) continue;
    if (items.length === size) return { items, nextToken: encode(list, keyOf(items[size - 1]!)) };
    items.push(item);
  }
  return { items };
}

/** A page of items in no order: for lists that stay short, because it sorts them all. */
export function paginate<T>(all: Iterable<T>, keyOf: (item: T) => string, input: PageInput, options: PageOptions = {}): Page<T> {
  const direction = options.descending ? -1 : 1;
  const keyed = Array.from(all, (item) => [keyOf(item), item] as const);
  keyed.sort(([a], [b]) => (a < b ? -direction : a > b ? direction : 0));
  const sorted = keyed.map(([, item]) => item);
  return pageOf(() => sorted, keyOf, input, options);
}

/** A list's reply: the items under ECS's name for them, and the token when there is more. */
export const pageReply = <T>(name: string, page: Page<T>) => ({
  [name]: page.items,
  ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }),
});
