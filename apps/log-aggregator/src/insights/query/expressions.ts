import { RE2JS } from 're2js';
import { FUNCTIONS } from './functions.js';
import { malformed } from './malformed.js';
import type { BinaryOperator, Expression, Location } from './query.js';
import type { Row } from './row.js';
import { compareValues, Instant, isTrue, numberOf, textOf, type Value } from './values.js';

export type Evaluate = (row: Row) => Value;
/** What an aggregate is in an expression; outside of `stats` there is none. */
export type CompileAggregate = (call: Extract<Expression, { kind: 'call' }>) => Evaluate | undefined;

const NOWHERE: Location = { start: 0, end: 0 };
const truth = (is: boolean): number => (is ? 1 : 0);

/** In time linear to the text, whatever the expression is. */
export function compileRegex(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    throw malformed(`Invalid regular expression /${source}/: ${(error as Error).message}`, NOWHERE);
  }
}

/** Throws AWS's refusal for what there is no function for. */
export function compile(expression: Expression, aggregate: CompileAggregate = () => undefined): Evaluate {
  const inner = (one: Expression) => compile(one, aggregate);
  switch (expression.kind) {
    case 'literal': {
      const { value } = expression;
      return () => value;
    }
    case 'field': {
      const { name } = expression;
      return (row) => row.get(name);
    }
    case 'not': {
      const of = inner(expression.of);
      return (row) => truth(!isTrue(of(row)));
    }
    case 'like':
      return like(inner(expression.of), expression.pattern);
    case 'in': {
      const of = inner(expression.of);
      const values = expression.values.map(inner);
      return (row) => {
        const value = of(row);
        return truth(value !== undefined && values.some((one) => isEqual(value, one(row))));
      };
    }
    case 'binary':
      return binary(expression.op, inner(expression.left), inner(expression.right));
    case 'call':
      return aggregate(expression) ?? call(expression, inner);
    case 'period':
    case 'star':
      throw malformed('unexpected symbol found: a length of time or * is no value', NOWHERE);
  }
}

function like(of: Evaluate, { kind, text }: { readonly kind: 'regex' | 'string'; readonly text: string }): Evaluate {
  if (kind === 'string') return (row) => truth(textOf(of(row))?.includes(text) ?? false);
  const pattern = compileRegex(text);
  return (row) => {
    const value = textOf(of(row));
    return truth(value !== undefined && pattern.matcher(value).find());
  };
}

const isEqual = (a: Value, b: Value): boolean => a !== undefined && b !== undefined && compareValues(a, b) === 0;

/** A comparison with what is not there is false; that it is unequal is true. */
function binary(op: BinaryOperator, left: Evaluate, right: Evaluate): Evaluate {
  const compared = (fits: (order: number) => boolean): Evaluate => {
    return (row) => {
      const [a, b] = [left(row), right(row)];
      return truth(a !== undefined && b !== undefined && fits(compareValues(a, b)));
    };
  };
  const counted = (work: (a: number, b: number) => number): Evaluate => {
    return (row) => {
      const [a, b] = [numberOf(left(row)), numberOf(right(row))];
      if (a === undefined || b === undefined) return undefined;
      const result = work(a, b);
      return Number.isFinite(result) ? result : undefined;
    };
  };
  switch (op) {
    case 'and':
      return (row) => truth(isTrue(left(row)) && isTrue(right(row)));
    case 'or':
      return (row) => truth(isTrue(left(row)) || isTrue(right(row)));
    case '=':
      return compared((order) => order === 0);
    case '!=':
      return (row) => truth(!isEqual(left(row), right(row)));
    case '<':
      return compared((order) => order < 0);
    case '<=':
      return compared((order) => order <= 0);
    case '>':
      return compared((order) => order > 0);
    case '>=':
      return compared((order) => order >= 0);
    case '+':
      return counted((a, b) => a + b);
    case '-':
      return counted((a, b) => a - b);
    case '*':
      return counted((a, b) => a * b);
    case '/':
      return counted((a, b) => a / b);
    case '%':
      return counted((a, b) => a % b);
    case '^':
      return counted((a, b) => a ** b);
  }
}

type Call = Extract<Expression, { readonly kind: 'call' }>;

function call({ name, args, at }: Call, inner: (one: Expression) => Evaluate): Evaluate {
  if (name === 'bin' || name === 'datefloor' || name === 'dateceil') return rounded(name, args, at, inner);
  const found = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!found) throw malformed(`unknown function ${name} at position ${at.start + 1}`, at);
  if (args.length < found.least || args.length > found.most)
    throw malformed(`Invalid number of arguments for function ${name} at position ${at.start + 1}`, at);
  const values = args.map(inner);
  return (row) => found.of(values.map((value) => value(row)));
}

/** `bin(5m)`, `datefloor(@timestamp, 1h)`. */
function rounded(name: string, args: readonly Expression[], at: Location, inner: (one: Expression) => Evaluate): Evaluate {
  const period = args.at(-1);
  if (period?.kind !== 'period' || period.ms < 1 || args.length !== (name === 'bin' ? 1 : 2))
    throw malformed(`Invalid arguments for function ${name} at position ${at.start + 1}: a length of time is expected`, at);
  const of: Evaluate = name === 'bin' ? (row) => row.get('@timestamp') : inner(args[0]!);
  const round = name === 'dateceil' ? Math.ceil : Math.floor;
  return (row) => {
    const ms = numberOf(of(row));
    return ms === undefined ? undefined : new Instant(round(ms / period.ms) * period.ms);
  };
}
