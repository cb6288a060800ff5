import type { Append } from './log-store.js';

/** What is to be done with a range of a container's lines. */
export interface SourceStep {
  readonly takes: boolean;
  /** The first ordinal that is new. */
  readonly from: number;
  /** All lines below it are durable when this is. */
  readonly next: number;
}

/** `known`: the ordinal that this container's next line has; undefined when the store never heard of it. */
export function sourceStep({ from, to, skips }: NonNullable<Append['source']>, known: number | undefined): SourceStep {
  if (known === undefined) return { takes: true, from, next: to + 1 };
  if (to < known || (from > known && !skips)) return { takes: false, from: known, next: known };
  return { takes: true, from: Math.max(from, known), next: to + 1 };
}
