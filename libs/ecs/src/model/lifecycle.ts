import type { Instant } from './common.js';

/** Through these a deployment goes that moves traffic from one revision to another [sdk ServiceDeploymentLifecycleStage], in their order. */
export const LIFECYCLE_STAGES = [
  'RECONCILE_SERVICE',
  'PRE_SCALE_UP',
  'SCALE_UP',
  'POST_SCALE_UP',
  'TEST_TRAFFIC_SHIFT',
  'POST_TEST_TRAFFIC_SHIFT',
  'PRE_PRODUCTION_TRAFFIC_SHIFT',
  'PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
  'BAKE_TIME',
  'CLEAN_UP',
] as const;
export type LifecycleStage = (typeof LIFECYCLE_STAGES)[number];

export type DeploymentStrategy = 'ROLLING' | 'BLUE_GREEN' | 'LINEAR' | 'CANARY';

export type HookAction = 'CONTINUE' | 'ROLLBACK';

/** As it was given, with ECS's defaults. */
export interface LifecycleHook {
  readonly targetType: 'AWS_LAMBDA' | 'PAUSE';
  /** Of AWS_LAMBDA; here it is the URL that is called. */
  readonly hookTargetArn?: string;
  readonly roleArn?: string;
  readonly lifecycleStages: readonly LifecycleStage[];
  /** JSON that each call is given. */
  readonly hookDetails?: unknown;
  readonly timeoutConfiguration: { readonly timeoutInMinutes: number; readonly action: HookAction };
}

export type HookStatus = 'AWAITING_ACTION' | 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';

/** A hook of the stage that a deployment is in. */
export interface HookState {
  readonly hookId: string;
  readonly targetType: LifecycleHook['targetType'];
  readonly targetArn?: string;
  readonly status: HookStatus;
  readonly startedAt: Instant;
  readonly expiresAt: Instant;
  readonly timeoutAction: HookAction;
  /** While it is IN_PROGRESS: not called before. Absent: at once. */
  readonly nextCallAt?: Instant;
  /** What the next call is given: the configuration's, or what the last answer said. */
  readonly hookDetails?: unknown;
  readonly reason?: string;
}

/** Which share of the traffic a deployment is to have, in percent; the rest goes to the other side of its load balancers. */
export interface TrafficShares {
  readonly production: number;
  readonly test: number;
}

/** How far a deployment is that does more than to replace tasks. */
export interface DeploymentLifecycle {
  readonly strategy: DeploymentStrategy;
  readonly stage: LifecycleStage;
  /** When the stage began. */
  readonly since: Instant;
  /** The deployment that its traffic is taken from: what a rollback goes back to. Absent: there is none yet. */
  readonly sourceId?: string;
  /** Wanted; absent where no traffic is moved. */
  readonly shares?: TrafficShares;
  /** When the load balancer said that it is so. Absent: not yet. */
  readonly shiftedAt?: Instant;
  /** What the load balancer lacks for it. */
  readonly shiftReason?: string;
  /** Of the stage; absent before they are due. */
  readonly hooks?: readonly HookState[];
  /** Traffic comes back to it from one that failed. */
  readonly isRollback?: true;
}
