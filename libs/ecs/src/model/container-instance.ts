import type { ClusterArn, ContainerInstanceArn, InstanceId } from './ids.js';
import type { AccountId, Region } from '#lib/kernel';
import type { Attribute, Instant, Resources, Tag } from './common.js';

export type ContainerInstanceStatus =
  'REGISTERING' | 'REGISTRATION_FAILED' | 'ACTIVE' | 'DRAINING' | 'DEREGISTERING' | 'INACTIVE';

export interface ContainerInstance {
  readonly containerInstanceArn: ContainerInstanceArn;
  readonly instanceId: InstanceId;
  readonly clusterArn: ClusterArn;
  readonly accountId: AccountId;
  readonly region: Region;
  readonly ec2InstanceId: string;
  readonly status: ContainerInstanceStatus;
  readonly statusReason?: string;
  readonly agentConnected: boolean;
  readonly versionInfo: Readonly<Record<string, string>>;
  readonly registeredAt: Instant;
  /** What the host offers. `portsTcp`/`portsUdp` are the ports that are never given to tasks. */
  readonly registered: Resources;
  /** What is reserved by tasks that are not STOPPED: kept by `evolve`, never counted again. Ports include reported dynamic ones. */
  readonly reserved: Resources;
  readonly attributes: readonly Attribute[];
  readonly tags: readonly Tag[];
  /** Rises with each change that ECS's events would show. */
  readonly version: number;
  /** Tasks on it by `lastStatus`: PENDING covers everything before RUNNING. */
  readonly runningTasksCount: number;
  readonly pendingTasksCount: number;
  readonly deregisteredAt?: Instant;
  /** Registered through the API only: no agent has ever spoken for it. */
  readonly withoutAgent?: true;
}
