import type { EventContext } from '#lib/journal';
import type { EcsEvents, EcsEventType } from '../model/events.js';
import type { EcsState } from '../model/state.js';

/** (state, data) → the state with the fact in it. Changes only the tables it is given; never refuses, never asks the time. */
export type Evolver<T extends EcsEventType> = (state: EcsState, data: EcsEvents[T], context: EventContext) => void;
export type Evolvers<T extends EcsEventType> = { readonly [K in T]: Evolver<K> };
