import { type EventContext, required } from '#lib/kernel';
import { type Container, countedAs, NO_INSTANCE, type Task, type TaskTarget } from '../model/task.js';
import type { ContainerInstance } from '../model/container-instance.js';
import type { ContainerChange, EcsEvents } from '../model/events.js';
import type { EcsState } from '../model/state.js';
import { addResources, subtractResources } from '../placement/capacity.js';
import type { Evolvers } from './evolver.js';
import { withRevision } from './revisions.js';
import { areHealthy, isSameTarget } from '../task-health/targets.js';
import { countTask, hasHealthCheck } from './services.js';

const countsAs = (task: Task | undefined) => (task ? countedAs(task.lastStatus) : 'none');

/** What a task holds on its instance: its reservation and the dynamic ports its containers reported. */
function heldBy(task: Task | undefined) {
  if (!task || task.lastStatus === 'STOPPED') return undefined;
  const bound = (protocol: 'tcp' | 'udp') => [
    ...new Set(task.containers.flatMap((c) => c.networkBindings.filter((b) => b.protocol === protocol).map((b) => b.hostPort))),
  ];
  const union = (fixed: readonly number[], reported: number[]) => [...new Set([...fixed, ...reported])];
  const { reservation } = task;
  return {
    ...reservation,
    portsTcp: union(reservation.portsTcp, bound('tcp')),
    portsUdp: union(reservation.portsUdp, bound('udp')),
  };
}

/** Whether it holds ports: without any, what its containers report changes nothing of what it holds. */
const hasPorts = ({ reservation, containers }: Task): boolean =>
  reservation.portsTcp.length > 0 ||
  reservation.portsUdp.length > 0 ||
  containers.some(({ networkBindings }) => networkBindings.length > 0);

/** Puts a task and keeps its instance's ledger and counts: the only way a task changes. */
function putTask(state: EcsState, before: Task | undefined, after: Task): void {
  state.tasks.put(after.taskArn, after);
  const instance = state.containerInstances.get(after.containerInstanceArn);
  if (!instance) return;
  const [was, is] = [countsAs(before), countsAs(after)];
  const ledgerChanges =
    !before || was !== is || (before.containers !== after.containers && (hasPorts(before) || hasPorts(after)));
  if (!ledgerChanges) return;
  let reserved = instance.reserved;
  const isOver = (task: Task) => task.lastStatus === 'STOPPED';
  if (!before || before.containers !== after.containers || isOver(before) !== isOver(after)) {
    const [held, holds] = [heldBy(before), heldBy(after)];
    if (held) reserved = subtractResources(reserved, held);
    if (holds) reserved = addResources(reserved, holds);
  }
  const delta = (kind: 'running' | 'pending') => Number(is === kind) - Number(was === kind);
  const changed: ContainerInstance = {
    ...instance,
    reserved,
    runningTasksCount: instance.runningTasksCount + delta('running'),
    pendingTasksCount: instance.pendingTasksCount + delta('pending'),
    version: instance.version + (was === is && before ? 0 : 1),
  };
  state.containerInstances.put(instance.containerInstanceArn, changed);
}

/** As `putTask`, for what a service counts: a start, an end, a stop. */
function moveTask(state: EcsState, before: Task | undefined, after: Task, at: string): void {
  putTask(state, before, after);
  if (after.replica) countTask(state, after.replica, before, after, at);
}

/**
 * Every member of a task is here from the beginning, so that later events only change members. V8 makes a literal in 0.05 µs and
 * copies an object with changed members in 0.1 µs; with a member added it takes 2 µs, and the copy may become a slow dictionary.
 */
const newTask = (
  placed: EcsEvents['TaskPlaced'] & Pick<Task, 'waits'>,
  { at, revision }: EventContext,
): { readonly [K in keyof Required<Task>]: Task[K] } => ({
  taskArn: placed.taskArn,
  clusterArn: placed.clusterArn,
  accountId: placed.accountId,
  region: placed.region,
  taskDefinitionArn: placed.taskDefinitionArn,
  containerInstanceArn: placed.containerInstanceArn,
  group: placed.group,
  startedBy: placed.startedBy,
  replica: placed.replica,
  launchType: placed.launchType,
  capacityProviderName: placed.capacityProviderName,
  waits: placed.waits,
  networkConfiguration: placed.networkConfiguration,
  networkInterface: undefined,
  ephemeralStorage: placed.ephemeralStorage,
  cpu: placed.cpu,
  memory: placed.memory,
  overrides: placed.overrides,
  enableExecuteCommand: placed.enableExecuteCommand,
  attributes: placed.attributes,
  tags: placed.tags,
  desiredStatus: 'RUNNING',
  lastStatus: placed.lastStatus ?? 'PENDING',
  healthStatus: 'UNKNOWN',
  containers: placed.containers,
  version: 1,
  connectivity: 'CONNECTED',
  connectivityAt: at,
  createdAt: at,
  pullStartedAt: undefined,
  pullStoppedAt: undefined,
  startedAt: undefined,
  firstHealthyAt: undefined,
  stoppingAt: undefined,
  executionStoppedAt: undefined,
  stoppedAt: undefined,
  runningSince: undefined,
  endingSince: undefined,
  endedSince: undefined,
  stopCode: undefined,
  stoppedReason: undefined,
  targets: placed.targets,
  drainDeadlineAt: undefined,
  protectedUntil: undefined,
  reservation: placed.reservation,
  reportSequence: 0,
  revisions: [revision],
});

const draining = (target: TaskTarget): TaskTarget => (target.state === 'drained' ? target : { ...target, state: 'draining' });

/** Everything that checks its health says so: targets, and essential containers where they have checks. */
const isServing = (state: EcsState, { targets, healthStatus, taskDefinitionArn }: Task): boolean =>
  areHealthy(targets) && (healthStatus === 'HEALTHY' || !hasHealthCheck(state, taskDefinitionArn));

const taskOf = (state: EcsState, taskArn: string) => required(state.tasks, taskArn, 'task');

function changeContainer(container: Container, change: ContainerChange | undefined): Container {
  return change ? { ...container, ...change } : container;
}

/** A client's token stands for them. */
function rememberOrdinal(
  state: EcsState,
  { ordinal, requestTokenKey }: Pick<EcsEvents['TaskPlaced'], 'ordinal' | 'requestTokenKey'>,
) {
  if (!requestTokenKey) return;
  const token = required(state.requestTokens, requestTokenKey, 'request token');
  state.requestTokens.put(requestTokenKey, { ...token, placedOrdinals: [...token.placedOrdinals, ordinal] });
}

export const taskEvolvers: Evolvers<
  | 'TaskAccepted'
  | 'TaskPlaced'
  | 'TaskStopRequested'
  | 'TaskStatusChanged'
  | 'TaskContainersChanged'
  | 'TaskTargetsChanged'
  | 'TaskNetworkInterfaceAttached'
  | 'TaskReportRecorded'
  | 'TaskProtectionChanged'
  | 'TaskForgotten'
> = {
  TaskAccepted: (state, accepted, context) => {
    rememberOrdinal(state, accepted);
    putTask(state, undefined, newTask({ ...accepted, containerInstanceArn: NO_INSTANCE, lastStatus: 'PROVISIONING' }, context));
  },
  TaskPlaced: (state, placed, context) => {
    const waiting = state.tasks.get(placed.taskArn);
    if (!waiting) rememberOrdinal(state, placed);
    const task = newTask(placed, context);
    const grown = waiting && {
      createdAt: waiting.createdAt,
      connectivityAt: waiting.connectivityAt,
      version: waiting.version + 1,
      tags: waiting.tags,
      revisions: withRevision(waiting.revisions, context.revision),
    };
    // It held nothing anywhere before.
    moveTask(state, undefined, grown ? { ...task, ...grown } : task, context.at);
  },
  TaskStopRequested: (state, { taskArn, stopCode, reason }, { at, revision }) => {
    const task = taskOf(state, taskArn);
    moveTask(
      state,
      task,
      {
        ...task,
        desiredStatus: 'STOPPED',
        stopCode,
        stoppedReason: reason,
        stoppingAt: task.stoppingAt ?? at,
        endingSince: task.endingSince ?? (task.runningSince ? at : undefined),
        version: task.version + 1,
        revisions: withRevision(task.revisions, revision),
      },
      at,
    );
  },
  TaskStatusChanged: (state, data, { at: committedAt, revision }) => {
    const { taskArn, to, at: reportedAt, timed, stopCode, reason, drainDeadlineAt } = data;
    const task = taskOf(state, taskArn);
    const at = reportedAt ?? committedAt;
    const since = timed || task.runningSince ? committedAt : undefined;
    const ends = to === 'STOPPING' || to === 'STOPPED';
    moveTask(
      state,
      task,
      {
        ...task,
        lastStatus: to,
        version: task.version + 1,
        desiredStatus: ends ? 'STOPPED' : task.desiredStatus,
        // Its containers started when it began to be registered.
        startedAt: to === 'ACTIVATING' || (to === 'RUNNING' && task.lastStatus !== 'ACTIVATING') ? at : task.startedAt,
        stoppingAt: to === 'STOPPING' ? (task.stoppingAt ?? at) : task.stoppingAt,
        stoppedAt: to === 'STOPPED' ? at : task.stoppedAt,
        runningSince: to === 'RUNNING' ? since : task.runningSince,
        endingSince: task.endingSince ?? (ends ? since : undefined),
        endedSince: to === 'STOPPED' ? since : task.endedSince,
        // The first cause stays: a container that exits because the task is stopping is not why it stopped.
        stopCode: task.stopCode || stopCode,
        stoppedReason: task.stoppedReason || reason,
        targets: to === 'DEACTIVATING' ? task.targets?.map(draining) : task.targets,
        drainDeadlineAt: drainDeadlineAt ?? task.drainDeadlineAt,
        revisions: withRevision(task.revisions, revision),
      },
      committedAt,
    );
  },
  TaskContainersChanged: (state, { taskArn, containers, healthStatus, ...times }, { at, revision }) => {
    const task = taskOf(state, taskArn);
    const changeOf = ({ name }: Container) => containers.findLast((change) => change.name === name);
    const servesNow = healthStatus === 'HEALTHY' && isServing(state, { ...task, healthStatus });
    putTask(state, task, {
      ...task,
      ...times,
      healthStatus: healthStatus ?? task.healthStatus,
      firstHealthyAt: task.firstHealthyAt ?? (servesNow ? at : undefined),
      containers: task.containers.map((container) => changeContainer(container, changeOf(container))),
      version: task.version + 1,
      revisions: withRevision(task.revisions, revision),
    });
  },
  TaskTargetsChanged: (state, { taskArn, targets }, { at, revision }) => {
    const task = taskOf(state, taskArn);
    const changeOf = (target: TaskTarget) => targets.find((change) => isSameTarget(change, target)) ?? target;
    const now = { ...task, targets: task.targets?.map(changeOf) };
    putTask(state, task, {
      ...now,
      firstHealthyAt: task.firstHealthyAt ?? (isServing(state, now) ? at : undefined),
      revisions: withRevision(task.revisions, revision),
    });
  },
  TaskNetworkInterfaceAttached: (state, { taskArn, networkInterface }, { revision }) => {
    const task = taskOf(state, taskArn);
    putTask(state, task, {
      ...task,
      networkInterface,
      version: task.version + 1,
      revisions: withRevision(task.revisions, revision),
    });
  },
  TaskReportRecorded: (state, { taskArn, sequence }) => {
    const task = taskOf(state, taskArn);
    putTask(state, task, { ...task, reportSequence: sequence });
  },
  TaskProtectionChanged: (state, { taskArn, until }, { revision }) => {
    const task = taskOf(state, taskArn);
    putTask(state, task, { ...task, protectedUntil: until, revisions: withRevision(task.revisions, revision) });
  },
  TaskForgotten: (state, { taskArn }) => state.tasks.delete(taskArn),
};
