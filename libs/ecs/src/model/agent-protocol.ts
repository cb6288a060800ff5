import type { Attribute, Tag } from './common.js';
import type { AliasPort } from './service-connect-ports.js';
import type { ContainerDefinition, Volume } from './task-definition.js';
import type { HealthStatus, NetworkBinding, NetworkInterface, TaskOverride } from './task.js';

/**
 * What the control plane and an agent say to each other. Agent → control plane: requests on `agent.<account>.<region>.<instance>.*`
 * (the subject proves the sender). Control plane → agent: one KV key an instance, the assignment.
 */

/** `register`: at every start of an agent. */
export interface RegisterRequest {
  readonly cluster: string;
  /** CPU units, MiB; `ports*` are ports never given to tasks. */
  readonly resources: { cpu: number; memoryMiB: number; gpu: number; portsTcp: number[]; portsUdp: number[] };
  /** Capabilities (`com.amazonaws.ecs.capability.*`), `ecs.*` and custom attributes. */
  readonly attributes: readonly Attribute[];
  readonly versionInfo: { agentVersion: string; agentHash: string; dockerVersion: string };
  /** The host's name for itself; ECS's `ec2InstanceId` field. */
  readonly hostId: string;
}
export interface RegisterReply {
  readonly containerInstanceArn: string;
  readonly clusterName: string;
  readonly journalId: string;
}

/** `report`: what became of tasks, cumulatively. Counts only when answered; until then it is kept on the host's disk and sent again. */
export interface ReportRequest {
  readonly tasks: readonly TaskReport[];
}
export interface ReportReply {
  /** The reports that are committed (or that change nothing): taskArn → sequence. */
  readonly acknowledged: Readonly<Record<string, number>>;
  /** Tasks that are not this instance's (any more): stop them and forget them. */
  readonly strays: readonly string[];
}

export interface TaskReport {
  readonly taskArn: string;
  /** Rises with each change of this task's report; survives restarts of the agent (it is on disk). */
  readonly sequence: number;
  /** How far the task has come. The decider emits every transition between what is folded and this. */
  readonly status: 'PENDING' | 'RUNNING' | 'STOPPING' | 'DEPROVISIONING' | 'STOPPED';
  readonly containers: readonly ContainerReport[];
  /** ISO instants of what has happened so far. */
  readonly pullStartedAt?: string;
  readonly pullStoppedAt?: string;
  readonly startedAt?: string;
  readonly stoppingAt?: string;
  readonly executionStoppedAt?: string;
  readonly stoppedAt?: string;
  readonly healthStatus: HealthStatus;
  /** Why it stops or stopped, when the agent is the one who knows (not when the assignment asked for it). */
  readonly stopCode?: 'TaskFailedToStart' | 'EssentialContainerExited';
  readonly stoppedReason?: string;
}

export interface ContainerReport {
  readonly name: string;
  readonly lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly runtimeId?: string;
  readonly imageDigest?: string;
  readonly exitCode?: number;
  /** ≤ 1024 characters, ECS's prefixes: `CannotPullContainerError: …`, `OutOfMemoryError: …`. */
  readonly reason?: string;
  readonly networkBindings: readonly NetworkBinding[];
  readonly healthStatus: HealthStatus;
  readonly restartCount: number;
}

/** `task-definition`: fetched once by ARN and digest, then cached on the host's disk. */
export interface TaskDefinitionRequest {
  readonly taskDefinitionArn: string;
}
export interface TaskDefinitionPayload {
  readonly taskDefinitionArn: string;
  readonly digest: string;
  readonly family: string;
  readonly revision: number;
  readonly networkMode?: 'bridge' | 'host' | 'awsvpc' | 'none';
  readonly containerDefinitions: readonly ContainerDefinition[];
  readonly volumes: readonly Volume[];
  readonly pidMode?: string;
  readonly ipcMode?: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly taskRoleArn?: string;
  readonly requiresCompatibilities?: readonly string[];
}

/** `task`: what the endpoint of one of the instance's own tasks is asked, and only the control plane can answer. */
export type TaskQuestion = { readonly taskArn: string } & (
  | { readonly about: 'facts' }
  | { readonly about: 'credentials' }
  /** Without `change` it is only told. */
  | { readonly about: 'protection'; readonly change?: ProtectionChange }
);
export interface ProtectionChange {
  readonly protectionEnabled: boolean;
  readonly expiresInMinutes?: number;
}
/** `refused`: with AWS's code. No answer at all: ask again. */
export type TaskReply<Answer = unknown> =
  { readonly answer: Answer } | { readonly refused: { readonly code: string; readonly message: string } };

/** Of a task, what its host does not know otherwise. */
export interface TaskFacts {
  readonly launchType: string;
  readonly availabilityZone?: string;
  readonly serviceName?: string;
  readonly taskTags: readonly Tag[];
  readonly containerInstanceTags: readonly Tag[];
}

/** Short-lived keys of a task's role. */
export interface TaskCredentials {
  readonly roleArn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: string;
}

/** As the API says it; `failure` when this task's cannot be told or changed. */
export interface TaskProtectionAnswer {
  readonly protectedTasks: readonly {
    readonly taskArn: string;
    readonly protectionEnabled: boolean;
    readonly expirationDate?: string;
  }[];
  readonly failures: readonly { readonly arn: string; readonly reason: string; readonly detail: string }[];
}

/**
 * `secrets`: what the containers of one of the instance's tasks are given beside their definition. Beside the verbs: whoever hears agents does
 * not hear this. Values are kept in memory only, wherever they come.
 */
export interface TaskSecretsRequest {
  readonly taskArn: string;
}
export type TaskSecretsReply =
  { readonly containers: Readonly<Record<string, ContainerSecrets>> } | { readonly failure: TaskSecretsFailure };
export interface ContainerSecrets {
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly logOptions: readonly { readonly name: string; readonly value: string }[];
  readonly registry?: RegistryLogin;
}
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}
/** `<what>: service call has been retried <n> time(s): <why>` */
export interface TaskSecretsFailure {
  readonly what: string;
  readonly why: string;
}

/**
 * `network`: under which address one of the instance's tasks in `awsvpc` mode has the network. Beside the verbs: who hears agents does not
 * hear this.
 */
export interface TaskNetworkRequest {
  readonly taskArn: string;
}
/** `failure`: why it can have none, in EC2's words. No answer at all: ask again. */
export type TaskNetworkReply = TaskNetwork | { readonly failure: string };
export interface TaskNetwork {
  readonly networkInterface: NetworkInterface;
  /** All tasks of a VPC are neighbours. */
  readonly vpcId: string;
  readonly vpcCidrBlock: string;
  /** Of its interface's subnet; absent in what hosts heard from earlier versions. */
  readonly subnetCidrBlock?: string;
}

/**
 * `packet-filter`: what the security groups of the instance's tasks let through. Beside the verbs, as their networks are. An answer that is
 * the same as the one that the host has (`known`) is held back for some seconds, in which it may become another.
 */
export interface PacketFilterRequest {
  readonly known?: string;
}
export interface PacketFilterReply {
  readonly digest: string;
  /** Absent: as it was. */
  readonly filter?: PacketFilter;
}
/** What a host needs to know of groups, and no more: those of its own tasks, and the members of those that their rules name. */
export interface PacketFilter {
  readonly interfaces: readonly FilteredInterface[];
  readonly groups: readonly FilterGroup[];
  readonly members: readonly GroupMembers[];
  /** While tasks there have ports of the host that others may reach. */
  readonly host?: HostFilter;
  /** Of the host of the load balancers: what they listen on beside its loopback. */
  readonly listeners?: readonly FilteredListener[];
  /** Of hosts that other hosts reach: the VPCs whose tasks are elsewhere, too. */
  readonly overlays?: readonly VpcOverlay[];
}
/** Of the instance itself: who may reach the ports that its tasks have on the host, beside those that are given for the asking (49153-65535). */
export interface HostFilter {
  readonly groupIds: readonly string[];
  readonly tcpPorts: readonly number[];
  readonly udpPorts: readonly number[];
  /** Ports that are given for the asking are not looked at: they are on the host's loopback. */
  readonly isFixedOnly?: boolean;
  /** Always let in: the hosts of load balancers. */
  readonly senders: readonly string[];
}
/** An address and a TCP port of the host that a load balancer listens on, and the groups that say who may come there. */
export interface FilteredListener {
  readonly address: string;
  readonly port: number;
  readonly groupIds: readonly string[];
}
/** A VPC on several hosts: what one of them knows of the others'. */
export interface VpcOverlay {
  readonly vpcId: string;
  readonly vpcCidrBlock: string;
  /** What frames between hosts are marked with. */
  readonly overlayId: number;
  /** The host's own address in the VPC, for what it sends to tasks elsewhere. */
  readonly own?: { readonly macAddress: string; readonly privateIpv4Address: string };
  readonly neighbours: readonly OverlayNeighbour[];
}
export interface OverlayNeighbour {
  readonly macAddress: string;
  readonly privateIpv4Address: string;
  /** Where the host is reached that it is on. */
  readonly hostAddress: string;
}
export interface FilteredInterface {
  readonly networkInterfaceId: string;
  readonly macAddress: string;
  readonly privateIpv4Address: string;
  readonly groupIds: readonly string[];
  /** Where clients of Service Connect use other ports than the task has. */
  readonly aliasPorts?: readonly AliasPort[];
}
export interface FilterGroup {
  readonly groupId: string;
  readonly rules: readonly FilterRule[];
}
/** As EC2 has it: `-1` is all protocols and ports; of ICMP the ports are type and code. */
export interface FilterRule {
  readonly isEgress: boolean;
  readonly ipProtocol: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly peer: FilterPeer;
}
export type FilterPeer =
  | { readonly cidrIpv4: string }
  | { readonly cidrIpv6: string }
  | { readonly groupId: string }
  | { readonly prefixListId: string };
/** Wherever they are. */
export interface GroupMembers {
  readonly groupId: string;
  readonly addresses: readonly string[];
}

/** `strays`: labelled containers of this journal that the assignment does not know. Only an explicit `stop` kills. */
export interface StraysRequest {
  readonly taskArns: readonly string[];
}
export interface StraysReply {
  readonly stop: readonly string[];
}

/** The value of an instance's key in the `assignments` bucket. Absence of an entry, or of the key, kills nothing. */
export interface Assignment {
  readonly generation: Generation;
  readonly containerInstanceArn: string;
  readonly clusterName: string;
  readonly entries: readonly AssignmentEntry[];
}

/**
 * Ordered by revision within a journal id; never lowered. An assignment is a function of the state at its revision, so nothing
 * else is needed to order two of them (not the writer's lease: that is in memory storage and starts again with the server).
 */
export interface Generation {
  readonly journalId: string;
  /** The `ecs` revision that the assignment is a function of. */
  readonly revision: number;
}

export interface AssignmentEntry {
  readonly taskArn: string;
  readonly taskDefinitionArn: string;
  readonly taskDefinitionDigest: string;
  readonly overrides: TaskOverride;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  /** With STOPPED: said to people in logs. The entry stays until STOPPED is committed. */
  readonly stopReason?: string;
  /** Container name → its ARN. */
  readonly containerArns: Readonly<Record<string, string>>;
  readonly group: string;
  /** How lines are shipped where the definition does not say: the account's `defaultLogDriverMode`, when it is not ECS's own. */
  readonly logMode?: 'blocking';
}

/** `metrics`: what tasks used since the message before, `TASK_METRICS_INTERVAL_MS` ago. At most once; nobody answers. */
export interface TaskMetrics {
  /** At most `MOST_TASKS_A_MESSAGE`. */
  readonly tasks: readonly TaskUse[];
}
export interface TaskUse {
  readonly taskArn: string;
  /** On average over the interval; 1,024 are one processor. */
  readonly cpuUnits: number;
  /** Now, without what the kernel could give back at once (inactive pages of files), as `docker stats` counts. */
  readonly memoryBytes: number;
  /** On average over the interval, of all its interfaces but loopback. Absent of a task on its host's network, whose traffic nobody can tell apart. */
  readonly networkRxBytesPerSecond?: number;
  readonly networkTxBytesPerSecond?: number;
  /** On average over the interval, from and to the disks of its host. Absent where the kernel does not count it. */
  readonly storageReadBytesPerSecond?: number;
  readonly storageWriteBytesPerSecond?: number;
}
export const TASK_METRICS_INTERVAL_MS = 10_000;
export const MOST_TASKS_A_MESSAGE = 1_000;
