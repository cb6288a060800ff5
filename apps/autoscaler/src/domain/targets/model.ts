import type { Scope } from '#lib/kernel';
import type { DataQuery } from '../../metrics/domain/data-query.js';
import type { Dimension } from '../../metrics/domain/metric.js';
import type { Statistic } from '../../metrics/domain/summary.js';
import type { Tags } from '../model.js';

/** A service's desired count, by the service's name for others: `service/<cluster>/<service>`. */
export interface TargetId extends Scope {
  readonly resourceId: string;
}

export interface SuspendedState {
  readonly DynamicScalingInSuspended: boolean;
  readonly DynamicScalingOutSuspended: boolean;
  readonly ScheduledScalingSuspended: boolean;
}

export interface Bounds {
  readonly minCapacity: number;
  readonly maxCapacity: number;
}

export interface ScalableTarget extends TargetId, Bounds {
  /** In its ARN. */
  readonly id: string;
  readonly roleArn: string;
  readonly suspended: SuspendedState;
  readonly tags: Tags;
  readonly createdAt: string;
  /** Its bounds are new, and its desired count has not been compared with them. */
  readonly hasNewBounds: boolean;
}

/** As the API has it: what is read back is what was sent. */
export interface TargetTracking {
  readonly TargetValue: number;
  readonly PredefinedMetricSpecification?: { readonly PredefinedMetricType: string; readonly ResourceLabel?: string };
  readonly CustomizedMetricSpecification?: CustomizedMetric;
  readonly ScaleOutCooldown?: number;
  readonly ScaleInCooldown?: number;
  readonly DisableScaleIn?: boolean;
}

export interface CustomizedMetric {
  readonly MetricName?: string;
  readonly Namespace?: string;
  readonly Dimensions?: readonly Dimension[];
  readonly Statistic?: Statistic;
  readonly Unit?: string;
  readonly Metrics?: readonly TrackingQuery[];
}

/** As an alarm's, of minutes. */
export interface TrackingQuery extends Omit<DataQuery, 'MetricStat' | 'Period' | 'AccountId'> {
  readonly MetricStat?: Omit<NonNullable<DataQuery['MetricStat']>, 'Period'>;
}

export interface StepAdjustment {
  readonly MetricIntervalLowerBound?: number;
  readonly MetricIntervalUpperBound?: number;
  readonly ScalingAdjustment: number;
}

export type AdjustmentType = 'ChangeInCapacity' | 'PercentChangeInCapacity' | 'ExactCapacity';

export interface StepScaling {
  readonly AdjustmentType?: AdjustmentType;
  readonly StepAdjustments?: readonly StepAdjustment[];
  readonly MinAdjustmentMagnitude?: number;
  readonly Cooldown?: number;
  readonly MetricAggregationType?: 'Average' | 'Minimum' | 'Maximum';
}

/** One of the two. */
export interface PolicySettings {
  readonly targetTracking?: TargetTracking;
  readonly stepScaling?: StepScaling;
}

export interface ScalingPolicy extends TargetId {
  readonly name: string;
  /** In its ARN. */
  readonly id: string;
  readonly settings: PolicySettings;
  /** Of target tracking: the names of the alarms that it made. */
  readonly alarms: readonly string[];
  readonly createdAt: string;
}

export interface ScheduleSettings {
  readonly schedule: string;
  readonly timezone?: string;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly minCapacity?: number;
  readonly maxCapacity?: number;
}

export interface ScheduledAction extends TargetId {
  readonly name: string;
  /** In its ARN. */
  readonly id: string;
  readonly settings: ScheduleSettings;
  readonly createdAt: string;
  /** When its time is counted from: that of its settings, or the last time that it was triggered for. */
  readonly doneUntil: string;
}

export type ActivityStatus = 'Pending' | 'InProgress' | 'Successful' | 'Overridden' | 'Unfulfilled' | 'Failed';

export interface NotScaledReason {
  readonly Code: string;
  readonly MaxCapacity?: number;
  readonly MinCapacity?: number;
  readonly CurrentCapacity?: number;
}

export interface ScalingActivity {
  readonly id: string;
  readonly description: string;
  readonly cause: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly status: ActivityStatus;
  readonly statusMessage?: string;
  /** What was measured, of whose policy; for people. */
  readonly details?: string;
  readonly notScaled?: readonly NotScaledReason[];
  /** Of one that sets a desired count. `base`: how many tasks ran when it was decided. */
  readonly scaling?: ScalingStep;
  /** Of the `ecs` journal, when it had the new desired count: an older state of it says nothing of what became of this. */
  readonly ecsRevision?: number;
}

export interface ScalingStep {
  readonly from: number;
  readonly to: number;
  readonly base: number;
  readonly policyName?: string;
  /** For so long after its start it holds others back. */
  readonly cooldownSeconds: number;
}

/** What was done and left of one target, also after it was deregistered; from old to new, the newest few. */
export interface ActivityLog extends TargetId {
  readonly activities: readonly ScalingActivity[];
}
