import type {
  Assignment,
  Generation,
  HealthStatus,
  NetworkBinding,
  NetworkInterface,
  RegistryLogin,
  TaskDefinitionPayload,
} from '#lib/ecs/model';
import type { ContainerSpec } from './domain/container-spec.js';
import type { PauseContainer } from './domain/pause-spec.js';
import type { TaskRecord } from './domain/task-record.js';
import type { Mount } from './domain/task-volumes.js';
import type { VpcNetwork } from './domain/vpc-network.js';

/** What an engine says of one container, at one moment. */
export interface ContainerSnapshot {
  readonly runtimeId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'created' | 'running' | 'exited';
  readonly exitCode?: number;
  readonly oomKilled: boolean;
  /** ISO instants of the latest run; `startedAt` tells one run from the next. */
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly healthStatus: HealthStatus;
  readonly imageDigest?: string;
  readonly networkBindings: readonly NetworkBinding[];
  /** Where the engine writes what it prints, when it is a file that others can follow. */
  readonly logPath?: string;
  /** While it runs: its process on the host. */
  readonly pid?: number;
}

export interface EngineInfo {
  readonly version: string;
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  /** ECS's words: `x86_64`, `arm64`. */
  readonly cpuArchitecture: string;
  /** The network interface of the host that leads to containers in bridge mode. */
  readonly bridge?: string;
  /** The address of the host that containers in bridge mode can reach. */
  readonly bridgeGateway?: string;
  /** Of containers in bridge mode: `172.17.0.0/16`. */
  readonly bridgeRange?: string;
  readonly logDrivers: readonly string[];
  /** Under which it keeps its containers' files. */
  readonly directory?: string;
  /** Who makes its containers' control groups (`cgroupfs`, `systemd`, `none`), and of which version. */
  readonly cgroupDriver?: string;
  readonly cgroupVersion?: number;
}

/** The engine did not answer: nothing is known about the outcome. Whoever sees it looks again before acting again. */
export class EngineUnavailableError extends Error {}

export type CreateOutcome =
  { readonly outcome: 'created'; readonly snapshot: ContainerSnapshot } | { readonly outcome: 'failed'; readonly reason: string };

export type StartOutcome =
  | { readonly outcome: 'started'; readonly snapshot: ContainerSnapshot }
  /** A host port is taken by somebody else; with dynamic ports the container is made again with others. */
  | { readonly outcome: 'port-in-use'; readonly reason: string }
  | { readonly outcome: 'failed'; readonly reason: string };

export type RuntimeEvent =
  | { readonly kind: 'container'; readonly snapshot: ContainerSnapshot }
  /** The engine answers. Events may have been missed (it was away): look at everything again. */
  | { readonly kind: 'resync' }
  /** No event comes until the next `resync`. */
  | { readonly kind: 'away'; readonly reason: string };

/**
 * A container engine. Every method may reject with `EngineUnavailableError`; refusals are values, with the engine's own words. The
 * signal aborts when nobody waits for the answer any more.
 */
export interface ContainerRuntime {
  info(signal?: AbortSignal): Promise<EngineInfo>;
  /** Creates what the spec names, or finds it: the name makes a second create harmless. */
  create(spec: ContainerSpec, signal?: AbortSignal): Promise<CreateOutcome>;
  start(runtimeId: string, signal?: AbortSignal): Promise<StartOutcome>;
  /** SIGTERM, then SIGKILL after `graceMs`. Resolves when it has exited (at once when it is not running or gone). */
  stop(runtimeId: string, graceMs: number, signal?: AbortSignal): Promise<void>;
  /** Forced, with its anonymous volumes; a missing container is fine. */
  remove(runtimeId: string, signal?: AbortSignal): Promise<void>;
  /** Volumes that carry all these labels and that no container mounts. */
  removeVolumes(labels: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<void>;
  inspect(runtimeId: string, signal?: AbortSignal): Promise<ContainerSnapshot | undefined>;
  /** Containers in any state that carry all these labels. */
  list(labels: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<readonly ContainerSnapshot[]>;
  /** Tells of every exit, OOM kill, change of health and start by somebody else of containers that carry these labels, until cancelled. */
  watch(labels: Readonly<Record<string, string>>, listener: (event: RuntimeEvent) => void): () => void;
}

export type PullOutcome =
  | { readonly outcome: 'ready'; readonly imageDigest?: string }
  /** The text after `CannotPullContainerError: `. */
  | { readonly outcome: 'failed'; readonly reason: string };

/** What tasks with an address of their own stand on. May reject with `EngineUnavailableError`. */
export interface NetworkProvider {
  readonly pause: PauseContainer;
  /** Makes the VPC's network and the image of pause containers present on the host. Or why not, the end of "unable to set up the network interface of the task: …". */
  prepare(network: VpcNetwork): Promise<string | undefined>;
  /** What containers that share a pause container's network have of it, beside the network. */
  nameFilesOf(pauseId: string): readonly Mount[];
  /** Makes those, of a pause container that was created. */
  writeNameFiles(pauseId: string, networkInterface: NetworkInterface): Promise<void>;
  /** Connects a pause container that runs with its VPC's network, which is there. Done again it changes nothing. Or why not. */
  connect(pause: ContainerSnapshot, network: VpcNetwork, networkInterface: NetworkInterface): Promise<string | undefined>;
  /** Nobody has the address of this one any more when this has resolved. */
  disconnect(pauseId: string): Promise<void>;
}

/** Makes an image present on the host. Rejects with `EngineUnavailableError`, or with the signal's reason when it aborts. */
export interface ImagePuller {
  pull(image: string, signal: AbortSignal, login?: RegistryLogin): Promise<PullOutcome>;
}

/**
 * This instance's key of the `assignments` bucket: the current value and every later one. A lost broker or a missing key means
 * that nothing is said, never that nothing has to run.
 */
export interface AssignmentSource {
  watch(listener: (assignment: Assignment) => void): () => void;
}

/** What an agent remembers of itself. */
export interface AgentIdentity {
  readonly journalId: string;
  readonly containerInstanceArn: string;
  readonly clusterName: string;
  readonly generation?: Generation;
  /**
   * When this disk was new: reports are numbered from here, above those of a disk that was lost. Kept, because the process that
   * found the disk empty may end before its tasks are on it.
   */
  readonly firstSequence?: number;
}

export interface DefinitionKey {
  readonly taskDefinitionArn: string;
  readonly digest: string;
}

/** The agent's memory on the host's disk. A resolved `save…` survives a crash of the process. Losing all of it is survivable. */
export interface AgentDisk {
  loadIdentity(): Promise<AgentIdentity | undefined>;
  saveIdentity(identity: AgentIdentity): Promise<void>;
  loadTasks(): Promise<readonly TaskRecord[]>;
  saveTask(task: TaskRecord): Promise<void>;
  removeTask(taskArn: string): Promise<void>;
  /** Forgets the definitions that none of `needed` is. */
  keepDefinitions(needed: readonly DefinitionKey[]): Promise<void>;
  loadDefinition(taskDefinitionArn: string, digest: string): Promise<TaskDefinitionPayload | undefined>;
  saveDefinition(definition: TaskDefinitionPayload): Promise<void>;
}
