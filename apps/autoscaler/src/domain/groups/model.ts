import type { Scope } from '#lib/kernel';
import type { StepScaling, TargetTracking } from '../targets/model.js';

export interface GroupTag {
  readonly key: string;
  readonly value: string;
  readonly propagateAtLaunch: boolean;
}

/** What an instance would be made of: kept for whoever reads it back (hosts are not made of EC2's launch templates). */
export type Launch = Readonly<Record<string, unknown>>;

/** What an instance is started with, as the request names it: of it the user data says the cluster, the rest is kept and told. */
export interface LaunchSettings {
  readonly ImageId?: string;
  readonly InstanceType?: string;
  /** Base64. */
  readonly UserData?: string;
  readonly [member: string]: unknown;
}

/** What a group of before there were launch templates is made of; it never changes. */
export interface LaunchConfiguration extends GroupId {
  /** Of its ARN. */
  readonly id: string;
  readonly settings: LaunchSettings;
  readonly createdAt: string;
}

/** As the request names them, in Auto Scaling's own words. */
export interface GroupSettings {
  readonly MinSize: number;
  readonly MaxSize: number;
  readonly DesiredCapacity: number;
  readonly DefaultCooldown: number;
  readonly HealthCheckType: string;
  readonly HealthCheckGracePeriod: number;
  readonly NewInstancesProtectedFromScaleIn: boolean;
  readonly AvailabilityZones: readonly string[];
  readonly VPCZoneIdentifier: string;
  readonly TerminationPolicies: readonly string[];
  readonly ServiceLinkedRoleARN: string;
  readonly CapacityRebalance?: boolean;
  readonly DefaultInstanceWarmup?: number;
  readonly MaxInstanceLifetime?: number;
  readonly PlacementGroup?: string;
  readonly DesiredCapacityType?: string;
  readonly Context?: string;
  /** As EnableMetricsCollection named them, sorted. */
  readonly EnabledMetrics?: readonly string[];
  /** As SuspendProcesses named them, each since when; in the order of their names. */
  readonly SuspendedProcesses?: readonly { readonly name: string; readonly at: string }[];
  /** In the order of their names. */
  readonly LifecycleHooks?: readonly LifecycleHook[];
  /** ARNs: kept and shown. */
  readonly TargetGroupARNs?: readonly string[];
  /** How much of the group may be away while instances are replaced: what an instance refresh takes that says nothing itself. */
  readonly InstanceMaintenancePolicy?: Launch;
  /** One of LaunchTemplate, LaunchConfigurationName and MixedInstancesPolicy. */
  readonly launch: Launch;
}

export interface GroupId extends Scope {
  readonly name: string;
}

export interface GroupActivity {
  readonly id: string;
  readonly description: string;
  readonly cause: string;
  readonly at: string;
  /** Of the group's own instance that it starts or ends: it goes on until that is done. */
  readonly instanceId?: string;
  readonly endedAt?: string;
  /** Why it failed. */
  readonly failure?: string;
}

/**
 * A host that Longshore starts and ends for the group. Whether it serves is in the `ecs` journal, as a container instance under the same id;
 * hosts that only say that they are of the group are none of these.
 */
export interface GroupInstance {
  /** 32 hex digits: the end of its container instance's ARN. */
  readonly id: string;
  /** `launching`: somebody is to start it; `launched`: that is done; `terminating`: it is to be ended. */
  readonly state: 'launching' | 'launched' | 'terminating';
  /** Of one that is terminating: its tasks end first. */
  readonly drains: boolean;
  /** When it came into its state. */
  readonly since: string;
  /** What was said of its lifecycle hooks. */
  readonly actions?: readonly LifecycleAction[];
}

export interface AutoScalingGroup extends GroupId {
  /** Of its ARN. */
  readonly id: string;
  readonly settings: GroupSettings;
  /** In the order of their keys. */
  readonly tags: readonly GroupTag[];
  readonly createdAt: string;
  /** From old to new; the newest few. */
  readonly activities: readonly GroupActivity[];
  /** From old to new. */
  readonly instances: readonly GroupInstance[];
  /** It is there only until its hosts are ended. */
  readonly isDeleting?: true;
  /** From old to new; the newest few. One at most is under way, the last. */
  readonly refreshes?: readonly InstanceRefresh[];
  /** When and why managed scaling or a policy changed the desired capacity last. */
  readonly scaled?: GroupScaling;
}

/** All hosts that the group had when it began are replaced, as many at a time as its preferences let. */
export interface InstanceRefresh {
  readonly id: string;
  /** Of the hosts that are to go, whether they are still there or not. */
  readonly instanceIds: readonly string[];
  /** As they were given, with what Auto Scaling takes where nothing is said. */
  readonly preferences: RefreshPreferences;
  /** What the group is made of when it is done. */
  readonly desiredConfiguration?: Launch;
  readonly status: RefreshStatus;
  readonly startedAt: string;
  readonly endedAt?: string;
}

export type RefreshStatus = 'InProgress' | 'Successful' | 'Cancelled';

export interface RefreshPreferences {
  /** Percentages of the desired capacity. */
  readonly MinHealthyPercentage: number;
  readonly MaxHealthyPercentage: number;
  readonly [member: string]: unknown;
}

export interface GroupScaling {
  readonly from: number;
  readonly to: number;
  readonly cause: string;
  readonly at: string;
  /** Of a policy: how many instances were in service when it was decided, and for how long it is waited for. */
  readonly base?: number;
  readonly policyName?: string;
  readonly cooldownSeconds?: number;
}

export type GroupPolicyType = 'SimpleScaling' | 'StepScaling' | 'TargetTrackingScaling';

/** As the API has it: what is read back is what was sent. */
export interface GroupPolicySettings extends StepScaling {
  readonly PolicyType: GroupPolicyType;
  readonly Enabled: boolean;
  /** Of SimpleScaling, beside the cooldown. */
  readonly ScalingAdjustment?: number;
  readonly EstimatedInstanceWarmup?: number;
  readonly TargetTrackingConfiguration?: TargetTracking;
}

export interface GroupPolicy extends Scope {
  /** The group's name. */
  readonly group: string;
  readonly name: string;
  /** In its ARN. */
  readonly id: string;
  readonly settings: GroupPolicySettings;
  /** Of target tracking: the names of the alarms that it made. */
  readonly alarms: readonly string[];
}

/** Of its sizes what is given is set, at its start time and each time of its recurrence until its end. */
export interface GroupScheduleSettings {
  readonly startTime?: string;
  readonly endTime?: string;
  /** Five fields of cron. */
  readonly recurrence?: string;
  readonly timezone?: string;
  readonly MinSize?: number;
  readonly MaxSize?: number;
  readonly DesiredCapacity?: number;
}

export interface GroupScheduledAction extends Scope {
  /** The group's name. */
  readonly group: string;
  readonly name: string;
  /** In its ARN. */
  readonly id: string;
  readonly settings: GroupScheduleSettings;
  /** Up to this moment it was done; when it was put, at first. */
  readonly doneUntil: string;
}

export type LifecycleTransition = 'autoscaling:EC2_INSTANCE_LAUNCHING' | 'autoscaling:EC2_INSTANCE_TERMINATING';
export type LifecycleResult = 'CONTINUE' | 'ABANDON';

/** Instances wait for it in a transition, until somebody answers or its time is over. Nobody is notified. */
export interface LifecycleHook {
  readonly LifecycleHookName: string;
  readonly LifecycleTransition: LifecycleTransition;
  /** Seconds. */
  readonly HeartbeatTimeout: number;
  readonly DefaultResult: LifecycleResult;
  readonly NotificationTargetARN?: string;
  readonly RoleARN?: string;
  readonly NotificationMetadata?: string;
  /** When it was made: it is about transitions from then. */
  readonly at: string;
}

export interface LifecycleAction {
  /** Its name. */
  readonly hook: string;
  readonly heartbeatAt?: string;
  readonly result?: LifecycleResult;
}
