import { refusals } from './refusals.js';

export interface PageInput {
  readonly Marker?: string;
  readonly PageSize?: number;
}

const MAX_PAGE = 400;

/** The marker says after which key the next page begins, and of which list it is. */
const encode = (list: string, key: string): string => Buffer.from(JSON.stringify([list, key])).toString('base64');

function decode(marker: string, list: string): string {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(marker, 'base64').toString());
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (!Array.isArray(content) || content[0] !== list || typeof content[1] !== 'string') {
    throw refusals.validation(
      `'${marker}' is not a valid marker. Use the NextMarker of the previous page with the same parameters`,
    );
  }
  return content[1];
}

/** One page of what is in the order of its keys; `from` begins behind `after`. `list` names the list with its filters. */
export function page<T>(
  { Marker, PageSize = MAX_PAGE }: PageInput,
  list: string,
  from: (after: string | undefined) => Iterable<T>,
  keyOf: (item: T) => string,
): { readonly items: readonly T[]; readonly NextMarker?: string } {
  const after = Marker ? decode(Marker, list) : undefined;
  const items: T[] = [];
  for (const item of from(after)) {
    if (after !== undefined && keyOf(item) <= after) continue;
    if (items.length === PageSize) return { items, NextMarker: encode(list, keyOf(items[PageSize - 1]!)) };
    items.push(item);
  }
  return { items };
}

/** A page of items that are few, in the order given. */
export function pageOfList<T>(input: PageInput, list: string, items: readonly T[]) {
  const numbered = items.map((item, index) => ({ item, key: String(index).padStart(9, '0') }));
  const { items: found, NextMarker } = page(
    input,
    list,
    () => numbered,
    ({ key }) => key,
  );
  return { items: found.map(({ item }) => item), ...(NextMarker === undefined ? {} : { NextMarker }) };
}
