import type { JournalName } from '#lib/names';
import type { StateTables } from '../tables/state-tables.js';
import type { Decider } from './decider.js';
import type { QueryRules } from './rules.js';

/** One journal's product rules: all that `libs/app` needs to open, write, read and time-travel it. */
export interface Domain<S> {
  readonly journal: JournalName;
  /** Rises whenever `evolve` would make another state of the same journal: snapshots of older ones are then ignored. */
  readonly schemaVersion: number;
  /** The empty state. */
  newTables(): StateTables<S>;
  readonly decider: Decider<S>;
  /** Every read that the state answers, by operation. */
  readonly queries: QueryRules<S>;
  /** Whether a deadline of the state has passed at `at` (ISO-8601): the owner's clock loop then sends its command `Expire`. */
  readonly isExpired?: (state: S, at: string) => boolean;
  /** How late a deadline may be noticed. Absent: 5 s, where nothing that users wait for hangs on one. */
  readonly expiryIntervalMs?: number;
}
