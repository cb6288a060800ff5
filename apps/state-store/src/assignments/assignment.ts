import { effectiveSetting } from '#lib/ecs/accounts';
import {
  type Assignment,
  type AssignmentEntry,
  clusterNameOf,
  type ContainerInstance,
  type EcsState,
  type Task,
} from '#lib/ecs/model';
import { tasksAssignedTo } from '#lib/ecs/tasks';
import { type EventRecord, parseArn } from '#lib/kernel';

/** A task that drains runs on until its connections have ended: the other order drops requests. */
const desiredOnHost = ({ desiredStatus, lastStatus }: Task): Task['desiredStatus'] =>
  lastStatus === 'DEACTIVATING' ? 'RUNNING' : desiredStatus;

function entryOf(state: EcsState, task: Task): AssignmentEntry {
  const desiredStatus = desiredOnHost(task);
  return {
    taskArn: task.taskArn,
    taskDefinitionArn: task.taskDefinitionArn,
    taskDefinitionDigest: state.taskDefinitions.get(task.taskDefinitionArn)?.digest ?? '',
    overrides: task.overrides,
    desiredStatus,
    ...(desiredStatus === 'STOPPED' && task.stoppedReason ? { stopReason: task.stoppedReason } : {}),
    containerArns: Object.fromEntries(task.containers.map((container) => [container.name, container.containerArn])),
    group: task.group,
    ...logModeOf(state, task),
  };
}

function logModeOf(state: EcsState, { taskArn }: Task): Pick<AssignmentEntry, 'logMode'> {
  const logMode = effectiveSetting(state, parseArn(taskArn)!, 'defaultLogDriverMode');
  return logMode === 'blocking' ? { logMode } : {};
}

/** What one instance has to run or stop at a revision: a pure function of the state. */
export function assignmentOf(state: EcsState, instance: ContainerInstance, journalId: string, revision: number): Assignment {
  return {
    generation: { journalId, revision },
    containerInstanceArn: instance.containerInstanceArn,
    clusterName: clusterNameOf(instance.clusterArn),
    entries: tasksAssignedTo(state, instance.containerInstanceArn).map((task) => entryOf(state, task)),
  };
}

/** Whether two assignments ask the same of the same instance, whenever they were made. */
export const sameEntries = (a: Assignment, b: Assignment): boolean =>
  a.generation.journalId === b.generation.journalId &&
  a.containerInstanceArn === b.containerInstanceArn &&
  // Mostly a task has come or gone, and hosts may have hundreds.
  a.entries.length === b.entries.length &&
  JSON.stringify(a.entries) === JSON.stringify(b.entries);

interface Touching {
  readonly taskArn?: string;
  readonly containerInstanceArn?: string;
  readonly from?: string;
  readonly to?: string;
}

/** The instance whose assignment an event changes, if it changes one. */
function instanceTouched(state: EcsState, { type, data }: EventRecord): string | undefined {
  const { taskArn, containerInstanceArn, from, to } = data as Touching;
  switch (type) {
    case 'TaskPlaced':
    case 'ContainerInstanceRegistered':
    case 'ContainerInstanceDeregistered':
      return containerInstanceArn;
    case 'TaskStopRequested':
      return state.tasks.get(taskArn!)?.containerInstanceArn;
    case 'TaskStatusChanged':
      // The end of a task changes what its host has to do, and the end of its drain; the rest of the way is the host's own report.
      return to === 'STOPPED' || from === 'DEACTIVATING' ? state.tasks.get(taskArn!)?.containerInstanceArn : undefined;
    default:
      return undefined;
  }
}

export function instancesTouched(state: EcsState, events: Iterable<EventRecord>): Set<string> {
  const touched = new Set<string>();
  for (const event of events) {
    const arn = instanceTouched(state, event);
    if (arn) touched.add(arn);
  }
  return touched;
}
