import type { EvaluationBudget } from './evaluation-budget.js';
import { compilePattern } from './pattern.js';

/** What one comparison of the cluster query language means. Which operators a subject takes: ECS developer guide, cluster query language. */
export type Operator =
  | 'equals'
  | 'not_equals'
  | 'greater_than'
  | 'greater_than_equal'
  | 'less_than'
  | 'less_than_equal'
  | 'exists'
  | 'not_exists'
  | 'in'
  | 'not_in'
  | 'matches'
  | 'not_matches';

export type SubjectKind =
  'attribute' | 'task:group' | 'ec2InstanceId' | 'agentVersion' | 'agentConnected' | 'registeredAt' | 'runningTasksCount';

/** What an expression asks about: a container instance as the language sees it. */
export interface ExpressionSubject {
  /** Undefined: the instance has no such attribute. Empty: it has it, without a value. */
  attribute(name: string): string | undefined;
  /** Groups of the tasks on the instance that are not STOPPED. */
  readonly taskGroups: Iterable<string>;
  readonly ec2InstanceId: string;
  readonly agentVersion: string;
  readonly agentConnected: boolean;
  /** ISO-8601. */
  readonly registeredAt: string;
  readonly runningTasksCount: number;
}

export type Comparison = (subject: ExpressionSubject, budget: EvaluationBudget) => boolean;

/** `size`: steps, for each character that is compared. */
type Result =
  | { readonly comparison: Comparison; readonly size: number }
  | { readonly problem: string; readonly about: 'operator' | 'argument' };

const EQUALITY: readonly Operator[] = ['equals', 'not_equals'];
const ORDER: readonly Operator[] = [...EQUALITY, 'greater_than', 'greater_than_equal', 'less_than', 'less_than_equal'];
const TEXT: readonly Operator[] = [...EQUALITY, 'in', 'not_in', 'matches', 'not_matches'];

const ALLOWED: Readonly<Record<SubjectKind, readonly Operator[]>> = {
  attribute: [...ORDER, ...TEXT, 'exists', 'not_exists'],
  'task:group': TEXT,
  ec2InstanceId: TEXT,
  agentConnected: TEXT,
  agentVersion: ORDER,
  registeredAt: ORDER,
  runningTasksCount: ORDER,
};

export function comparisonFor(kind: SubjectKind, name: string, operator: Operator, args: readonly string[]): Result {
  if (!ALLOWED[kind].includes(operator)) {
    return { about: 'operator', problem: `${kind} cannot be compared with ${operator}; it takes ${ALLOWED[kind].join(', ')}` };
  }
  if (kind === 'agentVersion') return ordered(operator, versionOf(args[0]!), (subject) => versionOf(subject.agentVersion));
  if (kind === 'registeredAt') return ordered(operator, instantOf(args[0]!), (subject) => instantOf(subject.registeredAt));
  if (kind === 'runningTasksCount') return ordered(operator, numberOf(args[0]!), (subject) => [subject.runningTasksCount]);
  if (kind === 'attribute') return attributeComparison(name, operator, args);
  const test = textTest(operator, args);
  if ('problem' in test) return test;
  const { size } = test;
  if (kind === 'task:group') return { comparison: groupComparison(operator, test.matches), size };
  const text = (subject: ExpressionSubject) =>
    kind === 'ec2InstanceId' ? subject.ec2InstanceId : String(subject.agentConnected);
  const comparison: Comparison = isNegative(operator)
    ? (subject, budget) => !test.matches(text(subject), budget)
    : (subject, budget) => test.matches(text(subject), budget);
  return { comparison, size };
}

const isNegative = (operator: Operator) => operator.startsWith('not_');

/** A missing attribute makes every comparison false, `!=` too: "stack != prod" selects instances that have a stack. */
function attributeComparison(name: string, operator: Operator, args: readonly string[]): Result {
  if (operator === 'exists') return { comparison: (subject) => subject.attribute(name) !== undefined, size: 1 };
  if (operator === 'not_exists') return { comparison: (subject) => subject.attribute(name) === undefined, size: 1 };
  const wanted = args[0]!;
  if (!TEXT.includes(operator)) {
    return present(name, 1, (value, budget) => budget.spend(value.length + 1) && holds(operator, compareText(value, wanted)));
  }
  const test = textTest(operator, args);
  if ('problem' in test) return test;
  return present(name, test.size, isNegative(operator) ? (value, budget) => !test.matches(value, budget) : test.matches);
}

const present = (name: string, size: number, test: ValueTest): Result => ({
  size,
  comparison: (subject, budget) => {
    const value = subject.attribute(name);
    return value !== undefined && test(value, budget);
  },
});

/**
 * An instance has many groups: a positive operator asks for one of them, a negative one that none is so. An empty instance is
 * therefore free of every group, which is what `task:group != database` is written for.
 */
function groupComparison(operator: Operator, matches: ValueTest): Comparison {
  const some: Comparison = (subject, budget) => {
    for (const group of subject.taskGroups) if (matches(group, budget)) return true;
    return false;
  };
  return isNegative(operator) ? (subject, budget) => !some(subject, budget) : some;
}

type ValueTest = (value: string, budget: EvaluationBudget) => boolean;

type TextTest = { readonly matches: ValueTest; readonly size: number } | { readonly problem: string; readonly about: 'argument' };

/** The positive form of the operator: `not_in` tests like `in`. */
function textTest(operator: Operator, args: readonly string[]): TextTest {
  if (operator === 'in' || operator === 'not_in') {
    const values = new Set(args);
    return { matches: (value, budget) => budget.spend(value.length + 1) && values.has(value), size: values.size };
  }
  if (operator === 'equals' || operator === 'not_equals') {
    return { matches: (value, budget) => budget.spend(value.length + 1) && value === args[0], size: 1 };
  }
  const pattern = compilePattern(args[0]!);
  return 'problem' in pattern
    ? { about: 'argument', problem: `"${args[0]}" is not a regular expression that can be matched: ${pattern.problem}` }
    : { matches: pattern.matches, size: pattern.steps };
}

/** A list compares element by element; undefined: not of this type. */
type Ordered = readonly number[] | undefined;

function ordered(
  operator: Operator,
  wanted: Ordered | string,
  valueOf: (subject: ExpressionSubject) => Ordered | string,
): Result {
  if (typeof wanted === 'string' || !wanted) return { about: 'argument', problem: wanted ?? 'the value is not comparable' };
  return {
    size: 1,
    comparison: (subject, budget) => {
      const value = valueOf(subject);
      budget.spend(10);
      return typeof value === 'object' && holds(operator, compareLists(value, wanted));
    },
  };
}

function holds(operator: Operator, order: number): boolean {
  switch (operator) {
    case 'equals':
      return order === 0;
    case 'not_equals':
      return order !== 0;
    case 'greater_than':
      return order > 0;
    case 'greater_than_equal':
      return order >= 0;
    case 'less_than':
      return order < 0;
    case 'less_than_equal':
      return order <= 0;
    default:
      throw new Error(`${operator} does not order`);
  }
}

function compareLists(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Attributes are strings: numbers compare as numbers when both are, everything else as text. */
function compareText(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (a.trim() !== '' && b.trim() !== '' && Number.isFinite(x) && Number.isFinite(y)) return x - y;
  return a < b ? -1 : a > b ? 1 : 0;
}

const numberOf = (text: string): Ordered | string => (/^-?\d+$/.test(text) ? [Number(text)] : `"${text}" is not a whole number`);

function versionOf(text: string): Ordered | string {
  const numbers = /^v?(\d+(?:\.\d+)*)(?:[-+].*)?$/.exec(text)?.[1];
  return numbers ? numbers.split('.').map(Number) : `"${text}" is not a version such as 1.80.0`;
}

const DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** Without a zone a date is UTC, as everything in ECS's answers. */
function instantOf(text: string): Ordered | string {
  const match = DATE.exec(text);
  const time = match ? Date.parse(text.includes('T') && !match[1] ? `${text}Z` : text) : NaN;
  return Number.isNaN(time) ? `"${text}" is not a date such as 2026-06-18 or 2026-06-18T13:30:00Z` : [time];
}
