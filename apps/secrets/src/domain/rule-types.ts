import type * as kernel from '#lib/kernel';
import type { SecretsState } from './state.js';

export type CommandRule<I = never> = kernel.CommandRule<SecretsState, kernel.EventRecord, I>;
export type QueryRule<I = never> = kernel.QueryRule<SecretsState, I>;
export type CommandRules = kernel.CommandRules<SecretsState, kernel.EventRecord>;
export type QueryRules = kernel.QueryRules<SecretsState>;

/** Who may send what: the app itself, for its clients and for what it does on its own. */
export const ITSELF = ['secrets'] as const;
