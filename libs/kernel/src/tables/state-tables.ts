/** Where a state lives: tables, drafts on them, and the bytes of a snapshot. `Store` is the implementation. */
export interface StateTables<S> {
  readonly state: S;
  /** An overlay on `state`. One at a time. */
  draft(): StateDraft<S>;
  /** Every table's entries by reference, in no order: a consistent cut, cheap enough (1 ms at 100,000 entries) for one tick. */
  cut(): readonly TableCut[];
  /** Table name → entries, in key order: what a digest covers. */
  entries(): Iterable<readonly [table: string, entries: Iterable<readonly [key: string, value: unknown]>]>;
  /** Whether it is wanted of a snapshot; a part of a state leaves most of them there. */
  wants(table: string): boolean;
  /** Replaces everything (start-up from a snapshot). */
  load(table: string, entries: Iterable<readonly [key: string, value: unknown]>): void;
  clear(): void;
}

/** One table at one moment. Values are immutable, so references are a copy. */
export interface TableCut {
  readonly table: string;
  readonly keys: readonly string[];
  readonly values: readonly unknown[];
}

export interface StateDraft<S> {
  readonly state: S;
  /** A mark to roll back to when one command of the batch fails. */
  savepoint(): number;
  rollbackTo(savepoint: number): void;
  /** Makes the overlay true. The draft is not usable afterwards. */
  apply(): void;
}
