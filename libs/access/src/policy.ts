/** A policy document of IAM, parsed: what the evaluator reads. */
export interface Policy {
  readonly statements: readonly Statement[];
}

export interface Statement {
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
  readonly actions: Patterns;
  readonly resources: Patterns;
  /** All have to hold. */
  readonly conditions: readonly Condition[];
}

/** `negated`: NotAction and NotResource, everything but these. */
export interface Patterns {
  readonly negated: boolean;
  readonly patterns: readonly string[];
}

/** One key of one operator: `"StringLike": { "ecs:cluster": ["a", "b*"] }`. */
export interface Condition {
  readonly operator: string;
  readonly set?: 'ForAnyValue' | 'ForAllValues';
  readonly ifExists: boolean;
  /** Lower case: keys are compared without regard to case. */
  readonly key: string;
  readonly values: readonly string[];
}

/** What is asked: may the principal perform this on that? */
export interface AccessRequest {
  /** `ecs:RunTask` */
  readonly action: string;
  /** An ARN, or `*` for an action that has no resource. */
  readonly resource: string;
  readonly context: ConditionContext;
}

/** Condition key (lower case) → its values; an absent key is not in the request. */
export type ConditionContext = ReadonlyMap<string, readonly string[]>;

export function conditionContext(values: Readonly<Record<string, string | readonly string[] | undefined>>): ConditionContext {
  const present = Object.entries(values).filter((entry): entry is [string, string | readonly string[]] => entry[1] !== undefined);
  return new Map(present.map(([key, value]) => [key.toLowerCase(), typeof value === 'string' ? [value] : value]));
}
