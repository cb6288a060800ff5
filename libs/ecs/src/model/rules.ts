import type * as kernel from '#lib/kernel';
import type { EcsEvent } from './events.js';
import type { EcsState } from './state.js';

/** The kernel's rules, of the `ecs` journal. */
export type CommandRule<I = never> = kernel.CommandRule<EcsState, EcsEvent, I>;
export type CommandRules = kernel.CommandRules<EcsState, EcsEvent>;
export type QueryRule<I = never> = kernel.QueryRule<EcsState, I>;
export type QueryRules = kernel.QueryRules<EcsState>;

/** The first event of a type among a transaction's events, typed. */
export function firstEvent<T extends EcsEvent['type']>(events: readonly kernel.EventRecord[], type: T): EcsEvent<T> | undefined {
  return events.find((event) => event.type === type) as EcsEvent<T> | undefined;
}
