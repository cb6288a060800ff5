import { deciderOf, type Domain } from '#lib/kernel';
import { alarmCommands, alarmQueries } from './alarms.js';
import { dashboardCommands, dashboardQueries } from './dashboards.js';
import { type ScalingEvents, scalingUpcasts } from './events.js';
import { scalingEvolvers } from './evolve.js';
import { groupTagCommands, groupTagQueries } from './groups/group-tags.js';
import { groupCommands, groupQueries } from './groups/groups.js';
import { attachmentCommands, attachmentQueries } from './groups/attachments.js';
import { instanceRefreshCommands, instanceRefreshQueries } from './groups/instance-refreshes.js';
import { instanceCommands } from './groups/instances.js';
import { metricsCollectionCommands } from './groups/metrics-collection.js';
import { launchConfigurationCommands, launchConfigurationQueries } from './groups/launch-configurations.js';
import { lifecycleHookCommands, lifecycleHookQueries } from './groups/lifecycle-hooks.js';
import { processCommands, processQueries } from './groups/processes.js';
import { groupScheduleCommands, groupScheduleQueries } from './groups/scheduled-actions.js';
import { groupPolicyCommands, groupPolicyQueries } from './groups/policies.js';
import { ruleCommands, ruleQueries } from './rules/rules.js';
import { seenCommands } from './rules/seen.js';
import { runCommands } from './rules/runs.js';
import { ruleTargetCommands, ruleTargetQueries } from './rules/targets.js';
import { scheduleGroupCommands, scheduleGroupQueries } from './schedules/groups.js';
import { targetScheduleCommands, targetScheduleQueries } from './schedules/schedules.js';
import { newTables, type ScalingState } from './state.js';
import { activityCommands, activityQueries } from './targets/activities.js';
import { policyCommands, policyQueries } from './targets/policies.js';
import { scheduleCommands, scheduleQueries } from './targets/scheduled-actions.js';
import { targetCommands, targetQueries } from './targets/targets.js';

/** The `scaling` journal's rules, whole. */
export const scaling: Domain<ScalingState> = {
  journal: 'scaling',
  schemaVersion: 11,
  newTables,
  decider: deciderOf<ScalingState, ScalingEvents>({
    commands: {
      ...alarmCommands,
      ...dashboardCommands,
      ...targetCommands,
      ...policyCommands,
      ...scheduleCommands,
      ...activityCommands,
      ...groupCommands,
      ...groupTagCommands,
      ...instanceCommands,
      ...attachmentCommands,
      ...instanceRefreshCommands,
      ...launchConfigurationCommands,
      ...metricsCollectionCommands,
      ...groupPolicyCommands,
      ...lifecycleHookCommands,
      ...processCommands,
      ...groupScheduleCommands,
      ...ruleCommands,
      ...ruleTargetCommands,
      ...runCommands,
      ...seenCommands,
      ...targetScheduleCommands,
      ...scheduleGroupCommands,
    },
    evolvers: scalingEvolvers,
    upcasts: scalingUpcasts,
  }),
  queries: {
    ...alarmQueries,
    ...dashboardQueries,
    ...targetQueries,
    ...policyQueries,
    ...scheduleQueries,
    ...activityQueries,
    ...groupQueries,
    ...groupTagQueries,
    ...attachmentQueries,
    ...instanceRefreshQueries,
    ...launchConfigurationQueries,
    ...groupPolicyQueries,
    ...lifecycleHookQueries,
    ...processQueries,
    ...groupScheduleQueries,
    ...ruleQueries,
    ...ruleTargetQueries,
    ...targetScheduleQueries,
    ...scheduleGroupQueries,
  },
};
