import type { Condition, ConditionContext } from './policy.js';
import { matchesArn, matchesWildcards } from './wildcards.js';

type Comparison = (wanted: string, given: string) => boolean;

interface Operator {
  readonly compare: Comparison;
  /** Holds when none of the values compares, and when the key is not in the request. */
  readonly negated?: boolean;
  /** May stand behind ForAnyValue and ForAllValues. */
  readonly ofSets: boolean;
}

const equal: Comparison = (wanted, given) => wanted === given;
const equalIgnoringCase: Comparison = (wanted, given) => wanted.toLowerCase() === given.toLowerCase();

/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html. ArnEquals and ArnLike are
 * the same there too. `Null` is not here: it asks for the key itself.
 */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: { compare: equal, ofSets: true },
  StringNotEquals: { compare: equal, negated: true, ofSets: true },
  StringEqualsIgnoreCase: { compare: equalIgnoringCase, ofSets: true },
  StringNotEqualsIgnoreCase: { compare: equalIgnoringCase, negated: true, ofSets: true },
  StringLike: { compare: matchesWildcards, ofSets: true },
  StringNotLike: { compare: matchesWildcards, negated: true, ofSets: true },
  ArnEquals: { compare: matchesArn, ofSets: true },
  ArnLike: { compare: matchesArn, ofSets: true },
  ArnNotEquals: { compare: matchesArn, negated: true, ofSets: true },
  ArnNotLike: { compare: matchesArn, negated: true, ofSets: true },
  Bool: { compare: equalIgnoringCase, ofSets: false },
};

export const NULL_OPERATOR = 'Null';

/** Whether a condition holds. The values of one key are alternatives (with a negated operator: none of them). */
export function holds({ operator, set, ifExists, key, values }: Condition, context: ConditionContext): boolean {
  const given = context.get(key) ?? [];
  if (operator === NULL_OPERATOR) return values.some((value) => (value.toLowerCase() === 'true') === (given.length === 0));
  const { compare, negated = false } = OPERATORS[operator]!;
  const holdsFor = (one: string) => values.some((value) => compare(value, one)) !== negated;
  if (given.length === 0) return ifExists || set === 'ForAllValues' || (set === undefined && negated);
  if (set === 'ForAnyValue') return given.some(holdsFor);
  // A key with several values and an operator for one: each has to hold, so that a second value can never widen a right.
  return given.every(holdsFor);
}
