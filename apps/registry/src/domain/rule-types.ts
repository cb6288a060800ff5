import type * as kernel from '#lib/kernel';
import type { RegistryState } from './state.js';

export type CommandRule<I = never> = kernel.CommandRule<RegistryState, kernel.EventRecord, I>;
export type QueryRule<I = never> = kernel.QueryRule<RegistryState, I>;
export type CommandRules = kernel.CommandRules<RegistryState, kernel.EventRecord>;
export type QueryRules = kernel.QueryRules<RegistryState>;

/** Who may send what: the app itself, for its clients and for what it does on its own. */
export const ITSELF = ['registry'] as const;
