import type { TaskDefinitionPayload } from '#lib/ecs/model';
import type { Busy, Operation } from './operation.js';
import { PAUSE } from './pause-spec.js';
import type { TaskRecord } from './task-record.js';

/** The rules of a task's network: it is asked for first, and given back last. */
/** Its address is given to others when the task is over: whatever has it is gone before that is said. */
export const holdsNetwork = ({ network }: TaskRecord): boolean => network !== undefined && !network.released;

/** All its containers are in the namespace that is gone. */
export function loseNetwork(task: TaskRecord, now: string): TaskRecord {
  if (!holdsNetwork(task) || task.desiredStatus === 'STOPPED') return task;
  return {
    ...task,
    executionStoppedAt: task.executionStoppedAt ?? now,
    desiredStatus: 'STOPPED',
    stopCode: task.startedAt === undefined ? 'TaskFailedToStart' : 'EssentialContainerExited',
    stoppedReason: `Essential container in task exited: ${PAUSE}, which holds the network interface of the task`,
  };
}

export function networkOperations(task: TaskRecord, definition: TaskDefinitionPayload | undefined, busy: Busy): Operation[] {
  if (busy.has(PAUSE)) return [];
  const isOver = task.desiredStatus === 'STOPPED' && task.containers.every(({ phase }) => phase === 'STOPPED');
  if (holdsNetwork(task)) return isOver ? [{ kind: 'release-network', container: PAUSE }] : [];
  const isWanted = task.desiredStatus === 'RUNNING' && task.network === undefined && definition?.networkMode === 'awsvpc';
  return isWanted ? [{ kind: 'network', container: PAUSE }] : [];
}
