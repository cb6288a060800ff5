import type { Attribute, Instant, NameValue, Resources, Tag } from './common.js';
import type { ClusterArn, ContainerInstanceArn, ServiceArn, TaskArn, TaskDefinitionArn } from './ids.js';
import type { PlacementConstraint, PlacementStrategy } from './task-definition.js';
import type { AccountId, Region } from '#lib/kernel';

export type TaskStatus =
  'PROVISIONING' | 'PENDING' | 'ACTIVATING' | 'RUNNING' | 'DEACTIVATING' | 'STOPPING' | 'DEPROVISIONING' | 'STOPPED';

/** FARGATE: any host that offers it, whatever cluster it is in. */
export type LaunchType = 'EC2' | 'FARGATE' | 'EXTERNAL';

/** Of a task in `awsvpc` mode, as ECS gives it back: no member is left out. */
export interface NetworkConfiguration {
  readonly awsvpcConfiguration: {
    readonly subnets: readonly string[];
    readonly securityGroups: readonly string[];
    readonly assignPublicIp: 'ENABLED' | 'DISABLED';
  };
}

/** What a task in `awsvpc` mode has the network by. */
export interface NetworkInterface {
  readonly networkInterfaceId: string;
  readonly subnetId: string;
  readonly macAddress: string;
  readonly privateIpv4Address: string;
  readonly privateDnsName: string;
}

export interface EphemeralStorage {
  readonly sizeInGiB: number;
}

export type StopCode =
  | 'TaskFailedToStart'
  | 'EssentialContainerExited'
  | 'UserInitiated'
  | 'ServiceSchedulerInitiated'
  | 'SpotInterruption'
  | 'TerminationNotice'
  | 'InfrastructureHealth';

export type HealthStatus = 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';

export interface NetworkBinding {
  readonly bindIP: string;
  readonly containerPort: number;
  readonly hostPort: number;
  readonly protocol: 'tcp' | 'udp';
}

export interface Container {
  readonly containerArn: string;
  readonly name: string;
  readonly image: string;
  readonly imageDigest?: string;
  readonly runtimeId?: string;
  readonly lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly exitCode?: number;
  readonly reason?: string;
  readonly networkBindings: readonly NetworkBinding[];
  readonly healthStatus: HealthStatus;
  readonly cpu: string;
  readonly memory?: string;
  readonly memoryReservation?: string;
  readonly essential: boolean;
  /** How often the agent restarted it under its restart policy. */
  readonly restartCount?: number;
}

export interface ContainerOverride {
  readonly name?: string;
  readonly command?: readonly string[];
  readonly environment?: readonly NameValue[];
  readonly environmentFiles?: readonly unknown[];
  readonly cpu?: number;
  readonly memory?: number;
  readonly memoryReservation?: number;
  readonly resourceRequirements?: readonly { type: string; value: string }[];
}

export interface TaskOverride {
  readonly containerOverrides?: readonly ContainerOverride[];
  readonly cpu?: string;
  readonly memory?: string;
  readonly taskRoleArn?: string;
  readonly executionRoleArn?: string;
  readonly [field: string]: unknown;
}

/** Which replica of which deployment a task is: together they make its id, so no replica is ever started twice. */
export interface Replica {
  readonly serviceArn: ServiceArn;
  /** Or of the task set. */
  readonly deploymentId: string;
  /** 0 … desiredCount-1; held by one live task at a time. */
  readonly number: number;
  /** How many tasks the deployment had placed before this one. */
  readonly attempt: number;
  /** It was started to rebalance the service: that one stops when this one is healthy. */
  readonly replaces?: TaskArn;
}

/** A place behind a load balancer that a task of a service takes: a container's port in a target group. */
export interface TaskTarget extends TargetKey {
  /** Only rises. `draining`: the task is to end, and gets no new connections. */
  readonly state: 'pending' | 'registered' | 'draining' | 'drained';
  /** By the target group's health checks, as the load balancer last told it. */
  readonly health: 'initial' | 'healthy' | 'unhealthy';
  /** Why it is not registered, or not healthy: the load balancer's words. */
  readonly reason?: string;
  /** The target group's deregistration delay when it was registered: how long its connections have to end. */
  readonly deregistrationDelayMs?: number;
}

/** Tells a target of a task from its others. */
export interface TargetKey {
  readonly targetGroupArn: string;
  readonly containerName: string;
  readonly containerPort: number;
}

export interface WaitingRequest {
  readonly ordinal: number;
  readonly placementConstraints: readonly PlacementConstraint[];
  readonly placementStrategy: readonly PlacementStrategy[];
}

export interface Task {
  readonly taskArn: TaskArn;
  readonly clusterArn: ClusterArn;
  readonly accountId: AccountId;
  readonly region: Region;
  readonly taskDefinitionArn: TaskDefinitionArn;
  /** NO_INSTANCE while it waits for capacity. */
  readonly containerInstanceArn: ContainerInstanceArn;
  readonly group: string;
  readonly startedBy?: string;
  /** Of a service's task. */
  readonly replica?: Replica;
  readonly launchType: LaunchType;
  /** Of the cluster's strategy that chose it. */
  readonly capacityProviderName?: string;
  /** What its request said of a place; of one that waits for capacity. */
  readonly waits?: WaitingRequest;
  /** Of one in `awsvpc` mode: what its interface is made of. */
  readonly networkConfiguration?: NetworkConfiguration;
  /** Of one in `awsvpc` mode, when its host has told of it. */
  readonly networkInterface?: NetworkInterface;
  /** Of one on Fargate. */
  readonly ephemeralStorage?: EphemeralStorage;
  readonly cpu: string;
  readonly memory: string;
  readonly overrides: TaskOverride;
  readonly enableExecuteCommand: boolean;
  readonly attributes: readonly Attribute[];
  readonly tags: readonly Tag[];
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly lastStatus: TaskStatus;
  readonly healthStatus: HealthStatus;
  readonly containers: readonly Container[];
  /** From 1; rises with each state change (`detail.version` of ECS's events). */
  readonly version: number;
  readonly connectivity?: 'CONNECTED' | 'DISCONNECTED';
  readonly connectivityAt?: Instant;
  readonly createdAt: Instant;
  readonly pullStartedAt?: Instant;
  readonly pullStoppedAt?: Instant;
  readonly startedAt?: Instant;
  /** When its health checks said HEALTHY for the first time; with targets: when those of them all, and of its containers, first did. */
  readonly firstHealthyAt?: Instant;
  readonly stoppingAt?: Instant;
  readonly executionStoppedAt?: Instant;
  readonly stoppedAt?: Instant;
  /**
   * When the journal heard that it runs, that it begins to end, that it has ended: ages and deadlines count from these, for the instants
   * above are of a host's clock. Absent in tasks of before they were kept.
   */
  readonly runningSince?: Instant;
  readonly endingSince?: Instant;
  readonly endedSince?: Instant;
  readonly stopCode?: StopCode;
  readonly stoppedReason?: string;
  /** Behind load balancers. Absent: it has no part in any. */
  readonly targets?: readonly TaskTarget[];
  /** While it is DEACTIVATING: when its containers stop at the latest, drained or not. */
  readonly drainDeadlineAt?: Instant;
  /** Until then neither scale-in nor a roll-out stops it (UpdateTaskProtection). */
  readonly protectedUntil?: Instant;
  /** Held on the instance from placement until STOPPED; fixed host ports only (reported ones are in the bindings). */
  readonly reservation: Resources;
  /** The last report sequence folded: an older report changes nothing. */
  readonly reportSequence: number;
  /** The commits that its story is in (evolve/revisions.ts), rising. */
  readonly revisions: readonly number[];
}

/** In the place of an instance, of a task that waits for one. */
export const NO_INSTANCE = '' as ContainerInstanceArn;

/** It was accepted for a capacity provider with managed scaling, and no instance had room for it yet. */
export const waitsForCapacity = ({ containerInstanceArn, lastStatus }: Pick<Task, 'containerInstanceArn' | 'lastStatus'>) =>
  containerInstanceArn === NO_INSTANCE && lastStatus !== 'STOPPED';

/** In which of its instance's and its cluster's counts a task is. */
export const countedAs = (status: TaskStatus): 'running' | 'pending' | 'none' =>
  status === 'STOPPED' ? 'none' : BEFORE_RUNNING.includes(status) ? 'pending' : 'running';

const BEFORE_RUNNING: readonly TaskStatus[] = ['PROVISIONING', 'PENDING', 'ACTIVATING'];
