import type { Command, DecisionContext, EventRecord, Rejection } from '#lib/journal';
import type { EcsEvent } from '../model/events.js';
import type { AccountId, Region, Scope } from '../model/ids.js';
import type { EcsState } from '../model/state.js';

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
  readonly basisRevision?: number;
}

export interface QueryContext extends Caller {
  /** ISO-8601 with milliseconds: now, or the moment of an as-of read. */
  readonly at: string;
}

/** Thrown inside rules, and only there, to leave a decision early with a refusal; `refusable` turns it back into a value. */
export class Refusal extends Error {
  constructor(readonly rejection: Rejection) {
    super(rejection.message);
  }
}

/**
 * A command of the `ecs` journal. `decide` may throw a `Refusal`. `reply` renders the answer from the state that includes the
 * events: just now on the draft, or later for a retried command id — so it takes what it needs from the events and the input.
 */
export interface CommandRule<I = never> {
  /** Actors that may send it: tokens of the command's subject. */
  readonly actors: readonly string[];
  decide(state: EcsState, input: I, context: CommandContext): readonly EcsEvent[];
  reply(state: EcsState, input: I, events: readonly EcsEvent[], context: Caller): unknown;
}

/** A read. May throw a `Refusal`. */
export type QueryRule<I = never> = (state: EcsState, input: I, context: QueryContext) => unknown;

/** Command name (for API commands: the operation's name) → rule. Inputs are checked against the model by the gateway. */
export type CommandRules = Readonly<Record<string, CommandRule>>;
export type QueryRules = Readonly<Record<string, QueryRule>>;

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
  basisRevision: command.basisRevision,
  at: context.at,
  revision: context.revision,
  id: (salt) => context.id(salt),
});

/** The first event of a type among a transaction's events, typed. */
export function firstEvent<T extends EcsEvent['type']>(events: readonly EventRecord[], type: T): EcsEvent<T> | undefined {
  return events.find((event) => event.type === type) as EcsEvent<T> | undefined;
}
