import type { ScheduleId, TargetSchedule } from './model.js';

/** Of EventBridge Scheduler. What they run are scheduled runs, as of rules. */
export interface ScheduleEvents {
  ScheduleCreated: ScheduleId & Pick<TargetSchedule, 'settings' | 'target' | 'clientToken'>;
  /** All of it, as it is now. */
  ScheduleUpdated: ScheduleId & Pick<TargetSchedule, 'settings' | 'target'>;
  ScheduleDeleted: ScheduleId;
  /** Its moment had come, at `dueAt`. */
  ScheduleTriggered: ScheduleId & { readonly dueAt: string; readonly runId: string };
}
