import type { Scope } from '#lib/kernel';
import type { Tags } from '../model.js';

/** On the default event bus, the only one. */
export interface RuleId extends Scope {
  readonly name: string;
}

export interface RuleSettings {
  /** `rate(…)` or `cron(…)`; or else a pattern. */
  readonly scheduleExpression?: string;
  /** As it was given: of which events log groups are told. */
  readonly eventPattern?: string;
  readonly description?: string;
  /** Kept and shown. */
  readonly roleArn?: string;
  readonly isEnabled: boolean;
}

/** `EcsParameters`, as EventBridge spells its members: some as ECS does, some with a capital. */
export interface EcsParameters {
  readonly TaskDefinitionArn: string;
  readonly TaskCount?: number;
  readonly LaunchType?: string;
  readonly NetworkConfiguration?: {
    readonly awsvpcConfiguration?: {
      readonly Subnets: readonly string[];
      readonly SecurityGroups?: readonly string[];
      readonly AssignPublicIp?: string;
    };
  };
  readonly PlatformVersion?: string;
  readonly Group?: string;
  readonly CapacityProviderStrategy?: readonly object[];
  readonly EnableECSManagedTags?: boolean;
  readonly EnableExecuteCommand?: boolean;
  readonly PlacementConstraints?: readonly object[];
  readonly PlacementStrategy?: readonly object[];
  readonly PropagateTags?: string;
  readonly ReferenceId?: string;
  /** Of Scheduler maps, which may have small letters. */
  readonly Tags?: readonly { readonly Key?: string; readonly Value?: string; readonly key?: string; readonly value?: string }[];
}

/** A target as it was given: it is read back so. */
export interface GivenTarget {
  readonly Id: string;
  /** The cluster's, or a log group's. */
  readonly Arn: string;
  readonly RoleArn?: string;
  /** JSON of a TaskOverride. */
  readonly Input?: string;
  /** Of a cluster. */
  readonly EcsParameters?: EcsParameters;
  readonly RetryPolicy?: { readonly MaximumRetryAttempts?: number; readonly MaximumEventAgeInSeconds?: number };
}

export type EcsTarget = GivenTarget & { readonly EcsParameters: EcsParameters };

export interface RuleTarget<T = GivenTarget> {
  readonly given: T;
  /** The key that put it. Whether its tasks may reach into hosts is asked of that key, when they are run. */
  readonly accessKeyId?: string;
}

export interface Rule extends RuleId {
  readonly settings: RuleSettings;
  readonly tags: Tags;
  readonly targets: readonly RuleTarget[];
  readonly createdAt: string;
  /** What a rate counts from: when the expression was put. */
  readonly scheduledAt: string;
  /** All moments up to this one are done, or are not its. */
  readonly doneUntil: string;
  /** Of one with a pattern: up to where it has seen each journal's events. Absent: it begins with the next one. */
  readonly cursors?: EventCursors;
}

/** By the name of the journal. */
export type EventCursors = Readonly<Record<string, string>>;

/** What has targets run by the clock. */
export interface RunSource {
  readonly kind: 'rule' | 'schedule';
  /** Of a schedule. */
  readonly group?: string;
  readonly name: string;
}

/** What a moment of a rule means for one target, or that of a schedule: a RunTask, until it was taken or given up. */
export interface ScheduledRun extends Scope {
  /** 32 hex digits, of rule or schedule, target and moment: the client token of its RunTask. */
  readonly id: string;
  readonly source: RunSource;
  /** As it was when the moment came. */
  readonly target: RuleTarget<EcsTarget>;
  readonly dueAt: string;
  /** Tries that are over, and those of them that ECS refused. */
  readonly attempts: number;
  readonly refusals: number;
  readonly retryAt: string;
}
