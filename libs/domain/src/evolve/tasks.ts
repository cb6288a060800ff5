import type { Container, ContainerInstance, Task } from '../model/entities.js';
import type { ContainerChange } from '../model/events.js';
import type { EcsState } from '../model/state.js';
import { addResources, subtractResources } from '../placement/capacity.js';
import type { Evolvers } from './evolver.js';
import { required } from './require.js';
import { countTask } from './services.js';

const countsAs = (task: Task | undefined): 'running' | 'pending' | 'none' =>
  !task || task.lastStatus === 'STOPPED'
    ? 'none'
    : task.lastStatus === 'RUNNING'
      ? 'running'
      : isBeforeRunning(task)
        ? 'pending'
        : 'running';

const isBeforeRunning = (task: Task) => ['PROVISIONING', 'PENDING', 'ACTIVATING'].includes(task.lastStatus);

/** What a task holds on its instance: its reservation and the dynamic ports its containers reported. */
function heldBy(task: Task | undefined) {
  if (!task || task.lastStatus === 'STOPPED') return undefined;
  const bound = (protocol: 'tcp' | 'udp') => [
    ...new Set(task.containers.flatMap((c) => c.networkBindings.filter((b) => b.protocol === protocol).map((b) => b.hostPort))),
  ];
  const union = (fixed: readonly number[], reported: number[]) => [...fixed, ...reported.filter((port) => !fixed.includes(port))];
  const { reservation } = task;
  return {
    ...reservation,
    portsTcp: union(reservation.portsTcp, bound('tcp')),
    portsUdp: union(reservation.portsUdp, bound('udp')),
  };
}

/** Puts a task and keeps its instance's ledger and counts: the only way a task changes. */
function putTask(state: EcsState, before: Task | undefined, after: Task, at?: string): void {
  state.tasks.put(after.taskArn, after);
  if (at !== undefined) countTask(state, before, after, at);
  const instance = state.containerInstances.get(after.containerInstanceArn);
  if (!instance) return;
  const [was, is] = [countsAs(before), countsAs(after)];
  const ledgerChanges = !before || was !== is || before.containers !== after.containers;
  if (!ledgerChanges) return;
  let reserved = instance.reserved;
  const [held, holds] = [heldBy(before), heldBy(after)];
  if (held) reserved = subtractResources(reserved, held);
  if (holds) reserved = addResources(reserved, holds);
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

const taskOf = (state: EcsState, taskArn: string) => required(state.tasks, taskArn, 'task');

function changeContainer(container: Container, change: ContainerChange | undefined): Container {
  return change ? { ...container, ...change } : container;
}

export const taskEvolvers: Evolvers<
  'TaskPlaced' | 'TaskStopRequested' | 'TaskStatusChanged' | 'TaskContainersChanged' | 'TaskReportRecorded' | 'TaskForgotten'
> = {
  TaskPlaced: (state, { ordinal, requestTokenKey, ...data }, { at }) => {
    if (requestTokenKey) {
      const token = required(state.requestTokens, requestTokenKey, 'request token');
      state.requestTokens.put(requestTokenKey, { ...token, placedOrdinals: [...token.placedOrdinals, ordinal] });
    }
    putTask(
      state,
      undefined,
      {
        ...(data as Omit<Task, 'createdAt'>),
        createdAt: at,
        lastStatus: 'PENDING',
        desiredStatus: 'RUNNING',
        healthStatus: 'UNKNOWN',
        connectivity: 'CONNECTED',
        connectivityAt: at,
        version: 1,
        reportSequence: 0,
      },
      at,
    );
  },
  TaskStopRequested: (state, { taskArn, stopCode, reason }, { at }) => {
    const task = taskOf(state, taskArn);
    putTask(
      state,
      task,
      {
        ...task,
        desiredStatus: 'STOPPED',
        stopCode,
        stoppedReason: reason,
        stoppingAt: task.stoppingAt ?? at,
        version: task.version + 1,
      },
      at,
    );
  },
  TaskStatusChanged: (state, { taskArn, to, at: reportedAt, stopCode, reason }, { at: committedAt }) => {
    const task = taskOf(state, taskArn);
    const at = reportedAt ?? committedAt;
    putTask(
      state,
      task,
      {
        ...task,
        lastStatus: to,
        version: task.version + 1,
        ...(to === 'RUNNING' ? { startedAt: at } : {}),
        ...(to === 'STOPPING' ? { stoppingAt: task.stoppingAt ?? at, desiredStatus: 'STOPPED' as const } : {}),
        ...(to === 'STOPPED' ? { stoppedAt: at, desiredStatus: 'STOPPED' as const } : {}),
        // The first cause stays: a container that exits because the task is stopping is not why it stopped.
        ...(stopCode && !task.stopCode ? { stopCode } : {}),
        ...(reason && !task.stoppedReason ? { stoppedReason: reason } : {}),
      },
      committedAt,
    );
  },
  TaskContainersChanged: (state, { taskArn, containers, healthStatus, ...times }, { at }) => {
    const task = taskOf(state, taskArn);
    const changes = new Map(containers.map((change) => [change.name, change]));
    putTask(state, task, {
      ...task,
      ...times,
      healthStatus: healthStatus ?? task.healthStatus,
      ...(healthStatus === 'HEALTHY' && !task.firstHealthyAt ? { firstHealthyAt: at } : {}),
      containers: task.containers.map((container) => changeContainer(container, changes.get(container.name))),
      version: task.version + 1,
    });
  },
  TaskReportRecorded: (state, { taskArn, sequence }) => {
    const task = taskOf(state, taskArn);
    putTask(state, task, { ...task, reportSequence: sequence });
  },
  TaskForgotten: (state, { taskArn }) => state.tasks.delete(taskArn),
};
