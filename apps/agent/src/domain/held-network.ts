import type { TaskDefinitionPayload, TaskNetwork } from '#lib/ecs/model';
import type { ContainerSnapshot } from '../ports.js';
import type { Busy, Operation } from './operation.js';
import { PAUSE } from './pause-spec.js';
import type { TaskRecord } from './task-record.js';

/** The rules of a task's network: it is asked for first, and given back last. */

/** From the moment that one is asked for, a pause container may be there although nobody was told of it. */
export const seekNetwork = (task: TaskRecord): TaskRecord => (task.network ? task : { ...task, network: {} });

/** Its address is given to others when the task is over: whatever has it is gone before that is said. */
export const mayHoldNetwork = ({ network }: TaskRecord): boolean => network !== undefined && !network.released;

export const giveNetwork = (task: TaskRecord, given: TaskNetwork, pause: ContainerSnapshot, now: string): TaskRecord =>
  observePause({ ...task, network: { ...task.network, given } }, pause, now);

/** What is true of the pause container; undefined: there is none. */
export function observePause(task: TaskRecord, pause: ContainerSnapshot | undefined, now: string): TaskRecord {
  if (pause?.state === 'running') return { ...task, network: { ...task.network, pauseId: pause.runtimeId, isUp: true } };
  if (task.network?.isUp) return loseNetwork(task, now);
  if (pause) return { ...task, network: { ...task.network, pauseId: pause.runtimeId } };
  return task.network ? { ...task, network: { ...task.network, pauseId: undefined } } : task;
}

/** All its containers are in the namespace that is gone. */
function loseNetwork(task: TaskRecord, now: string): TaskRecord {
  if (!mayHoldNetwork(task) || task.desiredStatus === 'STOPPED') return task;
  return {
    ...task,
    executionStoppedAt: task.executionStoppedAt ?? now,
    desiredStatus: 'STOPPED',
    stopCode: task.startedAt === undefined ? 'TaskFailedToStart' : 'EssentialContainerExited',
    stoppedReason: `Essential container in task exited: ${PAUSE}, which holds the network interface of the task`,
  };
}

/** What the task's own containers may do by now: be made beside a pause container, and begin in the namespace of one that runs, at an address that is known. */
export const networkFor = (
  { network }: TaskRecord,
  definition: TaskDefinitionPayload,
): { readonly create: boolean; readonly start: boolean } => {
  const isShared = definition.networkMode !== 'awsvpc';
  return {
    create: isShared || network?.pauseId !== undefined,
    start: isShared || (network?.isUp === true && network.given !== undefined),
  };
};

export function networkOperations(task: TaskRecord, definition: TaskDefinitionPayload | undefined, busy: Busy): Operation[] {
  if (busy.has(PAUSE)) return [];
  if (task.desiredStatus === 'STOPPED') {
    const isOver = task.containers.every(({ phase }) => phase === 'STOPPED');
    return isOver && mayHoldNetwork(task) ? [{ kind: 'release-network', container: PAUSE }] : [];
  }
  if (definition?.networkMode !== 'awsvpc') return [];
  const { given, pauseId, isUp } = task.network ?? {};
  // Where the disk was lost a pause container is found, and its address asked for once more.
  if (!given || pauseId === undefined) return [{ kind: 'network', container: PAUSE }];
  return isUp ? [] : [{ kind: 'start', container: PAUSE }];
}
