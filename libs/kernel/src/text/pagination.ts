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
 */
export function paginate<T>(
  all: Iterable<T>,
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
  const direction = descending ? -1 : 1;
  const compare = (a: string, b: string) => (a < b ? -direction : a > b ? direction : 0);
  const rest: (readonly [key: string, item: T])[] = [];
  for (const item of all) {
    const key = keyOf(item);
    if (after === undefined || compare(key, after) > 0) rest.push([key, item]);
  }
  rest.sort(([a], [b]) => compare(a, b));
  const items = rest.slice(0, size).map(([, item]) => item);
  return rest.length > size ? { items, nextToken: encode(list, rest[size - 1]![0]) } : { items };
}

/** A list's reply: the items under ECS's name for them, and the token when there is more. */
export const pageReply = <T>(name: string, page: Page<T>) => ({
  [name]: page.items,
  ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }),
});
