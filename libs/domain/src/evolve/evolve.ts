import type { EventContext, EventRecord } from '#lib/journal';
import type { EcsEvents, EcsEventType } from '../model/events.js';
import type { EcsState } from '../model/state.js';
import { accountEvolvers } from './accounts.js';
import { clusterEvolvers } from './clusters.js';
import { containerInstanceEvolvers } from './container-instances.js';
import type { Evolver, Evolvers } from './evolver.js';
import { noteService } from './revisions.js';
import { serviceEvolvers } from './services.js';
import { taskSetEvolvers } from './task-sets.js';
import { taskEvolvers } from './tasks.js';

const evolvers: Evolvers<EcsEventType> = {
  ...accountEvolvers,
  ...clusterEvolvers,
  ...containerInstanceEvolvers,
  ...serviceEvolvers,
  ...taskSetEvolvers,
  ...taskEvolvers,
};

/** Every event this version writes. */
export const ecsEventTypes = Object.keys(evolvers) as readonly EcsEventType[];

/** Whether this version can fold an event. An app that cannot becomes unready and says so; it never skips. */
export const knowsEvent = (event: EventRecord): boolean => event.v === 1 && Object.hasOwn(evolvers, event.type);

/** The one reading of the `ecs` journal. Every app folds with it. */
export function evolve(state: EcsState, event: EventRecord, context: EventContext): void {
  if (!knowsEvent(event)) throw new Error(`unknown event ${event.type} (version ${event.v})`);
  (evolvers[event.type as EcsEventType] as Evolver<EcsEventType>)(state, event.data as EcsEvents[EcsEventType], context);
  noteService(state, event, context);
}
