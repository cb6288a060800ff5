import type { Refusal } from '#lib/kernel';
import { refusals } from './refusals.js';

/** Of a place in a list. */
export const tokenAt = (list: string, key: string): string => Buffer.from(JSON.stringify([list, key])).toString('base64url');

/** The place that a token is of; refused when it is of another list. */
export function placeOf(token: string, list: string, badToken: () => Refusal = refusals.badToken): string {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (!Array.isArray(content) || content[0] !== list || typeof content[1] !== 'string') throw badToken();
  return content[1];
}

export interface PageOptions {
  readonly list: string;
  readonly limit: number;
  readonly token?: string;
  /** Each service has its own; without it CloudWatch's. */
  readonly badToken?: () => Refusal;
}

/** One page of what is in the order of its keys. `list` names the list with its filters. */
export function page<T>(
  all: Iterable<T>,
  keyOf: (item: T) => string,
  { list, limit, token, badToken = refusals.badToken }: PageOptions,
): { readonly items: readonly T[]; readonly nextToken?: string } {
  const after = token === undefined ? undefined : placeOf(token, list, badToken);
  const items: T[] = [];
  for (const item of all) {
    if (after !== undefined && keyOf(item) <= after) continue;
    if (items.length === limit) return { items, nextToken: tokenAt(list, keyOf(items.at(-1)!)) };
    items.push(item);
  }
  return { items };
}
