import type { Refusal } from '#lib/kernel';

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

interface PageOptions<T> {
  readonly size: number;
  readonly nextToken?: string;
  /** Names the list with its filters: a token of another one is refused. */
  readonly list: string;
  readonly keyOf: (item: T) => string;
  readonly descending?: boolean;
  readonly badToken: () => Refusal;
}

/** One page of a list, in the order of its keys: what comes or goes between two calls moves no boundary. */
export function pageOf<T>(all: Iterable<T>, { size, nextToken, list, keyOf, descending, badToken }: PageOptions<T>): Page<T> {
  const direction = descending ? -1 : 1;
  const order = (a: string, b: string) => (a < b ? -direction : a > b ? direction : 0);
  const after = nextToken === undefined || nextToken === '' ? undefined : decode(nextToken, list, badToken);
  const rest = Array.from(all, (item) => [keyOf(item), item] as const)
    .filter(([key]) => after === undefined || order(key, after) > 0)
    .sort(([a], [b]) => order(a, b));
  const items = rest.slice(0, size);
  const last = items.at(-1);
  const hasMore = rest.length > items.length && last !== undefined;
  return { items: items.map(([, item]) => item), ...(hasMore ? { nextToken: encode(list, last[0]) } : {}) };
}

const encode = (list: string, key: string): string => Buffer.from(JSON.stringify([list, key])).toString('base64url');

function decode(token: string, list: string, badToken: () => Refusal): string {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (!Array.isArray(content) || content[0] !== list || typeof content[1] !== 'string') throw badToken();
  return content[1];
}
