import { deciderOf, type Domain } from '#lib/kernel';
import { alarmCommands, alarmQueries } from './alarms.js';
import { type ScalingEvents, scalingUpcasts } from './events.js';
import { scalingEvolvers } from './evolve.js';
import { newTables, type ScalingState } from './state.js';

/** The `scaling` journal's rules, whole. */
export const scaling: Domain<ScalingState> = {
  journal: 'scaling',
  schemaVersion: 1,
  newTables,
  decider: deciderOf<ScalingState, ScalingEvents>({
    commands: { ...alarmCommands },
    evolvers: scalingEvolvers,
    upcasts: scalingUpcasts,
  }),
  queries: { ...alarmQueries },
};
