import peggy from 'peggy';
import { refusals } from '../refusals.js';
import { SEARCH_GRAMMAR } from './grammar.js';

/** What has to be in a text, or in a field's value. */
export type SearchValue =
  | { readonly kind: 'words'; readonly text: string }
  /** `marks[i]`: `parts[i]` is a `*` or a `?` that stands for something. */
  | { readonly kind: 'wild'; readonly parts: readonly string[]; readonly marks: readonly boolean[] }
  /** Null: no bound. */
  | {
      readonly kind: 'range';
      readonly from: string | null;
      readonly to: string | null;
      readonly hasFrom: boolean;
      readonly hasTo: boolean;
    }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly SearchValue[] }
  | { readonly kind: 'not'; readonly part: SearchValue };

export type SearchNode =
  | Exclude<SearchValue, { readonly kind: 'and' | 'or' | 'not' | 'range' }>
  | { readonly kind: 'field'; readonly field: string; readonly value: SearchValue }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly SearchNode[] }
  | { readonly kind: 'not'; readonly part: SearchNode };

const parser = peggy.generate(SEARCH_GRAMMAR, { cache: true });

/** Undefined: everything. Throws a refusal that says where a query cannot be read. */
export function parseSearchQuery(query: string): SearchNode | undefined {
  try {
    return (parser.parse(query) as SearchNode | null) ?? undefined;
  } catch (error) {
    if (!(error instanceof parser.SyntaxError)) throw error;
    const { location, found } = error as unknown as {
      location: { start: { offset: number } };
      found: string | null;
    };
    const what = found === null || found === undefined ? 'it ends too early' : `'${found}' was not expected`;
    throw refusals.invalid(
      `The query cannot be read at character ${location.start.offset + 1}: ${what}. Quote what has signs in it: "…".`,
    );
  }
}
