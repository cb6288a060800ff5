import type { Token } from './tokens.js';

/** Nothing else is asked of a message than that this stands in it as words (`hasWords`). `inAnyCase`: it is in lower case, and so is the message. */
export interface OnlyWords {
  readonly text: string;
  readonly inAnyCase: boolean;
}

/** A compiled filter pattern. */
export interface Filter {
  readonly matches: (message: string) => boolean;
  /**
   * What any message that matches has in it, as an OR of ANDs of index tokens: where to look. Undefined: anywhere.
   */
  readonly narrowing?: readonly (readonly Token[])[];
  /** Bytes that stand as they are in every message that matches. */
  readonly literal?: string;
  readonly onlyWords?: OnlyWords;
  /** What the pattern names of a message that matches: `$.ms`, `$status`, `$3`. */
  readonly values?: (message: string) => Readonly<Record<string, string>>;
}

export const EVERYTHING: Filter = { matches: () => true };
