import type { Tags } from '../model.js';
import type { ScheduleGroup, ScheduleGroupId, ScheduleId, TargetSchedule } from './model.js';

/** Of EventBridge Scheduler. What they run are scheduled runs, as of rules. */
export interface ScheduleEvents {
  ScheduleCreated: ScheduleId & Pick<TargetSchedule, 'settings' | 'target' | 'clientToken'>;
  /** All of it, as it is now. */
  ScheduleUpdated: ScheduleId & Pick<TargetSchedule, 'settings' | 'target'>;
  ScheduleDeleted: ScheduleId;
  /** Its moment had come, at `dueAt`. */
  ScheduleTriggered: ScheduleId & { readonly dueAt: string; readonly runId: string };
  ScheduleGroupCreated: ScheduleGroupId & Pick<ScheduleGroup, 'tags' | 'clientToken'>;
  /** Its schedules went before it, each by an event of its own. */
  ScheduleGroupDeleted: ScheduleGroupId;
  ScheduleGroupTagged: ScheduleGroupId & { readonly tags: Tags };
  ScheduleGroupUntagged: ScheduleGroupId & { readonly tagKeys: readonly string[] };
}
