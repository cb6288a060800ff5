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
  instanceOfTask,
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
    taskDefinitionDigest: digestOf(state, task.taskDefinitionArn),
    overrides: task.overrides,
    desiredStatus,
    ...(desiredStatus === 'STOPPED' && task.stoppedReason ? { stopReason: task.stoppedReason } : {}),
    containerArns: Object.fromEntries(task.containers.map((container) => [container.name, container.containerArn])),
    group: task.group,
    ...logMode,
  };
}

const digestOf = (state: EcsState, taskDefinitionArn: string): string =>
  state.taskDefinitions.get(taskDefinitionArn)?.digest ?? '';

function logModeOf(state: EcsState, { containerInstanceArn }: ContainerInstance): LogMode {
  const logMode = effectiveSetting(state, parseArn(containerInstanceArn)!, 'defaultLogDriverMode');
  return logMode === 'blocking' ? { logMode } : {};
}

/** A task as it stands in an assignment, by its version: nothing of it changes without one. */
interface Written {
  readonly taskArn: string;
  readonly taskDefinitionArn: string;
  readonly version: number;
  readonly text: string;
}

interface Host {
  readonly logMode: LogMode['logMode'];
  /** In the order of their ARNs. */
  readonly tasks: Written[];
  /** What the state has was looked through, and every change since was told. */
  isWhole: boolean;
}

/**
 * What instances have to run or stop: a function of the state, and of nothing else. Of a host with many tasks one comes or goes, so what
 * is written of the others is kept, and who is told of a change asks the state for that task alone.
 */
export class Assignments {
  private readonly hosts = new Map<string, Host>();

  constructor(private readonly state: EcsState) {}

  at(instance: ContainerInstance, journalId: string, revision: number): AssignmentText {
    const { state } = this;
    const { containerInstanceArn } = instance;
    const of = { containerInstanceArn, clusterName: clusterNameOf(instance.clusterArn) };
    const { tasks } = this.wholeHost(instance);
    const digests = new Map<string, string>();
    let last: string | undefined;
    for (const { taskDefinitionArn } of tasks) {
      if (taskDefinitionArn !== last) digests.set(taskDefinitionArn, digestOf(state, taskDefinitionArn));
      last = taskDefinitionArn;
    }
    const texts = tasks.map(({ text }) => text);
    return assignmentText({ generation: { journalId, revision }, ...of }, digests, texts);
  }

  /** What the state says of a task now, or of all of an instance's. */
  change({ containerInstanceArn, taskArn }: Touched): void {
    const host = this.hosts.get(containerInstanceArn);
    if (!host) return;
    if (taskArn === undefined) host.isWhole = false;
    if (taskArn === undefined || !host.isWhole) return;
    const task = this.state.tasks.get(taskArn);
    const at = firstFrom(host.tasks, taskArn);
    const isKnown = host.tasks[at]?.taskArn === taskArn;
    const isHere = task !== undefined && instanceOfTask(task) === containerInstanceArn;
    const instance = isHere && this.state.containerInstances.get(containerInstanceArn);
    host.tasks.splice(at, Number(isKnown), ...(instance ? [this.write(task, instance, host)] : []));
  }

  /** Those of no other instances are kept. */
  keepOnly(arns: ReadonlySet<string>): void {
    for (const arn of this.hosts.keys()) if (!arns.has(arn)) this.hosts.delete(arn);
  }

  /** Changes may not have been told: the state is looked through again. What is written of tasks that are as they were stays. */
  doubt(): void {
    for (const host of this.hosts.values()) host.isWhole = false;
  }

  private wholeHost(instance: ContainerInstance): Host {
    const { containerInstanceArn } = instance;
    const { logMode } = logModeOf(this.state, instance);
    const found = this.hosts.get(containerInstanceArn);
    const known = found?.logMode === logMode ? found : undefined;
    if (known?.isWhole) return known;
    const host: Host = { logMode, tasks: [], isWhole: true };
    let at = 0;
    for (const task of tasksAssignedTo(this.state, containerInstanceArn)) {
      const { taskArn } = task;
      while (known && at < known.tasks.length && known.tasks[at]!.taskArn < taskArn) at++;
      const written = known?.tasks[at];
      const isSame = written?.taskArn === taskArn && written.version === task.version;
      host.tasks.push(isSame ? written : this.write(task, instance, host));
    }
    this.hosts.set(containerInstanceArn, host);
    return host;
  }

  private write(
    task: Task,
    { containerInstanceArn, clusterArn }: ContainerInstance,
    { logMode }: Pick<Host, 'logMode'>,
  ): Written {
    const { taskArn, taskDefinitionArn, version } = task;
    const entry = entryOf(this.state, task, logMode ? { logMode } : {});
    return {
      taskArn,
      taskDefinitionArn,
      version,
      text: entryText(entry, { containerInstanceArn, clusterName: clusterNameOf(clusterArn) }),
    };
  }
}

/** The place of the first that is not before `taskArn`. */
function firstFrom(tasks: readonly Written[], taskArn: string): number {
  let [low, high] = [0, tasks.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (tasks[middle]!.taskArn < taskArn) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether two assignments ask the same of the same instance, whenever they were made. */
export const saysTheSame = (a: FoundAssignment, b: AssignmentText): boolean =>
  a.generation.journalId === b.generation.journalId && a.body === b.body;

/** The instance whose assignment changes, and the task that changes there; without one everything may be another. */
export interface Touched {
  readonly containerInstanceArn: string;
  readonly taskArn?: string;
}

interface Touching extends Partial<Touched> {
  readonly from?: string;
  readonly to?: string;
}

/** What an event changes of the assignments, if it changes something. */
function touchedBy(state: EcsState, { type, data }: EventRecord): Touched | undefined {
  const { taskArn, containerInstanceArn, from, to } = data as Touching;
  const hostOf = () => state.tasks.get(taskArn!)?.containerInstanceArn;
  const of = (arn: string | undefined, task?: string) => (arn ? { containerInstanceArn: arn, taskArn: task } : undefined);
  switch (type) {
    case 'TaskPlaced':
      return of(containerInstanceArn, taskArn);
    case 'ContainerInstanceRegistered':
    case 'ContainerInstanceDeregistered':
      return of(containerInstanceArn);
    case 'TaskStopRequested':
      return of(hostOf(), taskArn);
    case 'TaskStatusChanged':
      // The end of a task changes what its host has to do, and the end of its drain; the rest of the way is the host's own report.
      return to === 'STOPPED' || from === 'DEACTIVATING' ? of(hostOf(), taskArn) : undefined;
    default:
      return undefined;
  }
}

export function* touched(state: EcsState, events: Iterable<EventRecord>): Iterable<Touched> {
  for (const event of events) {
    const one = touchedBy(state, event);
    if (one) yield one;
  }
}
