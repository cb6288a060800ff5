import type {
  AssignmentEntry,
  ContainerReport,
  HealthStatus,
  NetworkBinding,
  TaskDefinitionPayload,
  TaskNetwork,
  TaskReport,
} from '#lib/ecs/model';

/** How far a container has come. Only rises, except back to PULLED when it is made again because its ports were in use. */
export type ContainerPhase = 'NONE' | 'PULLED' | 'CREATED' | 'RUNNING' | 'STOPPED';

export interface ContainerRecord {
  readonly name: string;
  readonly essential: boolean;
  readonly phase: ContainerPhase;
  /** The phase before STOPPED: a stopped container that never got to RUNNING will never start. */
  readonly stoppedFrom?: ContainerPhase;
  readonly runtimeId?: string;
  readonly imageDigest?: string;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly networkBindings: readonly NetworkBinding[];
  readonly healthStatus: HealthStatus;
  readonly restartCount: number;
  /** ISO instants of the latest run. */
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /** Its restart policy wants it started once more; RUNNING to everyone else. */
  readonly restarting: boolean;
  /** When the latest run was first seen (`Moment.steadyAt`): a startTimeout counts from here. */
  readonly seenRunningAt?: string;
  /** When SIGTERM was first sent (`Moment.steadyAt`): a restarted agent does not grant the whole grace again. */
  readonly stopRequestedAt?: string;
  readonly portAttempts: number;
  /** STOPPED, and seen running since: somebody started it by hand. It is stopped again, and nothing else changes. */
  readonly revived?: boolean;
}

/** The network of a task and the pause container that holds it. Both are unknown at first: it is asked for. */
export interface HeldNetwork {
  readonly given?: TaskNetwork;
  readonly pauseId?: string;
  /** The pause container was seen running. */
  readonly isUp?: boolean;
  readonly released?: true;
}

/** All that an agent knows of one task; one JSON file on the host's disk. */
export interface TaskRecord {
  readonly v: 1;
  readonly taskArn: string;
  readonly journalId: string;
  readonly clusterName: string;
  readonly entry: AssignmentEntry;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly status: TaskReport['status'];
  /** Empty until the task definition is known. */
  readonly containers: readonly ContainerRecord[];
  readonly pullStartedAt?: string;
  readonly pullStoppedAt?: string;
  readonly startedAt?: string;
  readonly stoppingAt?: string;
  readonly executionStoppedAt?: string;
  readonly stoppedAt?: string;
  readonly stopCode?: TaskReport['stopCode'];
  readonly stoppedReason?: string;
  /** Of a task in `awsvpc` mode, from when it is asked for; kept to be told of when it was given back. */
  readonly network?: HeldNetwork;
  /** Of the newest report; and the newest that the control plane has committed. */
  readonly sequence: number;
  readonly acknowledgedSequence: number;
  /** The control plane said that it is not this instance's: no report about it will ever be wanted. */
  readonly disowned: boolean;
}

/** A task just heard of. `sequence`: the number before its first report. */
export function newTaskRecord(entry: AssignmentEntry, journalId: string, clusterName: string, sequence = 0): TaskRecord {
  return {
    v: 1,
    taskArn: entry.taskArn,
    journalId,
    clusterName,
    entry,
    desiredStatus: entry.desiredStatus,
    status: 'PENDING',
    containers: [],
    sequence,
    acknowledgedSequence: 0,
    disowned: false,
  };
}

export const newContainerRecords = (definition: TaskDefinitionPayload): ContainerRecord[] =>
  definition.containerDefinitions.map(({ name, essential }) => ({
    name,
    essential,
    phase: 'NONE',
    networkBindings: [],
    healthStatus: 'UNKNOWN',
    restartCount: 0,
    restarting: false,
    portAttempts: 0,
  }));

type Standing = Pick<TaskRecord, 'status' | 'desiredStatus' | 'disowned' | 'containers'>;

/** What others act on of a task: two records with the same one need no report between them at once. */
export function standingOf({ status, desiredStatus, disowned, containers }: Standing): string {
  const parts = containers
    .filter(({ phase }) => phase === 'RUNNING' || phase === 'STOPPED')
    .map(({ name, phase, healthStatus, exitCode, restartCount, restarting, stopRequestedAt }) => [
      name,
      phase,
      healthStatus,
      exitCode,
      restartCount,
      restarting,
      stopRequestedAt,
    ]);
  return JSON.stringify([status, desiredStatus, disowned, parts]);
}

/** What the control plane supposes of a task that it has placed. */
const NEW: Standing = { status: 'PENDING', desiredStatus: 'RUNNING', disowned: false, containers: [] };
export const STANDING_OF_NEW = standingOf(NEW);

const MAX_REASON_LENGTH = 1024;
export const shortReason = (reason: string): string => reason.slice(0, MAX_REASON_LENGTH);

/** What the control plane is told: everything reached so far. */
export function reportOf(task: TaskRecord, definition: TaskDefinitionPayload | undefined): TaskReport {
  return {
    taskArn: task.taskArn,
    sequence: task.sequence,
    status: task.status,
    containers: task.containers.map(containerReportOf),
    pullStartedAt: task.pullStartedAt,
    pullStoppedAt: task.pullStoppedAt,
    startedAt: task.startedAt,
    stoppingAt: task.stoppingAt,
    executionStoppedAt: task.executionStoppedAt,
    stoppedAt: task.stoppedAt,
    healthStatus: taskHealth(task, definition),
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
  };
}

const containerReportOf = (container: ContainerRecord): ContainerReport => ({
  name: container.name,
  lastStatus: container.phase === 'RUNNING' || container.phase === 'STOPPED' ? container.phase : 'PENDING',
  runtimeId: container.runtimeId,
  imageDigest: container.imageDigest,
  exitCode: container.phase === 'STOPPED' ? container.exitCode : undefined,
  reason: container.reason,
  // Bindings of a container that is only created may yet change.
  networkBindings: container.phase === 'RUNNING' || container.phase === 'STOPPED' ? container.networkBindings : [],
  healthStatus: container.healthStatus,
  restartCount: container.restartCount,
});

/** The worst of the essential containers that have a health check; UNKNOWN when there are none. */
function taskHealth(task: TaskRecord, definition: TaskDefinitionPayload | undefined): HealthStatus {
  const checked = new Set(definition?.containerDefinitions.filter(hasHealthCheck).map(({ name }) => name));
  const statuses = task.containers.filter(({ name, essential }) => essential && checked.has(name)).map((c) => c.healthStatus);
  if (statuses.includes('UNHEALTHY')) return 'UNHEALTHY';
  return statuses.length === 0 || statuses.includes('UNKNOWN') ? 'UNKNOWN' : 'HEALTHY';
}

export const hasHealthCheck = (container: TaskDefinitionPayload['containerDefinitions'][number]): boolean =>
  container.healthCheck !== undefined && container.healthCheck.command[0] !== 'NONE';

/** Nothing about it is left to say: STOPPED, and the control plane knows. */
export const isSettled = (task: TaskRecord): boolean =>
  task.status === 'STOPPED' && (task.disowned || task.acknowledgedSequence >= task.sequence);
