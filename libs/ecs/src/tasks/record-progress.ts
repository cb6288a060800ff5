import { registrationOfHost } from '../lookup/lookup.js';
import type { TaskReport } from '../model/agent-protocol.js';
import type { Container, HealthStatus, StopCode, Task, TaskStatus } from '../model/task.js';
import { type ContainerChange, type EcsEvent, event } from '../model/events.js';
import type { CommandRule } from '../model/rules.js';
import type { EcsState } from '../model/state.js';
import { assertMayMove, isAfter } from './transitions.js';

/** What agents of one gathering observed. The subject that each spoke on proves its host; `containerInstanceArn` is a registration of that host, not always the one that counts. */
export interface RecordTaskProgressInput {
  readonly reports: readonly { readonly containerInstanceArn: string; readonly report: TaskReport }[];
}

export interface RecordTaskProgressReply {
  /** taskArn → the report sequence that is folded now: above that of a report which came too late to count. */
  readonly acknowledged: Readonly<Record<string, number>>;
  /** Tasks the state does not know, knows on another instance, or has given up while the instance was lost and still ran them. */
  readonly strays: readonly string[];
}

/** Docker never says more than this about a container that a user can use (ECS: container.reason ≤ 1024). */
const MAX_REASON = 1024;

/** How far a host's clock may be ahead. */
const MAX_AHEAD_MS = 60_000;

/**
 * A host's instants as they are kept: in the one form in which instants compare as text, not before the task was created, and
 * hardly after now. Its clock may be anything.
 */
function onTime(report: TaskReport, task: Task, at: string): TaskReport {
  const [least, most] = [Date.parse(task.createdAt), Date.parse(at) + MAX_AHEAD_MS];
  const kept: Writable<TaskReport> = { ...report };
  for (const time of ['pullStartedAt', 'pullStoppedAt', 'startedAt', 'stoppingAt', 'executionStoppedAt', 'stoppedAt'] as const) {
    const said = report[time];
    if (said !== undefined) kept[time] = new Date(Math.min(most, Math.max(least, Date.parse(said)))).toISOString();
  }
  return kept;
}

type Writable<T> = { -readonly [Member in keyof T]: T[Member] };

/** The statuses a cumulative report has passed, in order, that the state has not seen yet. */
function passed(task: Task, report: TaskReport): TaskStatus[] {
  const steps: TaskStatus[] = [];
  // With targets it is RUNNING when the load balancer says that it has registered them.
  if (report.startedAt || report.status === 'RUNNING') steps.push(task.targets ? 'ACTIVATING' : 'RUNNING');
  const gaveBack = report.status === 'DEPROVISIONING' || report.status === 'STOPPED';
  // What has an interface gives it back before it is over, whether its host found the time to say so or not.
  const deprovisions = gaveBack && task.networkInterface !== undefined;
  if (report.status === 'STOPPING' || deprovisions || (gaveBack && report.stoppingAt)) steps.push('STOPPING');
  if (deprovisions) steps.push('DEPROVISIONING');
  if (report.status === 'STOPPED') steps.push('STOPPED');
  return steps.filter((status) => isAfter(status, task.lastStatus));
}

const OBSERVED = ['lastStatus', 'runtimeId', 'imageDigest', 'exitCode', 'reason', 'healthStatus', 'restartCount'] as const;

function changeOf(container: Container, reported: TaskReport['containers'][number]): ContainerChange | undefined {
  const change: Record<string, unknown> = {};
  for (const field of OBSERVED) {
    const value = field === 'reason' ? reported.reason?.slice(0, MAX_REASON) : reported[field];
    if (value !== undefined && value !== container[field] && !(field === 'restartCount' && !value && !container.restartCount)) {
      change[field] = value;
    }
  }
  if (JSON.stringify(reported.networkBindings) !== JSON.stringify(container.networkBindings)) {
    change['networkBindings'] = reported.networkBindings;
  }
  return Object.keys(change).length > 0 ? { name: container.name, ...change } : undefined;
}

const TIMES = ['pullStartedAt', 'pullStoppedAt', 'executionStoppedAt'] as const;

function observed(task: Task, report: TaskReport): EcsEvent | undefined {
  const byName = new Map(report.containers.map((container) => [container.name, container]));
  const containers = task.containers.flatMap((container) => {
    const reported = byName.get(container.name);
    const change = reported && changeOf(container, reported);
    return change ? [change] : [];
  });
  const times: Partial<Record<(typeof TIMES)[number], string>> = {};
  for (const time of TIMES) if (report[time] && report[time] !== task[time]) times[time] = report[time];
  const healthStatus: HealthStatus | undefined = report.healthStatus === task.healthStatus ? undefined : report.healthStatus;
  if (containers.length === 0 && Object.keys(times).length === 0 && !healthStatus) return undefined;
  return event('TaskContainersChanged', {
    taskArn: task.taskArn,
    containers,
    ...times,
    ...(healthStatus ? { healthStatus } : {}),
  });
}

const atOf: Partial<Record<TaskStatus, 'startedAt' | 'stoppingAt' | 'stoppedAt'>> = {
  ACTIVATING: 'startedAt',
  RUNNING: 'startedAt',
  STOPPING: 'stoppingAt',
  STOPPED: 'stoppedAt',
};

/** Of a task on Fargate ECS says itself what image could not be pulled, where others only failed to start [dg stopped-task-error-codes]. */
function reasonOf({ launchType }: Task, { stopCode, containers, stoppedReason }: TaskReport): string | undefined {
  if (launchType !== 'FARGATE' || stopCode !== 'TaskFailedToStart') return stoppedReason;
  return containers.find(({ reason }) => reason?.startsWith('CannotPullContainerError: '))?.reason ?? stoppedReason;
}

function transitions(task: Task, report: TaskReport, actor: string): EcsEvent[] {
  let from = task.lastStatus;
  return passed(task, report).map((to) => {
    const ends = to === 'STOPPING' || to === 'STOPPED';
    const cause: { stopCode?: StopCode; reason?: string } =
      ends && !task.stopCode ? { stopCode: report.stopCode, reason: reasonOf(task, report) } : {};
    const at = report[atOf[to]!];
    const change = { taskArn: task.taskArn, from, to, ...(at ? { at } : {}), timed: true as const, ...cause };
    assertMayMove(actor, change, { ...task, lastStatus: from });
    from = to;
    return event('TaskStatusChanged', change);
  });
}

/** The events of one cumulative report; none when the state has seen it all. */
export function eventsOfReport(task: Task, said: TaskReport, actor: string, at: string): EcsEvent[] {
  const report = onTime(said, task, at);
  // The same number again says the same, or comes from a disk that has lost the report which first had it.
  if (report.sequence < task.reportSequence || task.lastStatus === 'STOPPED') return [];
  const containers = observed(task, report);
  const moves = transitions(task, report, actor);
  if (!containers && moves.length === 0) return [];
  // Containers first: whoever is told that a task is RUNNING finds its ports in the same commit's state.
  return [
    ...(containers ? [containers] : []),
    ...moves,
    event('TaskReportRecorded', { taskArn: task.taskArn, sequence: report.sequence }),
  ];
}

/** A report that was sent twice may be gathered twice; reports are cumulative, so the newest of a task says it all. */
function newestOfEach(reports: RecordTaskProgressInput['reports']): RecordTaskProgressInput['reports'] {
  const newest = new Map<string, RecordTaskProgressInput['reports'][number]>();
  for (const entry of reports) {
    const key = `${entry.containerInstanceArn} ${entry.report.taskArn}`;
    if ((newest.get(key)?.report.sequence ?? -1) < entry.report.sequence) newest.set(key, entry);
  }
  return [...newest.values()];
}

/**
 * The task, if it is of the registration that counts of this host. Which one that is only this state knows: who gathered the report may not
 * have heard yet that the host has moved, and a task that is called a stray is stopped for good.
 */
function taskOfHost(state: EcsState, reportedFrom: string, taskArn: string): Task | undefined {
  const task = state.tasks.get(taskArn);
  const instance = state.containerInstances.get(reportedFrom);
  if (!task || !instance) return undefined;
  const counts = registrationOfHost(state, instance, instance.instanceId);
  return counts?.containerInstanceArn === task.containerInstanceArn ? task : undefined;
}

export const recordTaskProgress: CommandRule<RecordTaskProgressInput> = {
  actors: ['health-monitor'],
  decide: (state, { reports }, { actor, at }) =>
    newestOfEach(reports).flatMap(({ containerInstanceArn, report }) => {
      const task = taskOfHost(state, containerInstanceArn, report.taskArn);
      return task ? eventsOfReport(task, report, actor, at) : [];
    }),
  reply: (state, { reports }): RecordTaskProgressReply => {
    const isStray = ({ containerInstanceArn, report }: (typeof reports)[number]) => {
      const task = taskOfHost(state, containerInstanceArn, report.taskArn);
      return !task || (task.lastStatus === 'STOPPED' && report.status !== 'STOPPED');
    };
    const newest = newestOfEach(reports);
    return {
      acknowledged: Object.fromEntries(
        newest
          .filter((entry) => !isStray(entry))
          .map(({ report: { taskArn, sequence } }) => [taskArn, Math.max(sequence, state.tasks.get(taskArn)!.reportSequence)]),
      ),
      strays: newest.filter(isStray).map(({ report }) => report.taskArn),
    };
  },
};
