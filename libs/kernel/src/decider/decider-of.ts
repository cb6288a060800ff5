import type { AccountId, Region } from '../ids.js';
import type { Command, Decider, EventContext } from './decider.js';
import { type Caller, type CommandRule, type CommandRules, commandContext, refusable } from './rules.js';
import type { EventRecord } from './transaction.js';
import { currentVersion, upcastEvent, type Upcasts } from './upcasts.js';

/** (state, data) → the state with the fact in it. Changes only the tables it is given; never refuses, never asks the time. */
export type Evolver<S, D> = (state: S, data: D, context: EventContext) => void;
/** Event type → what it does to the state. `E` maps a type to the shape of its data. */
export type Evolvers<S, E, T extends keyof E = keyof E> = { readonly [K in T]: Evolver<S, E[K]> };

/** What a journal's domain consists of. */
export interface DomainRules<S, E extends object> {
  readonly commands: CommandRules<S, EventRecord>;
  readonly evolvers: Evolvers<S, E>;
  readonly upcasts?: Upcasts<E>;
  /** After each evolver: what every event means alike. */
  readonly afterEach?: (state: S, event: EventRecord, context: EventContext) => void;
  /** Throws when a command's events broke an invariant of the product. Runs on the draft, before the append. */
  readonly invariants?: (state: S, events: readonly EventRecord[]) => void;
}

/** The three functions of a journal's domain, from its tables of rules. */
export function deciderOf<S, E extends object>(rules: DomainRules<S, E>): Decider<S> {
  const { commands, afterEach, invariants } = rules;
  const upcasts: Upcasts<Record<string, unknown>> = rules.upcasts ?? {};
  const evolvers = rules.evolvers as Readonly<Record<string, Evolver<S, unknown>>>;

  const ruleOf = (command: Command): CommandRule<S, EventRecord, unknown> => {
    const rule = Object.hasOwn(commands, command.name) ? commands[command.name] : undefined;
    if (!rule) throw new Error(`no rule for the command ${command.name}`);
    return rule as CommandRule<S, EventRecord, unknown>;
  };
  // Every fold asks it for every event.
  const versions = new Map(Object.keys(evolvers).map((type) => [type, currentVersion(upcasts, type)]));
  const knows = ({ type, v }: Pick<EventRecord, 'type' | 'v'>): boolean => versions.get(type) === v;

  return {
    decide(state, command, context) {
      const rule = ruleOf(command);
      if (!rule.actors.includes(command.actor)) throw new Error(`${command.actor} may not send ${command.name}`);
      const decided = refusable(() => rule.decide(state, command.input, commandContext(command, context)));
      return 'ok' in decided ? { events: decided.ok } : decided;
    },
    evolve(state, event, context) {
      if (!knows(event)) throw new Error(`unknown event ${event.type} (version ${event.v})`);
      evolvers[event.type]!(state, event.data, context);
      afterEach?.(state, event, context);
    },
    reply: (state, command, events) => ruleOf(command).reply(state, command.input, events, callerOf(command)),
    knows,
    upcast: (event) => (knows(event) ? event : upcastEvent(upcasts, event)),
    check: (state, events) => invariants?.(state, events),
  };
}

const callerOf = (command: Command): Caller => ({
  accountId: command.accountId as AccountId,
  region: command.region as Region,
  principal: command.principal,
});
