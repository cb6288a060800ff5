import type * as kernel from '#lib/kernel';
import type { LoggingEvent } from './events.js';
import type { LoggingState } from './state.js';

export type CommandRule<I = never> = kernel.CommandRule<LoggingState, LoggingEvent, I>;
export type QueryRule<I = never> = kernel.QueryRule<LoggingState, I>;
export type CommandRules = kernel.CommandRules<LoggingState, LoggingEvent>;
export type QueryRules = kernel.QueryRules<LoggingState>;

/** Who may send what: the app itself, for its clients, for agents and for what it does on its own. */
export const ITSELF = ['log-aggregator'] as const;
