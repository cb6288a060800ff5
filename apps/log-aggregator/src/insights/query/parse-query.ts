import peggy from 'peggy';
import { INSIGHTS_GRAMMAR } from './grammar.js';
import { malformed } from './malformed.js';
import type { Command } from './query.js';

const parser = peggy.generate(INSIGHTS_GRAMMAR, { cache: true });

interface Unread {
  readonly found: string | null;
  readonly location: { readonly start: { offset: number; line: number; column: number }; readonly end: { offset: number } };
}

/** The commands of a query. Throws AWS's refusal of one that cannot be read. */
export function parseQuery(query: string): readonly Command[] {
  try {
    return parser.parse(query) as readonly Command[];
  } catch (error) {
    if (!(error instanceof parser.SyntaxError)) throw error;
    const { location } = error as unknown as Unread;
    const { start } = location;
    const found = /^(?:[A-Za-z0-9_@.]+|[^])/.exec(query.slice(start.offset))?.[0];
    const message =
      found === undefined
        ? `unexpected end of the query at line ${start.line} and position ${start.column}`
        : `unexpected symbol found ${found} at line ${start.line} and position ${start.column}`;
    throw malformed(message, { start: start.offset, end: start.offset + (found?.length ?? 0) });
  }
}
