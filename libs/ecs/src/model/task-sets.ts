import type { Instant, Tag } from './common.js';
import type { AccountId, Region } from '#lib/kernel';
import type { ClusterArn, ServiceArn, TaskSetArn } from './ids.js';
import type { Rollout } from './services.js';
import type { LaunchType } from './task.js';

/** How much of its service's desired count a task set keeps running. */
export interface Scale {
  /** 0 to 100, fractions included. */
  readonly value: number;
  readonly unit: 'PERCENT';
}

export type StabilityStatus = 'STEADY_STATE' | 'STABILIZING';

/** A part of a service whose deployments someone else controls: one revision, and how much of the desired count it runs. */
export interface TaskSet extends Rollout {
  readonly taskSetArn: TaskSetArn;
  readonly serviceArn: ServiceArn;
  readonly clusterArn: ClusterArn;
  readonly accountId: AccountId;
  readonly region: Region;
  /** PRIMARY serves production traffic; at most one does. DRAINING: deleted, until its tasks are gone. */
  readonly status: 'PRIMARY' | 'ACTIVE' | 'DRAINING';
  readonly launchType: LaunchType;
  readonly scale: Scale;
  readonly externalId?: string;
  /** Made under this clientToken: the same request again is answered, another under the token is refused. */
  readonly creation?: { readonly clientToken: string; readonly digest: string };
  readonly stabilityStatus: StabilityStatus;
  /** When it last became steady, or ceased to be. */
  readonly stabilityStatusAt: Instant;
  readonly tags: readonly Tag[];
}

/** ECS counts those that drain, too. */
export const MAX_TASK_SETS = 5;
