import type {
  AccountId,
  ClusterArn,
  ContainerInstanceArn,
  InstanceId,
  Region,
  ServiceArn,
  TaskArn,
  TaskDefinitionArn,
} from './ids.js';

/**
 * The things of the `ecs` journal. Field names and shapes are ECS's own wherever ECS has them, so that describing a thing is
 * leaving out what is ours. Instants are ISO-8601 strings with milliseconds. All values are immutable.
 */
export type Instant = string;

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface NameValue {
  readonly name: string;
  readonly value?: string;
}

export interface Attribute {
  readonly name: string;
  readonly value?: string;
  readonly targetType?: 'container-instance';
  readonly targetId?: string;
}

export interface Account {
  readonly accountId: AccountId;
  /** The installation's first account: it may make accounts and keys for others. */
  readonly administrator: boolean;
  readonly createdAt: Instant;
}

export interface AccessKey {
  readonly accessKeyId: string;
  readonly accountId: AccountId;
  /** `arn:aws:iam::<account>:root` or `…:user/<name>`. */
  readonly principalArn: string;
  /** The secret, sealed with the installation's master key (AES-256-GCM, base64). Never in clear in the journal. */
  readonly sealedSecret: string;
  readonly status: 'Active' | 'Inactive';
  readonly createdAt: Instant;
}

export interface AccountSetting {
  readonly accountId: AccountId;
  readonly region: Region;
  readonly name: string;
  readonly value: string;
  /** The principal the setting is for; undefined for the account's default. */
  readonly principalArn?: string;
}

export interface Cluster {
  readonly clusterArn: ClusterArn;
  readonly clusterName: string;
  readonly accountId: AccountId;
  readonly region: Region;
  readonly status: 'ACTIVE' | 'INACTIVE';
  readonly settings: readonly NameValue[];
  readonly configuration?: Readonly<Record<string, unknown>>;
  readonly serviceConnectDefaults?: Readonly<Record<string, unknown>>;
  readonly capacityProviders: readonly string[];
  readonly defaultCapacityProviderStrategy: readonly Readonly<Record<string, unknown>>[];
  readonly tags: readonly Tag[];
  readonly createdAt: Instant;
  readonly deletedAt?: Instant;
}

export interface PortMapping {
  readonly containerPort?: number;
  readonly hostPort?: number;
  readonly protocol?: string;
  readonly name?: string;
  readonly appProtocol?: string;
  readonly containerPortRange?: string;
}

export interface ContainerDependency {
  readonly containerName: string;
  readonly condition: 'START' | 'COMPLETE' | 'SUCCESS' | 'HEALTHY';
}

export interface HealthCheck {
  readonly command: readonly string[];
  /** Seconds. */
  readonly interval?: number;
  readonly timeout?: number;
  readonly retries?: number;
  readonly startPeriod?: number;
}

/** A container definition as registered (ECS's defaults filled in). Fields without a type here are passed on as they are. */
export interface ContainerDefinition {
  readonly name: string;
  readonly image: string;
  readonly cpu: number;
  readonly memory?: number;
  readonly memoryReservation?: number;
  readonly essential: boolean;
  readonly portMappings: readonly PortMapping[];
  readonly environment: readonly NameValue[];
  readonly mountPoints: readonly { sourceVolume?: string; containerPath?: string; readOnly?: boolean }[];
  readonly volumesFrom: readonly { sourceContainer?: string; readOnly?: boolean }[];
  readonly command?: readonly string[];
  readonly entryPoint?: readonly string[];
  readonly links?: readonly string[];
  readonly dependsOn?: readonly ContainerDependency[];
  readonly healthCheck?: HealthCheck;
  /** Seconds. */
  readonly startTimeout?: number;
  readonly stopTimeout?: number;
  readonly restartPolicy?: {
    readonly enabled: boolean;
    readonly ignoredExitCodes?: readonly number[];
    readonly restartAttemptPeriod?: number;
  };
  readonly user?: string;
  readonly workingDirectory?: string;
  readonly hostname?: string;
  readonly privileged?: boolean;
  readonly readonlyRootFilesystem?: boolean;
  readonly interactive?: boolean;
  readonly pseudoTerminal?: boolean;
  readonly dnsServers?: readonly string[];
  readonly dnsSearchDomains?: readonly string[];
  readonly extraHosts?: readonly { hostname: string; ipAddress: string }[];
  readonly dockerLabels?: Readonly<Record<string, string>>;
  readonly dockerSecurityOptions?: readonly string[];
  readonly ulimits?: readonly { name: string; softLimit: number; hardLimit: number }[];
  readonly systemControls?: readonly { namespace?: string; value?: string }[];
  readonly linuxParameters?: {
    readonly initProcessEnabled?: boolean;
    readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
    readonly tmpfs?: readonly { containerPath: string; size: number; mountOptions?: readonly string[] }[];
    readonly sharedMemorySize?: number;
    readonly devices?: readonly { hostPath: string; containerPath?: string; permissions?: readonly string[] }[];
    readonly maxSwap?: number;
    readonly swappiness?: number;
  };
  readonly resourceRequirements?: readonly { type: string; value: string }[];
  readonly logConfiguration?: { readonly logDriver: string; readonly options?: Readonly<Record<string, string>> };
  readonly [field: string]: unknown;
}

export interface Volume {
  readonly name?: string;
  readonly host?: { readonly sourcePath?: string };
  readonly dockerVolumeConfiguration?: {
    readonly scope?: 'task' | 'shared';
    readonly autoprovision?: boolean;
    readonly driver?: string;
    readonly driverOpts?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly efsVolumeConfiguration?: {
    readonly rootDirectory?: string;
    readonly transitEncryption?: string;
    readonly authorizationConfig?: { readonly accessPointId?: string; readonly iam?: string };
  };
  readonly [field: string]: unknown;
}

export interface PlacementConstraint {
  readonly type: 'distinctInstance' | 'memberOf';
  readonly expression?: string;
}

export interface PlacementStrategy {
  readonly type: 'random' | 'spread' | 'binpack';
  readonly field?: string;
}

export interface TaskDefinition {
  readonly taskDefinitionArn: TaskDefinitionArn;
  readonly accountId: AccountId;
  readonly region: Region;
  readonly family: string;
  readonly revision: number;
  readonly status: 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';
  readonly containerDefinitions: readonly ContainerDefinition[];
  readonly volumes: readonly Volume[];
  readonly placementConstraints: readonly PlacementConstraint[];
  readonly networkMode?: 'bridge' | 'host' | 'awsvpc' | 'none';
  readonly taskRoleArn?: string;
  readonly executionRoleArn?: string;
  /** Task-level CPU units and MiB, as ECS gives them back: decimal strings. */
  readonly cpu?: string;
  readonly memory?: string;
  readonly pidMode?: string;
  readonly ipcMode?: string;
  readonly compatibilities: readonly string[];
  readonly requiresCompatibilities?: readonly string[];
  readonly requiresAttributes: readonly Attribute[];
  readonly registeredAt: Instant;
  readonly registeredBy: string;
  readonly deregisteredAt?: Instant;
  readonly deleteRequestedAt?: Instant;
  readonly tags: readonly Tag[];
  /** sha-256 of the definition's content: agents cache by it. */
  readonly digest: string;
  readonly runtimePlatform?: { readonly cpuArchitecture?: string; readonly operatingSystemFamily?: string };
  readonly proxyConfiguration?: Readonly<Record<string, unknown>>;
  readonly ephemeralStorage?: Readonly<Record<string, unknown>>;
  readonly inferenceAccelerators?: readonly Readonly<Record<string, unknown>>[];
  readonly enableFaultInjection?: boolean;
}

/** CPU units (1024 = one vCPU), MiB, and host ports. The one `fits` compares these. */
export interface Resources {
  readonly cpu: number;
  readonly memoryMiB: number;
  readonly gpu: number;
  readonly portsTcp: readonly number[];
  readonly portsUdp: readonly number[];
}

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
}

export type TaskStatus =
  'PROVISIONING' | 'PENDING' | 'ACTIVATING' | 'RUNNING' | 'DEACTIVATING' | 'STOPPING' | 'DEPROVISIONING' | 'STOPPED';

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

export interface Task {
  readonly taskArn: TaskArn;
  readonly clusterArn: ClusterArn;
  readonly accountId: AccountId;
  readonly region: Region;
  readonly taskDefinitionArn: TaskDefinitionArn;
  readonly containerInstanceArn: ContainerInstanceArn;
  readonly group: string;
  readonly startedBy?: string;
  /** Of a service's task. */
  readonly replica?: Replica;
  readonly launchType: 'EC2' | 'EXTERNAL';
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
  /** When its health checks said HEALTHY for the first time. */
  readonly firstHealthyAt?: Instant;
  readonly stoppingAt?: Instant;
  readonly executionStoppedAt?: Instant;
  readonly stoppedAt?: Instant;
  readonly stopCode?: StopCode;
  readonly stoppedReason?: string;
  /** Until then neither scale-in nor a roll-out stops it (UpdateTaskProtection). */
  readonly protectedUntil?: Instant;
  /** Held on the instance from placement until STOPPED; fixed host ports only (reported ones are in the bindings). */
  readonly reservation: Resources;
  /** The last report sequence folded: an older report changes nothing. */
  readonly reportSequence: number;
  /** The commits that its story is in (evolve/revisions.ts), rising. */
  readonly revisions: readonly number[];
}

/** A remembered clientToken: with the same parameters it is answered again, with others refused. Lives 24 hours. */
export interface RequestToken {
  readonly digest: string;
  readonly operation: string;
  readonly recordedAt: Instant;
  /** The ordinals placed under it: never placed again, also when the live fold has forgotten the stopped task. */
  readonly placedOrdinals: readonly number[];
}

/** The highest revision ever registered in a family (revisions are never given twice, also after deletion). */
export interface TaskDefinitionFamily extends Readonly<Record<string, unknown>> {
  readonly family: string;
  readonly accountId: AccountId;
  readonly region: Region;
  readonly latestRevision: number;
}
