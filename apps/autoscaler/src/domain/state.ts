import { type Scope, scopeKey, Store, type Table } from '#lib/kernel';
import type { Alarm } from './model.js';

/** The state that the `scaling` journal folds to. Keys in comments. */
export interface ScalingState {
  /** alarmKey() */
  readonly alarms: Table<Alarm>;
}

export const newTables = (): Store<ScalingState> => new Store<ScalingState>({ alarms: { scope: (alarm) => scopeKey(alarm) } });

export const alarmKey = (scope: Scope, name: string): string => `${scopeKey(scope)}:${name}`;
