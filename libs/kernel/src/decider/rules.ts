import type { AccountId, Region, Scope } from '../ids.js';
import type { Command, DecisionContext, Rejection } from './decider.js';
import type { EventRecord } from './transaction.js';

/** Who asks, and when: what a rule may know beside the state and the input. */
export interface Caller extends Scope {
  readonly accountId: AccountId;
  readonly region: Region;
  /** ARN of the caller. */
  readonly principal: string;
}

export interface CommandContext extends Caller, DecisionContext {
  readonly commandId: string;
  readonly requestId: string;
  readonly operation: string;
  readonly actor: string;
  /** The key that signed the request; an app's own commands have none. */
  readonly accessKeyId?: string;
  readonly basisRevision?: number;
}

export interface QueryContext extends Caller {
  /** ISO-8601 with milliseconds: now, or the moment of an as-of read. */
  readonly at: string;
}

/**
 * A command of a journal with the state `S` and the events `E`. `decide` may throw a `Refusal`. `reply` renders the answer from the
 * state that includes the events: just now on the draft, or later for a retried command id — so it takes what it needs from the
 * events and the input.
 */
export interface CommandRule<S, E extends EventRecord, I = never> {
  /** Actors that may send it: tokens of the command's subject. */
  readonly actors: readonly string[];
  decide(state: S, input: I, context: CommandContext): readonly E[];
  reply(state: S, input: I, events: readonly E[], context: Caller): unknown;
}

/** A read. May throw a `Refusal`. */
export type QueryRule<S, I = never> = (state: S, input: I, context: QueryContext) => unknown;

/** Command name (for API commands: the operation's name) → rule. Inputs are checked against the model by the gateway. */
export type CommandRules<S, E extends EventRecord> = Readonly<Record<string, CommandRule<S, E>>>;
export type QueryRules<S> = Readonly<Record<string, QueryRule<S>>>;

/** Thrown inside rules, and only there, to leave a decision early with a refusal; `refusable` turns it back into a value. */
export class Refusal extends Error {
  constructor(readonly rejection: Rejection) {
    super(rejection.message);
  }
}

/** What AWS answers to a client's mistake: HTTP 400 with the service's own code. `fields`: modelled members beside the message. */
export const refuse = (code: string, message: string, fields?: Readonly<Record<string, unknown>>): Refusal =>
  new Refusal({ code, message, status: 400, ...(fields ? { fields } : {}) });

/** What AWS answers to a caller that asks for too much at a time; SDKs try again, later and later. */
export const throttled: Rejection = { code: 'ThrottlingException', message: 'Rate exceeded', status: 400 };

/** Runs a rule; a refusal it threw comes back as a value, anything else is a bug and goes on up. */
export function refusable<T>(run: () => T): { readonly ok: T } | { readonly rejection: Rejection } {
  try {
    return { ok: run() };
  } catch (error) {
    if (error instanceof Refusal) return { rejection: error.rejection };
    throw error;
  }
}

export const commandContext = (command: Command, context: DecisionContext): CommandContext => ({
  accountId: command.accountId as AccountId,
  region: command.region as Region,
  principal: command.principal,
  commandId: command.id,
  requestId: command.requestId,
  operation: command.operation,
  actor: command.actor,
  accessKeyId: command.accessKeyId,
  basisRevision: command.basisRevision,
  at: context.at,
  revision: context.revision,
  id: (salt) => context.id(salt),
});
