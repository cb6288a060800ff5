import { effectiveSetting } from '#lib/ecs/accounts';
import {
  type AssignmentEntry,
  type AssignmentText,
  assignmentText,
  clusterNameOf,
  type ContainerInstance,
  type EcsState,
  entryText,
  type FoundAssignment,
  type Task,
} from '#lib/ecs/model';
import { tasksAssignedTo } from '#lib/ecs/tasks';
import { type EventRecord, parseArn } from '#lib/kernel';

/** A task that drains runs on until its connections have ended: the other order drops requests. */
const desiredOnHost = ({ desiredStatus, lastStatus }: Task): Task['desiredStatus'] =>
  lastStatus === 'DEACTIVATING' ? 'RUNNING' : desiredStatus;

type LogMode = Pick<AssignmentEntry, 'logMode'>;

function entryOf(state: EcsState, task: Task, logMode: LogMode): AssignmentEntry {
  const desiredStatus = desiredOnHost(task);
  return {
    taskArn: task.taskArn,
    taskDefinitionArn: task.taskDefinitionArn,
    taskDefinitionDigest: digestOf(state, task),
    overrides: task.overrides,
    desiredStatus,
    ...(desiredStatus === 'STOPPED' && task.stoppedReason ? { stopReason: task.stoppedReason } : {}),
    containerArns: Object.fromEntries(task.containers.map((container) => [container.name, container.containerArn])),
    group: task.group,
    ...logMode,
  };
}

const digestOf = (state: EcsState, { taskDefinitionArn }: Task): string =>
  state.taskDefinitions.get(taskDefinitionArn)?.digest ?? '';

function logModeOf(state: EcsState, { containerInstanceArn }: ContainerInstance): LogMode {
  const logMode = effectiveSetting(state, parseArn(containerInstanceArn)!, 'defaultLogDriverMode');
  return logMode === 'blocking' ? { logMode } : {};
}

/** What a task looks like in an assignment, by the task as it is in the state: most of a host's tasks are as they were before. */
const written = new WeakMap<Task, { readonly of: string; readonly text: string }>();

/** What one instance has to run or stop at a revision: a function of the state, and of nothing else. */
export function assignmentOf(state: EcsState, instance: ContainerInstance, journalId: string, revision: number): AssignmentText {
  const { containerInstanceArn } = instance;
  const of = { containerInstanceArn, clusterName: clusterNameOf(instance.clusterArn) };
  const logMode = logModeOf(state, instance);
  const key = `${containerInstanceArn} ${logMode.logMode}`;
  const digests = new Map<string, string>();
  const entries = tasksAssignedTo(state, containerInstanceArn).map((task) => {
    if (!digests.has(task.taskDefinitionArn)) digests.set(task.taskDefinitionArn, digestOf(state, task));
    const known = written.get(task);
    if (known?.of === key) return known.text;
    const text = entryText(entryOf(state, task, logMode), of);
    written.set(task, { of: key, text });
    return text;
  });
  return assignmentText({ generation: { journalId, revision }, ...of }, digests, entries);
}

/** Whether two assignments ask the same of the same instance, whenever they were made. */
export const saysTheSame = (a: FoundAssignment, b: AssignmentText): boolean =>
  a.generation.journalId === b.generation.journalId && a.body === b.body;

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
