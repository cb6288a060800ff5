import type * as kernel from '#lib/kernel';
import type { ScalingEvent } from './events.js';
import type { ScalingState } from './state.js';

export type CommandRule<I = never> = kernel.CommandRule<ScalingState, ScalingEvent, I>;
export type QueryRule<I = never> = kernel.QueryRule<ScalingState, I>;
export type CommandRules = kernel.CommandRules<ScalingState, ScalingEvent>;
export type QueryRules = kernel.QueryRules<ScalingState>;

/** Who may send what: the app itself, for its clients and for what it does on its own. */
export const ITSELF = ['autoscaler'] as const;
