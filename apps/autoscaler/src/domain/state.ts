import { type Scope, scopeKey, Store, type Table } from '#lib/kernel';
import type { AutoScalingGroup, GroupPolicy, GroupScheduledAction, LaunchConfiguration } from './groups/model.js';
import { groupKey } from './groups/names.js';
import type { Alarm, AnyAlarm, CompositeAlarm, Dashboard } from './model.js';
import type { Rule, ScheduledRun } from './rules/model.js';
import { sourceKey } from './rules/names.js';
import type { ScheduleGroup, TargetSchedule } from './schedules/model.js';
import { groupOfSchedule } from './schedules/names.js';
import type { ActivityLog, ScalableTarget, ScalingPolicy, ScheduledAction } from './targets/model.js';
import { targetKey } from './targets/names.js';

/** The state that the `scaling` journal folds to. Keys in comments. */
export interface ScalingState {
  /** alarmKey() */
  readonly alarms: Table<Alarm>;
  /** alarmKey() */
  readonly compositeAlarms: Table<CompositeAlarm>;
  /** targetKey() */
  readonly scalableTargets: Table<ScalableTarget>;
  /** ofTarget(), by the policy's name */
  readonly scalingPolicies: Table<ScalingPolicy>;
  /** ofTarget(), by the action's name */
  readonly scheduledActions: Table<ScheduledAction>;
  /** targetKey() */
  readonly activityLogs: Table<ActivityLog>;
  /** groupKey() */
  readonly autoScalingGroups: Table<AutoScalingGroup>;
  /** groupPolicyKey() */
  readonly groupPolicies: Table<GroupPolicy>;
  /** groupScheduledActionKey() */
  readonly groupScheduledActions: Table<GroupScheduledAction>;
  /** groupKey() */
  readonly launchConfigurations: Table<LaunchConfiguration>;
  /** dashboardKey() */
  readonly dashboards: Table<Dashboard>;
  /** ruleKey() */
  readonly rules: Table<Rule>;
  /** scheduleKey() */
  readonly schedules: Table<TargetSchedule>;
  /** scheduleGroupKey() */
  readonly scheduleGroups: Table<ScheduleGroup>;
  /** id */
  readonly scheduledRuns: Table<ScheduledRun>;
}

/** What the alarm does as long as it is in its state. */
export const currentActions = ({ settings, state: { value } }: Alarm): readonly string[] => {
  if (!settings.actionsEnabled) return [];
  if (value === 'ALARM') return settings.alarmActions;
  return value === 'OK' ? settings.okActions : settings.insufficientDataActions;
};

export const newTables = (): Store<ScalingState> =>
  new Store<ScalingState>({
    alarms: {
      scope: (alarm) => scopeKey(alarm),
      /** `active`: does something in the state that it is in. */
      active: (alarm) => (currentActions(alarm).length > 0 ? 'active' : undefined),
    },
    compositeAlarms: { scope: (alarm) => scopeKey(alarm) },
    scalableTargets: { scope: (target) => scopeKey(target), id: ({ id }) => id },
    scalingPolicies: { scope: (policy) => scopeKey(policy), target: (policy) => targetKey(policy) },
    scheduledActions: { scope: (action) => scopeKey(action), target: (action) => targetKey(action) },
    activityLogs: { scope: (log) => scopeKey(log) },
    autoScalingGroups: { scope: (group) => scopeKey(group) },
    groupPolicies: {
      scope: (policy) => scopeKey(policy),
      group: ({ accountId, region, group }) => groupKey({ accountId, region, name: group }),
    },
    groupScheduledActions: {
      scope: (action) => scopeKey(action),
      group: ({ accountId, region, group }) => groupKey({ accountId, region, name: group }),
    },
    launchConfigurations: { scope: (configuration) => scopeKey(configuration) },
    dashboards: { account: ({ accountId }) => accountId },
    rules: { scope: (rule) => scopeKey(rule) },
    schedules: { scope: (schedule) => scopeKey(schedule), group: (schedule) => groupOfSchedule(schedule) },
    scheduleGroups: { scope: (group) => scopeKey(group) },
    scheduledRuns: { source: (run) => sourceKey(run, run.source) },
  });

export const alarmKey = (scope: Scope, name: string): string => `${scopeKey(scope)}:${name}`;

export const dashboardKey = (accountId: string, name: string): string => `${accountId}:${name}`;

export const anyAlarm = ({ alarms, compositeAlarms }: ScalingState, scope: Scope, name: string): AnyAlarm | undefined =>
  alarms.get(alarmKey(scope, name)) ?? compositeAlarms.get(alarmKey(scope, name));

/** Of each kind, as AWS bounds a region of an account. */
export const MOST_ALARMS = 5_000;
