import type { Instant } from '../model/common.js';
import type { LifecycleStage } from '../model/lifecycle.js';
import type { TaskStatus } from '../model/task.js';

/**
 * The answer of `Explain`: how a task or a service came to be as it is, and what it waits for. Sentences are for people; whatever
 * a program may want to follow is beside them as ARNs, counts and instants.
 */
export interface Explanation {
  readonly subject: TaskSubject | ServiceSubject;
  /** The moment that is explained: now, or that of an as-of read. */
  readonly at: Instant;
  /** How it is, and why, in one or two sentences. */
  readonly summary: string;
  readonly task?: TaskNow;
  readonly service?: ServiceNow;
  /** What happened, the oldest first. */
  readonly steps: readonly Step[];
}

/** One thing that happened: a transaction of the journal, or one transition in it. */
export interface Step {
  readonly at: Instant;
  /** Of the `ecs` journal: `./longshore journal inspect <revision>` shows everything. */
  readonly revision: number;
  readonly what: string;
  /** ARN of the caller of an API request; otherwise the app that decided. */
  readonly who: string;
  /** The key that signed the request. */
  readonly accessKeyId?: string;
  /** API operation or command, with the id of its request. */
  readonly operation?: string;
  readonly requestId?: string;
  readonly because?: string;
  readonly details?: readonly string[];
}

export interface TaskSubject {
  readonly kind: 'task';
  readonly arn: string;
  readonly clusterArn: string;
  readonly taskDefinitionArn: string;
  readonly containerInstanceArn?: string;
  readonly serviceArn?: string;
}

export interface ServiceSubject {
  readonly kind: 'service';
  readonly arn: string;
  readonly clusterArn: string;
}

export interface TaskNow {
  readonly lastStatus: TaskStatus;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly stopCode?: string;
  readonly stoppedReason?: string;
  readonly replica?: { readonly deploymentId: string; readonly number: number; readonly attempt: number };
  /** The task of the same replica before it, and the one after it, as long as they are remembered. */
  readonly replaces?: RelatedTask;
  readonly replacedBy?: RelatedTask;
  readonly placement?: PlacementAnswers;
  readonly waitsFor: readonly Wait[];
  /** Where it is otherwise than it would be on ECS; absent where it is not. */
  readonly differences?: readonly string[];
}

export interface RelatedTask {
  readonly taskArn: string;
  readonly lastStatus: TaskStatus;
  readonly containerInstanceArn: string;
  readonly at: Instant;
  readonly why?: string;
}

/** What the container instances of a cluster say to one task, by the same filters that place it. */
export interface PlacementAnswers {
  /** The revision whose state was asked; absent for now. */
  readonly revision?: number;
  readonly asked: number;
  readonly willing: number;
  readonly refusals: readonly RefusalGroup[];
  /** Why the instances cannot be asked. */
  readonly unavailable?: string;
}

export interface RefusalGroup {
  /** ECS's: `RESOURCE:MEMORY`, `AGENT`, `ATTRIBUTE`, … */
  readonly reason: string;
  /** What refuses, as the end of a sentence. */
  readonly why: string;
  readonly count: number;
  /** At most `MAX_NAMED_INSTANCES` of them. */
  readonly containerInstanceArns: readonly string[];
}

/** Something that has to happen first; `until` where time alone brings it. */
export interface Wait {
  readonly what: string;
  readonly until?: Instant;
}

export interface ServiceNow {
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly steady: boolean;
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly pendingCount: number;
  readonly healthyCount: number;
  /** By the deployment's percentages: never fewer healthy tasks, never more live ones. */
  readonly leastHealthy: number;
  readonly mostLive: number;
  readonly deployments: readonly DeploymentNow[];
  /** Why it is not steady. */
  readonly obstacles: readonly Obstacle[];
  readonly waitsFor: readonly Wait[];
  /** How tasks failed in the last hour, equal ends together. */
  readonly failures: readonly FailureGroup[];
}

/** A deployment, or a task set of a service whose deployments someone else controls. */
export interface DeploymentNow {
  readonly id: string;
  readonly status: 'PRIMARY' | 'ACTIVE' | 'DRAINING';
  /** A task set's is its `stabilityStatus`. */
  readonly rolloutState: string;
  readonly taskDefinitionArn: string;
  readonly wanted: number;
  readonly running: number;
  readonly pending: number;
  readonly healthy: number;
  readonly stopping: number;
  readonly startedAt: Instant;
  /** Who asked for it, when the journal's commit could be read. */
  readonly startedBy?: Pick<Step, 'who' | 'accessKeyId' | 'operation' | 'requestId' | 'revision'>;
  readonly failedTasks: number;
  /** Absent without a circuit breaker. */
  readonly failureThreshold?: number;
  /** No task is started before. */
  readonly throttledUntil?: Instant;
  /** What makes a task of it healthy. */
  readonly healthyWhen: string;
  /** Only for tasks without health checks and targets. */
  readonly healthyAfterMs?: number;
  /** Of one that moves traffic, or bakes. */
  readonly lifecycle?: LifecycleNow;
}

export interface LifecycleNow {
  readonly stage: LifecycleStage;
  readonly since: Instant;
  /** Percent that it is to have; whether the load balancer says that it has them. */
  readonly productionWeight?: number;
  readonly testWeight?: number;
  readonly inForce?: boolean;
  /** What the load balancer lacks for it. */
  readonly shiftReason?: string;
  readonly hooks: readonly {
    readonly hookId: string;
    readonly targetType: string;
    readonly targetArn?: string;
    readonly status: string;
    readonly reason?: string;
  }[];
}

export interface Obstacle {
  readonly what: string;
  readonly details?: readonly string[];
  readonly placement?: PlacementAnswers;
}

export interface FailureGroup {
  readonly count: number;
  readonly why: string;
  readonly deploymentId?: string;
  readonly lastAt: Instant;
  readonly lastTaskArn: string;
}
