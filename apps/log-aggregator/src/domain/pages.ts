import { refusals } from './refusals.js';

export interface PageInput {
  readonly nextToken?: string;
  readonly limit?: number;
}

const encode = (list: string, key: string): string => Buffer.from(JSON.stringify([list, key])).toString('base64url');

function decode(token: string, list: string): string {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (!Array.isArray(content) || content[0] !== list || typeof content[1] !== 'string') throw refusals.badToken();
  return content[1];
}

/** One page of what is in the order of its keys, or against it; `from` begins at or behind `after`. `list` names the list with its filters. */
export function page<T>(
  { nextToken, limit = 50 }: PageInput,
  list: string,
  from: (after: string | undefined) => Iterable<T>,
  keyOf: (item: T) => string,
  descending = false,
): { readonly items: readonly T[]; readonly nextToken?: string } {
  const after = nextToken === undefined ? undefined : decode(nextToken, list);
  const items: T[] = [];
  for (const item of from(after)) {
    if (after !== undefined && (descending ? keyOf(item) >= after : keyOf(item) <= after)) continue;
    if (items.length === limit) return { items, nextToken: encode(list, keyOf(items.at(-1)!)) };
    items.push(item);
  }
  return { items };
}
