import type { EventRecord, Origin, Transaction } from './transaction.js';

/** A refusal is a value: an AWS error code, its HTTP status and a sentence that tells the caller what to do. */
export interface Rejection {
  readonly code: string;
  readonly message: string;
  readonly status: number;
  /** Modelled members of the error shape beside `message`. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** A wish to change a journal. */
export interface Command extends Origin {
  /** Retries carry the same id; a committed id is answered from the journal, never decided twice. */
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

export interface DecisionContext {
  /** The commit's `at`. */
  readonly at: string;
  /** The revision that the commit will have. */
  readonly revision: number;
  /** Deterministic id: 32 hex digits, a function of the command id and `salt`. */
  id(salt: string): string;
}

export type Decision = { readonly events: readonly EventRecord[] } | { readonly rejection: Rejection };

export interface EventContext {
  readonly at: string;
  readonly revision: number;
  /** Position of the event within its commit: `<journal>:<revision>.<index>` names it for ever. */
  readonly index: number;
  readonly transaction: Transaction;
}

/**
 * The three functions of a journal's domain. All are pure; `evolve` changes only the tables it is given (a draft's overlay on
 * the writer, the state itself in a fold).
 */
export interface Decider<S> {
  decide(state: S, command: Command, context: DecisionContext): Decision;
  evolve(state: S, event: EventRecord, context: EventContext): void;
  /** The answer to a command whose `events` are in `state` (just now on a draft, or long ago for a retried command id). */
  reply(state: S, command: Command, events: readonly EventRecord[]): unknown;
  /** Whether `evolve` knows this event. A fold refuses a commit with one that it does not (without this, `evolve` has to throw). */
  knows?(event: Pick<EventRecord, 'type' | 'v'>): boolean;
  /** The event in the version that `evolve` knows, for one that is older (see `upcastingJournal`). Absent: no event has an older one. */
  upcast?(event: EventRecord): EventRecord;
  /** Events that change nothing in this state, which is a part of the journal's (`partOf`). Absent: none. */
  readonly ignores?: (event: Pick<EventRecord, 'type' | 'v'>) => boolean;
  /** Throws when the events broke an invariant of the product. Runs on the draft, before the append. */
  check(state: S, events: readonly EventRecord[]): void;
}
