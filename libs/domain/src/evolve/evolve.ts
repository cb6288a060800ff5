import type { EventContext, EventRecord } from '#lib/journal';
import type { EcsEvents, EcsEventType } from '../model/events.js';
import type { EcsState } from '../model/state.js';
import { accountEvolvers } from './accounts.js';
import { clusterEvolvers } from './clusters.js';
import { containerInstanceEvolvers } from './container-instances.js';
import type { Evolver, Evolvers } from './evolver.js';
import { taskEvolvers } from './tasks.js';

const evolvers: Evolvers<EcsEventType> = {
  ...accountEvolvers,
  ...clusterEvolvers,
  ...containerInstanceEvolvers,
  ...taskEvolvers,
};

/** An event that this version does not know: the app has to become unready, never to skip it. */
export class UnknownEventError extends Error {
  constructor(readonly event: EventRecord) {
    super(`unknown event ${event.type} (version ${event.v}): this version of Longshore is older than the journal`);
  }
}

/** The one reading of the `ecs` journal. Every app folds with it. */
export function evolve(state: EcsState, event: EventRecord, context: EventContext): void {
  const evolver = Object.hasOwn(evolvers, event.type) ? evolvers[event.type as EcsEventType] : undefined;
  if (!evolver || event.v !== 1) throw new UnknownEventError(event);
  (evolver as Evolver<EcsEventType>)(state, event.data as EcsEvents[EcsEventType], context);
}
