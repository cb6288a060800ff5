import peggy from 'peggy';
import type { Metric } from '../metric.js';
import { BadExpression } from './functions.js';
import { SEARCH_GRAMMAR } from './grammar.js';

type Words = { readonly text: string; readonly isExact: boolean } | { readonly parts: readonly Words[] };
type Terms =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Terms[] }
  | { readonly kind: 'not'; readonly part: Terms }
  | ({ readonly kind: 'field'; readonly field: string } & Words)
  | ({ readonly kind: 'term' } & Words);

const parser = peggy.generate(SEARCH_GRAMMAR, { cache: true });
const MOST_OPEN = 100;

/**
 * Which metrics a search expression means (User Guide, "CloudWatch search expression syntax"). `{namespace, dimension, …}`: of that namespace
 * with exactly these dimensions. What is in quotes is the whole name or value; other words are found in it token by token.
 */
export function searched(text: string): (metric: Metric) => boolean {
  const { schema, terms } = parsed(text);
  return (metric) => isOfSchema(metric, schema) && (terms === null || matches(metric, terms));
}

function parsed(text: string): { readonly schema: readonly string[] | null; readonly terms: Terms | null } {
  if (text.split('(').length > MOST_OPEN) throw new BadExpression('Invalid SEARCH expression: it is too deep');
  try {
    return parser.parse(text) as ReturnType<typeof parsed>;
  } catch (error) {
    if (!(error instanceof parser.SyntaxError)) throw error;
    throw new BadExpression(`Invalid SEARCH expression: ${error.message}`);
  }
}

function isOfSchema({ namespace, dimensions }: Metric, schema: readonly string[] | null): boolean {
  if (!schema) return true;
  const [of, ...names] = schema;
  return (
    namespace === of && names.length === dimensions.length && names.every((name) => dimensions.some(({ Name }) => Name === name))
  );
}

function matches(metric: Metric, terms: Terms): boolean {
  switch (terms.kind) {
    case 'and':
      return terms.parts.every((part) => matches(metric, part));
    case 'or':
      return terms.parts.some((part) => matches(metric, part));
    case 'not':
      return !matches(metric, terms.part);
    case 'field':
      return valuesOf(metric, terms.field).some((value) => isIn(value, terms));
    case 'term': {
      const { namespace, name, dimensions } = metric;
      return [namespace, name, ...dimensions.flatMap(({ Name, Value }) => [Name, Value])].some((value) => isIn(value, terms));
    }
  }
}

const valuesOf = ({ namespace, name, dimensions }: Metric, field: string): readonly string[] => {
  if (field === 'MetricName') return [name];
  if (field === 'Namespace') return [namespace];
  return dimensions.filter(({ Name }) => Name === field).map(({ Value }) => Value);
};

function isIn(value: string, words: Words): boolean {
  if ('parts' in words) return words.parts.some((part) => isIn(value, part));
  if (words.isExact) return value === words.text;
  const has = new Set([...partsOf(value), ...wordsOf(value)]);
  return [partsOf, wordsOf].some((split) => split(words.text).every((token) => has.has(token)));
}

/** `CustomCount2` is custom, count and 2 */
const partsOf = (text: string): readonly string[] => lower(text.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g));
/** … and customcount2. */
const wordsOf = (text: string): readonly string[] => lower(text.match(/[A-Za-z0-9]+/g));
const lower = (tokens: readonly string[] | null): readonly string[] => (tokens ?? []).map((token) => token.toLowerCase());
