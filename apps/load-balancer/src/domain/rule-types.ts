import type * as kernel from '#lib/kernel';
import type { LoadBalancingEvent } from './events.js';
import type { LoadBalancingState } from './state.js';

export type CommandRule<I = never> = kernel.CommandRule<LoadBalancingState, LoadBalancingEvent, I>;
export type QueryRule<I = never> = kernel.QueryRule<LoadBalancingState, I>;
export type CommandRules = kernel.CommandRules<LoadBalancingState, LoadBalancingEvent>;
export type QueryRules = kernel.QueryRules<LoadBalancingState>;

/** Who may send what: the app itself, for its clients and its data plane. */
export const ITSELF = ['load-balancer'] as const;
