/** A query as it was parsed. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'star' }
  | { readonly kind: 'period'; readonly ms: number }
  | { readonly kind: 'not'; readonly of: Expression }
  | {
      readonly kind: 'like';
      readonly of: Expression;
      readonly pattern: { readonly kind: 'regex' | 'string'; readonly text: string };
    }
  | { readonly kind: 'in'; readonly of: Expression; readonly values: readonly Expression[] }
  | { readonly kind: 'binary'; readonly op: BinaryOperator; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[]; readonly at: Location };

export type BinaryOperator = 'and' | 'or' | '=' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%' | '^';

/** Offsets of characters. */
export interface Location {
  readonly start: number;
  readonly end: number;
}

export interface Column {
  readonly expression: Expression;
  /** As the result calls it: the alias, or what was written. */
  readonly name: string;
}

export type Command =
  | { readonly kind: 'fields' | 'display' | 'dedup'; readonly columns: readonly Column[] }
  | { readonly kind: 'filter'; readonly test: Expression }
  | {
      readonly kind: 'parse';
      readonly from: Expression;
      readonly names: readonly string[];
      readonly glob?: string;
      readonly regex?: string;
    }
  | { readonly kind: 'stats'; readonly columns: readonly Column[]; readonly by: readonly Column[] }
  | { readonly kind: 'sort'; readonly keys: readonly (Column & { readonly isAscending: boolean })[] }
  | { readonly kind: 'limit' | 'tail'; readonly count: number };
