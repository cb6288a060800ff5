import type { ScalingState } from '../state.js';
import type { ScheduleGroup, ScheduleGroupId } from './model.js';
import { DEFAULT_GROUP, scheduleGroupKey } from './names.js';
import { scheduleRefusals as refusals } from './refusals.js';

/** Undefined: the default group. Throws where there is none of that name. */
export function knownGroup(state: ScalingState, id: ScheduleGroupId): ScheduleGroup | undefined {
  const group = state.scheduleGroups.get(scheduleGroupKey(id));
  if (!group && id.name !== DEFAULT_GROUP) throw refusals.noGroup(id.name);
  return group;
}
