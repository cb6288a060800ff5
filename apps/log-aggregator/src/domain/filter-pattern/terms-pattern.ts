import { refusals } from '../refusals.js';
import type { Filter } from './filter.js';
import { compileRegex } from './regex.js';
import { tokensIn } from './tokens.js';
import { hasWords } from './words.js';

interface Term {
  readonly sign: '' | '-' | '?';
  /** Of a regular expression there is none. */
  readonly literal?: string;
  readonly test: (message: string) => boolean;
}

const TERM = /^([-?]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]*)%|([^\s"%]+))(?=\s|$)/;

/** `error "connection reset" -debug`, `?a ?b`, `%AUTH.*%`. */
export function termsPattern(pattern: string): Filter {
  const terms: Term[] = [];
  for (let rest = pattern.trim(); rest !== '';) {
    const found = TERM.exec(rest);
    if (!found) throw refusals.invalid(`Invalid character(s) in term '${/^\S+/.exec(rest)![0]}'`);
    terms.push(termOf(found));
    rest = rest.slice(found[0].length).trimStart();
  }
  const required = terms.filter(({ sign }) => sign === '');
  const excluded = terms.filter(({ sign }) => sign === '-');
  const optional = terms.filter(({ sign }) => sign === '?');
  // AWS: "the question mark is ignored" beside terms of other kinds, that is, such a term need not be there.
  const isAnyOf = required.length === 0 && excluded.length === 0;
  if (isAnyOf) return { matches: (message) => optional.some(({ test }) => test(message)), narrowing: anyOf(optional) };
  const literals = required.flatMap(({ literal }) => literal ?? []);
  const tokens = [...new Set(literals.flatMap(tokensIn))];
  const isOne = required.length === 1 && excluded.length === 0 && /^\p{ASCII}+$/u.test(literals[0] ?? '');
  return {
    matches: (message) => required.every(({ test }) => test(message)) && !excluded.some(({ test }) => test(message)),
    ...(tokens.length > 0 ? { narrowing: [tokens] } : {}),
    ...(literals.length > 0 ? { literal: literals.reduce((a, b) => (b.length > a.length ? b : a)) } : {}),
    ...(isOne ? { onlyWords: { text: literals[0]!, inAnyCase: false } } : {}),
  };
}

function anyOf(terms: readonly Term[]): Filter['narrowing'] {
  const tokens = terms.map(({ literal }) => (literal === undefined ? [] : tokensIn(literal)));
  return tokens.every((of) => of.length > 0) ? tokens : undefined;
}

function termOf([, sign, quoted, regex, bare]: RegExpExecArray): Term {
  const kind = sign as Term['sign'];
  if (regex !== undefined) return { sign: kind, test: compileRegex(regex) };
  if (bare !== undefined && !/^[\p{L}\p{N}_]+$/u.test(bare)) throw refusals.invalid(`Invalid character(s) in term '${bare}'`);
  const literal = bare ?? quoted!.replaceAll(/\\(.)/g, '$1');
  if (literal === '') throw refusals.invalid('Invalid filter pattern: a term is empty.');
  return { sign: kind, literal, test: (message) => hasWords(message, literal) };
}
