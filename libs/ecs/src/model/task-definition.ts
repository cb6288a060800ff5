import type { Attribute, Instant, NameValue, Tag } from './common.js';
import type { TaskDefinitionArn } from './ids.js';
import type { AccountId, Region } from '#lib/kernel';

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

/** The highest revision ever registered in a family (revisions are never given twice, also after deletion). */
export interface TaskDefinitionFamily extends Readonly<Record<string, unknown>> {
  readonly family: string;
  readonly accountId: AccountId;
  readonly region: Region;
  readonly latestRevision: number;
}
