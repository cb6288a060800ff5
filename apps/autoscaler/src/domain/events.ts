import { currentVersion, type EventRecord, type Scope, type Upcasts } from '#lib/kernel';
import type { Alarm, AlarmSettings, AlarmState, Tags } from './model.js';

type AlarmName = Scope & Pick<Alarm, 'name'>;

/**
 * Every event of the `scaling` journal: type → data of its current version. Facts, past tense, entity first. A shape here is for ever:
 * change it by a new version and an upcast, never in place (docs/how-to/add-an-event.md). No sample of a metric is ever in one.
 */
export interface ScalingEvents {
  /** Made, or given other settings; the state stays. `tags`: of a new one. */
  AlarmPut: AlarmName & { readonly settings: AlarmSettings; readonly tags?: Tags };
  AlarmDeleted: AlarmName;
  AlarmStateChanged: AlarmName & Omit<AlarmState, 'updatedAt'>;
  AlarmActionsSet: AlarmName & { readonly enabled: boolean };
  AlarmTagged: AlarmName & { readonly tags: Tags };
  AlarmUntagged: AlarmName & { readonly tagKeys: readonly string[] };
}

export const scalingUpcasts: Upcasts<ScalingEvents> = {};

export type ScalingEvent = EventRecord;

/** An event of the current version. */
export const event = <T extends keyof ScalingEvents>(type: T, data: ScalingEvents[T]): ScalingEvent => ({
  type,
  v: currentVersion(scalingUpcasts, type),
  data,
});
