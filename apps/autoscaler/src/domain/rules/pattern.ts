import { matchesWildcards } from '#lib/access';
import { ruleRefusals as refusals } from './refusals.js';

/**
 * Patterns of EventBridge: which events a rule is about. All fields that a pattern names have to match, each by one of what its list has.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export type Pattern = (event: unknown) => boolean;
/** Of the values that an event has at a field; none where it does not have it. */
type Test = (values: readonly unknown[]) => boolean;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isPlain = (value: unknown): value is string | number | boolean | null => !isObject(value) && !Array.isArray(value);

/** Of arrays each element counts, as if the field were there once for each. */
const at = (event: unknown, field: string): readonly unknown[] => {
  const objects = Array.isArray(event) ? event : [event];
  return objects.flatMap((one: unknown) => (isObject(one) && Object.hasOwn(one, field) ? [one[field]] : [])).flat();
};

export function parsePattern(text: string): Pattern {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw refusals.badPattern(error.message);
  }
  if (!isObject(content) || Object.keys(content).length === 0) throw refusals.badPattern('Filter is not an object');
  return allOf(content);
}

function allOf(pattern: Readonly<Record<string, unknown>>): Pattern {
  const fields = Object.entries(pattern).map(([field, wanted]): Pattern => {
    if (field === '$or') return anyOf(wanted);
    if (isObject(wanted)) {
      const inner = allOf(wanted);
      return (event) => inner(at(event, field));
    }
    if (!Array.isArray(wanted)) throw refusals.badPattern(`"${field}" must be an object or an array`);
    if (wanted.length === 0) throw refusals.badPattern(`Empty arrays are not allowed, and "${field}" is one`);
    const tests = wanted.map((one) => testOf(field, one));
    return (event) => {
      const values = at(event, field);
      return tests.some((test) => test(values));
    };
  });
  return (event) => fields.every((matches) => matches(event));
}

function anyOf(patterns: unknown): Pattern {
  if (!Array.isArray(patterns) || patterns.length < 2 || !patterns.every(isObject))
    throw refusals.badPattern('"$or" must be an array of two objects or more');
  const each = patterns.map(allOf);
  return (event) => each.some((matches) => matches(event));
}

const some =
  (matches: (value: unknown) => boolean): Test =>
  (values) =>
    values.some(matches);

const ofText =
  (matches: (text: string) => boolean): Test =>
  (values) =>
    values.some((value) => typeof value === 'string' && matches(value));

function testOf(field: string, wanted: unknown): Test {
  if (isPlain(wanted)) return some((value) => value === wanted);
  const [operator, operand] = (isObject(wanted) ? Object.entries(wanted)[0] : undefined) ?? [];
  if (operator === undefined || Object.keys(wanted as object).length > 1)
    throw refusals.badPattern(`"${field}" needs values, or objects with one operator each`);
  if (operator === 'exists') {
    if (typeof operand !== 'boolean') throw refusals.badPattern('exists match pattern must be either true or false.');
    return (values) => values.length > 0 === operand;
  }
  if (operator === 'anything-but') {
    const others = (Array.isArray(operand) ? operand : [operand]).map((one) => testOf(field, one));
    return (values) => values.some((value) => !others.some((test) => test([value])));
  }
  if (operator === 'numeric') return numeric(operand);
  const folded = isObject(operand) ? operand['equals-ignore-case'] : undefined;
  const text = folded ?? operand;
  const make = TEXT_OPERATORS[operator];
  if (!make) throw refusals.badPattern(`Unrecognized match type ${operator}`);
  if (typeof text !== 'string') throw refusals.badPattern(`${operator} match pattern must be a string`);
  if (folded === undefined) return ofText(make(text));
  const matches = make(text.toLowerCase());
  return ofText((value) => matches(value.toLowerCase()));
}

const TEXT_OPERATORS: Readonly<Record<string, (wanted: string) => (text: string) => boolean>> = {
  prefix: (wanted) => (text) => text.startsWith(wanted),
  suffix: (wanted) => (text) => text.endsWith(wanted),
  'equals-ignore-case': (wanted) => (text) => text.toLowerCase() === wanted.toLowerCase(),
  // Only a star is one.
  wildcard: (wanted) => (text) => matchesWildcards(wanted, text),
};

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** `["<", 10]` or `[">", 0, "<=", 5]`. */
function numeric(operand: unknown): Test {
  const parts: readonly unknown[] = Array.isArray(operand) ? operand : [];
  const pairs = Array.from({ length: Math.ceil(parts.length / 2) }, (_, i) => parts.slice(i * 2, i * 2 + 2));
  if (pairs.length < 1 || pairs.length > 2) throw refusals.badPattern('Value of numeric must be an array of one range or two.');
  const bounds = pairs.map(([sign, bound]) => {
    const compare = COMPARISONS[String(sign)];
    if (!compare || typeof bound !== 'number') throw refusals.badPattern(`Unrecognized numeric range ${String(sign)}`);
    return (value: number) => compare(value, bound);
  });
  return some((value) => typeof value === 'number' && bounds.every((holds) => holds(value)));
}
