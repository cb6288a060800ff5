import type { NetworkBinding, TaskDefinitionPayload, TaskNetwork } from '#lib/ecs/model';
import type { ContainerSnapshot } from '../ports.js';
import { hostModeBindings } from './container-spec.js';
import { mayStop, resolveDependencies, waitsInACircle } from './ordering.js';
import { shouldRestart } from './restart-policy.js';
import { giveNetwork, mayHoldNetwork, networkFor, networkOperations, observePause, seekNetwork } from './held-network.js';
import type { Busy, Operation, OperationKind } from './operation.js';
import { newContainerRecords, shortReason, type ContainerRecord, type TaskRecord } from './task-record.js';

/**
 * The rules of a task's life on one host. Three pure functions: `observe` folds what happened into the record, `settle` draws the
 * conclusions, `plan` says which operations come next. The owner of the task (TaskRunner) runs them one after another; containers
 * work side by side, with at most one operation each. Idempotent throughout: after a crash the same observations are made again.
 */
export type Observation =
  | { readonly kind: 'definition'; readonly definition: TaskDefinitionPayload }
  | { readonly kind: 'stop-wanted' }
  | { readonly kind: 'disowned' }
  /** What the task needs before any of its containers could not be had: the whole task ends, in ECS's words. */
  | { readonly kind: 'not-initialized'; readonly reason: string }
  | { readonly kind: 'network'; readonly network: TaskNetwork; readonly pause: ContainerSnapshot }
  /** What holds the network, as it was seen; undefined: it is not there. */
  | { readonly kind: 'pause'; readonly snapshot: ContainerSnapshot | undefined }
  | { readonly kind: 'network-released' }
  | { readonly kind: 'began'; readonly operation: Operation }
  | { readonly kind: 'pulled'; readonly container: string; readonly imageDigest?: string }
  | { readonly kind: 'failed'; readonly container: string; readonly reason: string }
  /** Its dynamic ports were in use: the container was removed, to be made again with others. */
  | { readonly kind: 'port-in-use'; readonly container: string }
  | { readonly kind: 'snapshot'; readonly container: string; readonly snapshot: ContainerSnapshot }
  | { readonly kind: 'gone'; readonly container: string };

/** One moment on two clocks (ISO instants). */
export interface Moment {
  /** The host's wall clock, which anybody may set: only for stamps that people read. */
  readonly at: string;
  /**
   * What durations are measured on: the wall clock as it was when the agent began with the task, and monotonic from there. Across a
   * restart of the agent, two such instants are as far apart as the host's wall clock says.
   */
  readonly steadyAt: string;
}

export interface Plan {
  readonly operations: readonly Operation[];
  /** When a startTimeout runs out (steady clock). */
  readonly wakeAtMs?: number;
}

export const DEFAULT_STOP_TIMEOUT_MS = 30_000;

export function observe(
  task: TaskRecord,
  definition: TaskDefinitionPayload | undefined,
  observation: Observation,
  now: Moment,
): TaskRecord {
  switch (observation.kind) {
    case 'definition':
      return { ...task, containers: withDefinition(task.containers, observation.definition) };
    case 'stop-wanted':
      return { ...task, desiredStatus: 'STOPPED' };
    case 'disowned':
      return { ...task, desiredStatus: 'STOPPED', disowned: true };
    case 'not-initialized':
      return failToStart(task, shortReason(observation.reason));
    case 'network':
      return giveNetwork(task, observation.network, observation.pause, now.at);
    case 'pause':
      return observePause(task, observation.snapshot, now.at);
    case 'network-released':
      return { ...task, network: { ...task.network, released: true } };
    case 'began':
      return begin(task, observation.operation, now);
    default:
      return change(task, observation.container, (container) => observeContainer(container, task, definition, observation, now));
  }
}

function begin(task: TaskRecord, operation: Operation, { at, steadyAt }: Moment): TaskRecord {
  if (operation.kind === 'network') return seekNetwork(task);
  if (operation.kind === 'pull') return { ...task, pullStartedAt: task.pullStartedAt ?? at };
  if (operation.kind !== 'stop') return task;
  return change(task, operation.container, (container) => ({
    ...container,
    stopRequestedAt: container.stopRequestedAt ?? steadyAt,
  }));
}

/** Adopted containers (known by their labels only) learn here whether they are essential. */
const withDefinition = (known: readonly ContainerRecord[], definition: TaskDefinitionPayload): ContainerRecord[] =>
  newContainerRecords(definition).map((fresh) => {
    const record = known.find(({ name }) => name === fresh.name);
    return record ? { ...record, essential: fresh.essential } : fresh;
  });

type ContainerObservation = Extract<Observation, { readonly container: string }>;

function observeContainer(
  container: ContainerRecord,
  task: TaskRecord,
  definition: TaskDefinitionPayload | undefined,
  observation: ContainerObservation,
  now: Moment,
): ContainerRecord {
  if (container.phase === 'STOPPED') return observeStopped(container, observation);
  switch (observation.kind) {
    case 'pulled':
      return container.phase === 'NONE' ? { ...container, phase: 'PULLED', imageDigest: observation.imageDigest } : container;
    case 'failed':
      return stopped(container, { reason: shortReason(observation.reason) });
    case 'port-in-use':
      return {
        ...container,
        phase: 'PULLED',
        runtimeId: undefined,
        networkBindings: [],
        portAttempts: container.portAttempts + 1,
      };
    case 'gone':
      // One that was never started is made again: the agent died between removing it (its ports were in use) and noting that.
      if (container.phase === 'CREATED') return { ...container, phase: 'PULLED', runtimeId: undefined, networkBindings: [] };
      return stopped(container, {
        reason: `CannotInspectContainerError: No such container: ${container.runtimeId ?? container.name}`,
        finishedAt: now.at,
      });
    case 'snapshot':
      return observeSnapshot(container, task, definition, observation.snapshot, now);
  }
}

/** A task's end is final. One of its containers that runs all the same runs beside the task's replacement. */
function observeStopped(container: ContainerRecord, observation: ContainerObservation): ContainerRecord {
  if (observation.kind === 'snapshot' && observation.snapshot.state === 'running') {
    if (container.revived) return container;
    return { ...container, runtimeId: observation.snapshot.runtimeId, revived: true, stopRequestedAt: undefined };
  }
  return container.revived && (observation.kind === 'snapshot' || observation.kind === 'gone')
    ? { ...container, revived: false }
    : container;
}

function observeSnapshot(
  container: ContainerRecord,
  task: TaskRecord,
  definition: TaskDefinitionPayload | undefined,
  snapshot: ContainerSnapshot,
  { steadyAt }: Moment,
): ContainerRecord {
  const seen: ContainerRecord = {
    ...container,
    runtimeId: snapshot.runtimeId,
    imageDigest: snapshot.imageDigest ?? container.imageDigest,
  };
  switch (snapshot.state) {
    case 'created':
      return container.phase === 'RUNNING' ? container : { ...seen, phase: 'CREATED', networkBindings: snapshot.networkBindings };
    case 'running':
      return {
        ...seen,
        phase: 'RUNNING',
        restarting: container.restarting && snapshot.startedAt === container.startedAt,
        startedAt: snapshot.startedAt,
        seenRunningAt: (snapshot.startedAt === container.startedAt ? container.seenRunningAt : undefined) ?? steadyAt,
        healthStatus: snapshot.healthStatus,
        networkBindings: bindingsOf(container.name, definition, snapshot),
      };
    case 'exited': {
      // Engines tell of one exit several times; each run is judged once.
      if (isJudged(container, snapshot)) return container;
      const ended: ContainerRecord = {
        ...seen,
        exitCode: snapshot.exitCode,
        startedAt: snapshot.startedAt,
        finishedAt: snapshot.finishedAt,
      };
      const policy = definition?.containerDefinitions.find(({ name }) => name === container.name)?.restartPolicy;
      if (task.desiredStatus === 'RUNNING' && shouldRestart(policy, snapshot)) {
        return {
          ...ended,
          phase: 'RUNNING',
          restarting: true,
          restartCount: container.restartCount + 1,
          healthStatus: 'UNKNOWN',
        };
      }
      return stopped(ended, { reason: snapshot.oomKilled ? OUT_OF_MEMORY : undefined });
    }
  }
}

function isJudged(container: ContainerRecord, snapshot: ContainerSnapshot): boolean {
  if (container.startedAt === undefined || snapshot.startedAt === undefined) return false;
  const agoMs = Date.parse(container.startedAt) - Date.parse(snapshot.startedAt);
  return agoMs > 0 || (agoMs === 0 && container.restarting);
}

function bindingsOf(
  name: string,
  definition: TaskDefinitionPayload | undefined,
  snapshot: ContainerSnapshot,
): readonly NetworkBinding[] {
  const container = definition?.containerDefinitions.find((other) => other.name === name);
  return container && definition && snapshot.networkBindings.length === 0
    ? hostModeBindings(container, definition)
    : snapshot.networkBindings;
}

const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';

const stopped = (container: ContainerRecord, why: { reason?: string; finishedAt?: string }): ContainerRecord => ({
  ...container,
  ...why,
  reason: why.reason ?? container.reason,
  finishedAt: why.finishedAt ?? container.finishedAt,
  phase: 'STOPPED',
  stoppedFrom: container.phase,
  restarting: false,
  // What it was stopped for stays to be seen, as in ECS; that it was well once is no news.
  healthStatus: container.healthStatus === 'UNHEALTHY' ? 'UNHEALTHY' : 'UNKNOWN',
});

const change = (task: TaskRecord, name: string, to: (container: ContainerRecord) => ContainerRecord): TaskRecord => ({
  ...task,
  containers: task.containers.map((container) => (container.name === name ? to(container) : container)),
});

/** Draws every conclusion that follows from what is known; a second call changes nothing. */
export function settle(task: TaskRecord, definition: TaskDefinitionPayload | undefined, busy: Busy, now: Moment): TaskRecord {
  // Containers whose definition is not at hand (a lost cache) go on as they are; nothing can be concluded about them.
  if (!definition && task.containers.length > 0 && !task.disowned) return task;
  let next = definition ? failUnresolvable(endUnorderable(task, definition), definition, busy, now.steadyAt) : task;
  next = noteProgress(next, now.at);
  next = endWithEssential(next, now.at);
  if (next.desiredStatus === 'STOPPED') next = dropUnstarted(next, busy);
  return noteStatus(next, now.at);
}

/**
 * Containers that wait for each other in a circle would wait for ever. Registration refuses that; this is for what was registered before
 * it did. The words are the ECS agent's (`TaskDependencyError`).
 */
function endUnorderable(task: TaskRecord, definition: TaskDefinitionPayload): TaskRecord {
  const waits = task.containers.some(({ phase }) => phase === 'NONE' || phase === 'PULLED');
  if (task.desiredStatus === 'STOPPED' || !waits || !waitsInACircle(definition)) return task;
  return failToStart(task, `Task dependencies cannot be resolved, taskArn: ${task.taskArn}`);
}

/** A stop that somebody asked for before keeps its own reason. */
function failToStart(task: TaskRecord, stoppedReason: string): TaskRecord {
  if (task.desiredStatus === 'STOPPED') return task;
  return { ...task, desiredStatus: 'STOPPED', stopCode: 'TaskFailedToStart', stoppedReason };
}

/** A container whose dependency can never be met stops before it began; that may be the end of those which wait for it. */
function failUnresolvable(task: TaskRecord, definition: TaskDefinitionPayload, busy: Busy, steadyAt: string): TaskRecord {
  if (task.desiredStatus === 'STOPPED') return task;
  for (const container of definition.containerDefinitions) {
    const record = task.containers.find(({ name }) => name === container.name);
    if (!record || (record.phase !== 'NONE' && record.phase !== 'PULLED') || busy.get(container.name) === 'create') continue;
    const resolution = resolveDependencies(container, task, definition, Date.parse(steadyAt));
    if (resolution.kind === 'never') {
      const failed = change(task, container.name, (target) => stopped(target, { reason: shortReason(resolution.reason) }));
      return failUnresolvable(failed, definition, busy, steadyAt);
    }
  }
  return task;
}

function noteProgress(task: TaskRecord, now: string): TaskRecord {
  const { containers } = task;
  if (containers.length === 0) return task;
  const pulled = task.pullStartedAt !== undefined && containers.every(({ phase }) => phase !== 'NONE');
  // As the ECS agent counts: a container that has stopped is past RUNNING, so an init container does not hold the task back.
  const running =
    containers.every(({ phase }) => phase === 'RUNNING' || phase === 'STOPPED') &&
    containers.every(({ essential, startedAt }) => !essential || startedAt !== undefined);
  return {
    ...task,
    pullStoppedAt: task.pullStoppedAt ?? (pulled ? now : undefined),
    startedAt: task.startedAt ?? (running ? now : undefined),
  };
}

function endWithEssential(task: TaskRecord, now: string): TaskRecord {
  const over = task.containers.find(({ essential, phase }) => essential && phase === 'STOPPED');
  if (!over) return task;
  const ended = { ...task, executionStoppedAt: task.executionStoppedAt ?? over.finishedAt ?? now };
  if (task.desiredStatus === 'STOPPED') return ended;
  const started = over.startedAt !== undefined;
  return {
    ...ended,
    desiredStatus: 'STOPPED',
    stopCode: started ? 'EssentialContainerExited' : 'TaskFailedToStart',
    stoppedReason: started ? 'Essential container in task exited' : 'Task failed to start',
  };
}

/** What never started has nothing to stop; with a create or start under way its outcome is awaited first. */
function dropUnstarted(task: TaskRecord, busy: Busy): TaskRecord {
  return {
    ...task,
    containers: task.containers.map((container) => {
      const operation = busy.get(container.name);
      const idle = operation === undefined || operation === 'pull';
      const waiting = container.phase === 'NONE' || container.phase === 'PULLED' || container.phase === 'CREATED';
      return idle && (waiting || container.restarting) ? stopped(container, {}) : container;
    }),
  };
}

function noteStatus(task: TaskRecord, now: string): TaskRecord {
  const allStopped = task.containers.every(({ phase }) => phase === 'STOPPED');
  const isOver = allStopped && !mayHoldNetwork(task);
  if (isOver && (task.desiredStatus === 'STOPPED' || task.containers.length > 0)) {
    return {
      ...task,
      desiredStatus: 'STOPPED',
      status: 'STOPPED',
      stoppingAt: task.stoppingAt ?? now,
      stoppedAt: task.stoppedAt ?? now,
    };
  }
  if (task.desiredStatus === 'STOPPED')
    return { ...task, status: allStopped ? 'DEPROVISIONING' : 'STOPPING', stoppingAt: task.stoppingAt ?? now };
  return { ...task, status: task.startedAt === undefined ? 'PENDING' : 'RUNNING' };
}

/** The operations to begin now, for a settled record. Containers with one under way wait for it. */
export function plan(task: TaskRecord, definition: TaskDefinitionPayload | undefined, busy: Busy, steadyAt: string): Plan {
  const nowMs = Date.parse(steadyAt);
  const operations = networkOperations(task, definition, busy);
  if (!definition) return { operations: [...operations, ...stopsWithoutDefinition(task, busy, nowMs)] };
  const network = networkFor(task, definition);
  const wakeUps: number[] = [];
  for (const container of definition.containerDefinitions) {
    const record = task.containers.find(({ name }) => name === container.name);
    if (!record || (record.phase === 'STOPPED' && !record.revived) || busy.has(container.name)) continue;
    const add = (kind: OperationKind, graceMs?: number) => operations.push({ kind, container: container.name, graceMs });
    if (record.revived) {
      add('stop', graceLeftMs(record, container.stopTimeout, nowMs));
    } else if (task.desiredStatus === 'STOPPED') {
      if (mayStop(container.name, task, definition)) add('stop', graceLeftMs(record, container.stopTimeout, nowMs));
    } else if (record.phase === 'NONE') {
      // Before its dependencies are met (ECS_PULL_DEPENDENT_CONTAINERS_UPFRONT): a missing image is seen at once.
      add('pull');
    } else if (record.phase === 'PULLED') {
      const resolution = resolveDependencies(container, task, definition, nowMs);
      if (resolution.kind === 'met' && network.create) add('create');
      else if (resolution.kind === 'waiting' && resolution.untilMs !== undefined) wakeUps.push(resolution.untilMs);
    } else if (record.phase === 'CREATED' || record.restarting) {
      if (network.start) add('start');
    }
  }
  return { operations, wakeAtMs: wakeUps.length ? Math.min(...wakeUps) : undefined };
}

/** What must not run is stopped even when nothing says any more how: a stray, or a container of a task that is over. */
function stopsWithoutDefinition(task: TaskRecord, busy: Busy, nowMs: number): Operation[] {
  return task.containers
    .filter(({ name, runtimeId }) => runtimeId !== undefined && !busy.has(name))
    .filter(({ phase, revived }) => revived || (task.disowned && phase !== 'STOPPED'))
    .map((record) => ({
      kind: 'stop',
      container: record.name,
      graceMs: graceLeftMs(record, undefined, nowMs),
    }));
}

/** Never more than the whole, even where the host's clock was set back between two lives of the agent. */
function graceLeftMs(record: ContainerRecord, stopTimeoutSeconds: number | undefined, nowMs: number): number {
  const wholeMs = stopTimeoutSeconds === undefined ? DEFAULT_STOP_TIMEOUT_MS : stopTimeoutSeconds * 1000;
  const goneMs = record.stopRequestedAt === undefined ? 0 : nowMs - Date.parse(record.stopRequestedAt);
  return Math.min(wholeMs, Math.max(0, wholeMs - goneMs));
}
