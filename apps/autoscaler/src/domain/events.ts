import { currentVersion, type EventRecord, type Scope, type Upcasts } from '#lib/kernel';
import type { Alarm, AlarmSettings, AlarmState, CompositeSettings, Dashboard, Tags } from './model.js';
import type {
  AutoScalingGroup,
  GroupActivity,
  GroupId,
  GroupPolicy,
  GroupScaling,
  GroupScheduledAction,
  GroupTag,
  InstanceRefresh,
  LaunchConfiguration,
  LifecycleAction,
} from './groups/model.js';
import type { RuleEvents } from './rules/events.js';
import type { ScheduleEvents } from './schedules/events.js';
import type {
  Bounds,
  PolicySettings,
  ScalableTarget,
  ScalingActivity,
  ScalingPolicy,
  ScheduledAction,
  ScheduleSettings,
  SuspendedState,
  TargetId,
} from './targets/model.js';

type AlarmName = Scope & Pick<Alarm, 'name'>;

/**
 * Every event of the `scaling` journal: type → data of its current version. Facts, past tense, entity first. A shape here is for ever:
 * change it by a new version and an upcast, never in place (docs/how-to/add-an-event.md). No sample of a metric is ever in one.
 */
export interface ScalingEvents extends RuleEvents, ScheduleEvents {
  /** Made, or given other settings; the state stays. `tags`: of a new one. */
  AlarmPut: AlarmName & { readonly settings: AlarmSettings; readonly tags?: Tags };
  CompositeAlarmPut: AlarmName & { readonly settings: CompositeSettings; readonly tags?: Tags };
  /** Here and below: of either kind. */
  AlarmDeleted: AlarmName;
  AlarmStateChanged: AlarmName & Omit<AlarmState, 'updatedAt' | 'waitsFor'>;
  /** Of one on a metric: its state stays as it is while something is not known; without `waitsFor` it goes on. */
  AlarmHeldBack: AlarmName & Pick<AlarmState, 'waitsFor'>;
  AlarmActionsSet: AlarmName & { readonly enabled: boolean };
  AlarmTagged: AlarmName & { readonly tags: Tags };
  AlarmUntagged: AlarmName & { readonly tagKeys: readonly string[] };
  /** Made, or with another body. */
  DashboardPut: Pick<Dashboard, 'accountId' | 'name' | 'body'>;
  DashboardDeleted: Pick<Dashboard, 'accountId' | 'name'>;
  ScalableTargetRegistered: TargetId &
    Bounds &
    Pick<ScalableTarget, 'id' | 'roleArn'> & { readonly suspended: SuspendedState; readonly tags: Tags };
  /** What it says anew; new bounds are held against the desired count. */
  ScalableTargetUpdated: TargetId & Partial<Bounds> & { readonly roleArn?: string; readonly suspended?: SuspendedState };
  /** Its policies and scheduled actions go with it. */
  ScalableTargetDeregistered: TargetId;
  ScalableTargetTagged: TargetId & { readonly tags: Tags };
  ScalableTargetUntagged: TargetId & { readonly tagKeys: readonly string[] };
  /** The desired count is within its new bounds, or there is none. */
  ScalableTargetSettled: TargetId;
  /** `alarms`: the names of those that it made, beside it in the same transaction. */
  ScalingPolicyPut: TargetId & Pick<ScalingPolicy, 'name' | 'id' | 'alarms'> & { readonly settings: PolicySettings };
  ScalingPolicyDeleted: TargetId & Pick<ScalingPolicy, 'name'>;
  ScheduledActionPut: TargetId & Pick<ScheduledAction, 'name' | 'id'> & { readonly settings: ScheduleSettings };
  ScheduledActionDeleted: TargetId & Pick<ScheduledAction, 'name'>;
  /** Its time had come, at `dueAt`. */
  ScheduledActionTriggered: TargetId & Pick<ScheduledAction, 'name'> & { readonly dueAt: string };
  /** Something was decided for the target, or decided against. */
  ScalingActivityStarted: TargetId & {
    readonly activity: Omit<ScalingActivity, 'startedAt' | 'endedAt'> & { readonly isOver: boolean };
  };
  ScalingActivityChanged: TargetId &
    Pick<ScalingActivity, 'id' | 'status' | 'statusMessage' | 'ecsRevision'> & { readonly isOver: boolean };
  AutoScalingGroupCreated: Pick<AutoScalingGroup, keyof GroupId | 'id' | 'settings' | 'tags'>;
  /** All settings, as they are now. */
  AutoScalingGroupUpdated: GroupId & Pick<AutoScalingGroup, 'settings'>;
  /** With hosts of its own that are to be ended first. */
  AutoScalingGroupDeletionStarted: GroupId;
  AutoScalingGroupDeleted: GroupId;
  AutoScalingGroupTagged: GroupId & { readonly tags: readonly GroupTag[] };
  AutoScalingGroupUntagged: GroupId & { readonly tagKeys: readonly string[] };
  /** By a user's request. */
  AutoScalingGroupInstanceTerminated: GroupId & {
    readonly activity: Omit<GroupActivity, 'at'>;
    readonly desiredCapacity: number;
  };
  /** By managed scaling, or by a policy. */
  AutoScalingGroupScaled: GroupId & Omit<GroupScaling, 'at'>;
  /** A host is to be started for it. */
  AutoScalingGroupInstanceLaunching: GroupId & {
    readonly instanceId: string;
    readonly activity: Omit<GroupActivity, 'at' | 'instanceId'>;
  };
  AutoScalingGroupInstanceLaunched: GroupId & { readonly instanceId: string };
  /** It is to be ended; `drains`: when its tasks have ended. Without an activity: that of a user's request tells it. */
  AutoScalingGroupInstanceTerminating: GroupId & {
    readonly instanceId: string;
    readonly drains: boolean;
    readonly activity?: Omit<GroupActivity, 'at' | 'instanceId'>;
  };
  /** It was ended, was never started, or is there no more. */
  AutoScalingGroupInstanceGone: GroupId & { readonly instanceId: string; readonly failure?: string };
  AutoScalingGroupRefreshStarted: GroupId & { readonly refresh: Omit<InstanceRefresh, 'status' | 'startedAt' | 'endedAt'> };
  AutoScalingGroupRefreshEnded: GroupId & { readonly refreshId: string } & Pick<InstanceRefresh, 'status'>;
  /** A hook's result for an instance that waits for it, or without one a sign of life. */
  AutoScalingGroupLifecycleActionAdvanced: GroupId & Omit<LifecycleAction, 'heartbeatAt'> & { readonly instanceId: string };
  /** `alarms`: the names of those that it made, beside it in the same transaction. Policies go with their group. */
  AutoScalingGroupPolicyPut: GroupPolicy;
  AutoScalingGroupPolicyDeleted: Pick<GroupPolicy, 'accountId' | 'region' | 'group' | 'name'>;
  /** Made, or with other settings: it counts from then. They go with their group. */
  AutoScalingGroupScheduledActionPut: GroupId & Pick<GroupScheduledAction, 'id' | 'settings'> & { readonly action: string };
  AutoScalingGroupScheduledActionDeleted: GroupId & { readonly action: string };
  /** Its time had come, at `dueAt`, for the last time where it is over. `activity`: of what could not be done. */
  AutoScalingGroupScheduledActionTriggered: GroupId & {
    readonly action: string;
    readonly dueAt: string;
    readonly isOver?: true;
    readonly activity?: Omit<GroupActivity, 'at'>;
  };
  LaunchConfigurationCreated: Pick<LaunchConfiguration, keyof GroupId | 'id' | 'settings'>;
  LaunchConfigurationDeleted: GroupId;
}

export const scalingUpcasts: Upcasts<ScalingEvents> = {};

export type ScalingEvent = EventRecord;

/** An event of the current version. */
export const event = <T extends keyof ScalingEvents>(type: T, data: ScalingEvents[T]): ScalingEvent => ({
  type,
  v: currentVersion(scalingUpcasts, type),
  data,
});
