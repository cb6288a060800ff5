import type * as kernel from '#lib/kernel';
import type { NetworkEvent } from './events.js';
import { Network } from './network.js';
import type { NetworkState } from './state.js';

export type CommandRule<I = never> = kernel.CommandRule<NetworkState, NetworkEvent, I>;
export type QueryRule<I = never> = kernel.QueryRule<NetworkState, I>;
export type CommandRules = kernel.CommandRules<NetworkState, NetworkEvent>;
export type QueryRules = kernel.QueryRules<NetworkState>;

/** Who may send what: the app itself, for its clients. */
const ITSELF = ['network'] as const;

/** A change of what an account has: its events, after those that write down what it had from the beginning. */
export const change = <I>(
  decide: (network: Network, input: I, context: kernel.CommandContext) => readonly NetworkEvent[],
  reply: (network: Network, input: I, events: readonly NetworkEvent[]) => unknown = () => ({ Return: true }),
): CommandRule<I> => ({
  actors: ITSELF,
  decide(state, input, context) {
    const network = new Network(state, context);
    const events = decide(network, input, context);
    return events.length === 0 ? [] : [...network.beginning(), ...events];
  },
  reply: (state, input, events, caller) => reply(new Network(state, caller), input, events),
});

export const read =
  <I>(answer: (network: Network, input: I, context: kernel.QueryContext) => unknown): QueryRule<I> =>
  (state, input, context) =>
    answer(new Network(state, context), input, context);
