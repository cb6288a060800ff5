import peggy from 'peggy';
import { refusals } from '../../../domain/refusals.js';
import { EXPRESSION_GRAMMAR } from './grammar.js';

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'id'; readonly id: string }
  /** A name that stands for a way: `REPEAT`, `ASC`. */
  | { readonly kind: 'word'; readonly name: string }
  | { readonly kind: 'array'; readonly parts: readonly Expression[] }
  | { readonly kind: 'call'; readonly name: string; readonly parts: readonly Expression[] }
  | { readonly kind: 'negative'; readonly part: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression };

const parser = peggy.generate(EXPRESSION_GRAMMAR, { cache: true });
/** Deeper ones are nobody's, and reading them is recursion. */
const MOST_OPEN = 100;

/** `id`: of the query that the expression is of, for the refusal of one that cannot be read. */
export function parseExpression(id: string, text: string): Expression {
  const refused = (what: string) => refusals.validation(`Error in expression '${id}': Syntax error: ${what}`);
  if (text.replace(/[^([\-^]/g, '').length > MOST_OPEN) throw refused('it is too deep.');
  try {
    return parser.parse(text) as Expression;
  } catch (error) {
    if (!(error instanceof parser.SyntaxError)) throw error;
    const { location, found } = error as unknown as { location: { start: { offset: number } }; found: string | null };
    const what = found === null || found === undefined ? 'it ends too early' : `'${found}' was not expected`;
    throw refused(`${what} at character ${location.start.offset + 1}.`);
  }
}
