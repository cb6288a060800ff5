import type { Scope } from '#lib/kernel';

export interface GroupTag {
  readonly key: string;
  readonly value: string;
  readonly propagateAtLaunch: boolean;
}

/** What an instance would be made of: kept for whoever reads it back (hosts are not made of EC2's launch templates). */
export type Launch = Readonly<Record<string, unknown>>;

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
}
