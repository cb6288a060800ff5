import { refusals } from './refusals.js';

/** Lists that stay short are sorted by key; a token is the key behind which the next page begins. */
export function pageOf<T>(
  all: readonly T[],
  keyOf: (item: T) => string,
  { NextToken, MaxResults = 1_000 }: { readonly NextToken?: string; readonly MaxResults?: number },
): { readonly items: readonly T[]; readonly NextToken?: string } {
  // EC2's bounds of all lists; a page of none has no last item for its token to name.
  if (MaxResults < 5 || MaxResults > 1_000)
    throw refusals.invalid(`${MaxResults}`, 'MaxResults', 'Expecting a value between 5 and 1000.');
  const after = NextToken ? Buffer.from(NextToken, 'base64url').toString() : undefined;
  if (after !== undefined && !/^[a-z]+-[0-9a-z]+( |$)/.test(after)) throw refusals.badToken();
  const sorted = [...all]
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    .filter((item) => after === undefined || keyOf(item) > after);
  const items = sorted.slice(0, MaxResults);
  return sorted.length > items.length ? { items, NextToken: Buffer.from(keyOf(items.at(-1)!)).toString('base64url') } : { items };
}
