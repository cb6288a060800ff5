import type { Attribute, Tag } from '../model/common.js';
import type { PlacementConstraint, PlacementStrategy } from '../model/task-definition.js';
import { capacityProviderOf, type CapacityProviderStrategyItem } from '../model/capacity-providers.js';
import type { EphemeralStorage, LaunchType, NetworkConfiguration, Task, TaskOverride } from '../model/task.js';
import type { ClusterArn, ContainerInstanceArn, TaskDefinitionArn } from '../model/ids.js';

/** What the scheduler's plan and the writer's answer to it look like: the command `PlaceTasks` of the `ecs` journal. */
export interface Placement {
  /** 0 … count-1 within the request. With the request token it makes the task's id, so a retry names the same task. */
  readonly ordinal: number;
  readonly containerInstanceArn: ContainerInstanceArn;
}

/** What every task of one RunTask or StartTask has in common. */
export interface TaskTemplate {
  readonly group: string;
  readonly startedBy?: string;
  readonly launchType: LaunchType;
  /** Which of them a task has follows from its number. */
  readonly capacityProviderStrategy?: readonly CapacityProviderStrategyItem[];
  readonly networkConfiguration?: NetworkConfiguration;
  readonly ephemeralStorage?: EphemeralStorage;
  readonly overrides: TaskOverride;
  readonly enableExecuteCommand: boolean;
  readonly tags: readonly Tag[];
  readonly attributes?: readonly Attribute[];
  /** CPU units and MiB as ECS gives them back on a task: decimal strings. */
  readonly cpu: string;
  readonly memory: string;
}

/** Of the task with this number, if its request has a strategy. */
export const providerOfTask = (
  { capacityProviderStrategy = [] }: Pick<TaskTemplate, 'capacityProviderStrategy'>,
  number: number,
) => capacityProviderOf(capacityProviderStrategy, number);

export interface PlaceTasksInput {
  readonly clusterArn: ClusterArn;
  readonly taskDefinitionArn: TaskDefinitionArn;
  /** The caller's clientToken, or else the request id. */
  readonly requestToken: string;
  /** Whether the caller gave the token, so that it is remembered for 24 hours; a request id is good for the gateway's retries only. */
  readonly rememberToken: boolean;
  readonly operation: 'RunTask' | 'StartTask';
  /** sha-256 of the request's parameters: the same token with another digest is refused. */
  readonly digest: string;
  readonly count: number;
  readonly template: TaskTemplate;
  /** The request's own constraints (the task definition's are known): checked again on the state as the writer sees it. */
  readonly placementConstraints: readonly PlacementConstraint[];
  readonly placements: readonly Placement[];
  /** Ordinals that have no place yet, and a capacity provider that grows: they wait. */
  readonly waiting?: readonly number[];
  /** For the plans that are made later for those that wait. */
  readonly placementStrategy?: readonly PlacementStrategy[];
}

/** A placement that does not hold any more on the state as the writer sees it. */
export interface StalePlacement extends Placement {
  /** ECS's reason: `RESOURCE:MEMORY`, `AGENT`, … */
  readonly reason: string;
}

export interface PlaceTasksReply {
  /** Placed now, or by an earlier attempt under the same token. */
  readonly placed: readonly Task[];
  readonly stale: readonly StalePlacement[];
}
