import type * as kernel from '#lib/kernel';
import type { EcsEvents, EcsEventType } from '../model/events.js';
import type { EcsState } from '../model/state.js';

/** The kernel's evolvers, of the `ecs` journal. */
export type Evolvers<T extends EcsEventType> = kernel.Evolvers<EcsState, EcsEvents, T>;
