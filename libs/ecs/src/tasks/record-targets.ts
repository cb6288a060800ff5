import { type CommandContext, sameContent } from '#lib/kernel';
import { type EcsEvent, event } from '../model/events.js';
import type { CommandRule } from '../model/rules.js';
import type { Service } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import type { TargetKey, Task, TaskTarget } from '../model/task.js';
import { isSameTarget } from '../task-health/targets.js';
import { drainOver, moved } from './drain.js';
import { saidBy, subjectOf, targetLines } from './service-lines.js';

/** What the load balancer has to tell of one target of a task. Saying it again changes nothing. */
export interface TargetReport extends TargetKey {
  readonly taskArn: string;
  /** `registered`: it may get connections from now on. `drained`: it has none any more and gets none; also of one never registered. */
  readonly state?: 'registered' | 'drained';
  /** The target group's deregistration delay: with `registered`, and again when it was changed. */
  readonly deregistrationDelayMs?: number;
  /** A transition, never each check; of a registered target. */
  readonly health?: TaskTarget['health'];
  /** Of `health`, in the load balancer's words; of a target that is pending, why it cannot be registered. */
  readonly reason?: string;
}

/** One command tells of at most this many: a transaction that is too large for a commit would be refused for ever. */
export const MOST_TOLD_AT_ONCE = 100;

export interface RecordTargetsInput {
  readonly targets: readonly TargetReport[];
}

export interface RecordTargetsReply {
  /** Tasks that are STOPPED or not known (any more): of their targets nothing is left to tell. */
  readonly over: readonly string[];
}

/** As ECS bounds reasons: container.reason ≤ 1024. */
const MAX_REASON = 1024;

/** What a report makes of a target. Messages overtake each other: what is behind the state, or ahead of the task, changes nothing. */
function toldOf(target: TaskTarget, task: Task, report: TargetReport): TaskTarget {
  const { reason: known, ...kept } = target;
  const reason = report.reason?.slice(0, MAX_REASON);
  const withReason = (now: Omit<TaskTarget, 'reason'>, why = reason): TaskTarget =>
    why === undefined ? now : { ...now, reason: why };
  switch (target.state) {
    case 'pending': {
      // One that was asked to stop before its containers had started is about to be stopped: nothing may be sent to it any more.
      if (task.lastStatus !== 'ACTIVATING' || task.desiredStatus === 'STOPPED') return target;
      if (report.state !== 'registered') return withReason(kept, reason ?? known);
      const { deregistrationDelayMs, health = 'initial' } = report;
      return withReason({
        ...kept,
        state: 'registered',
        health,
        ...(deregistrationDelayMs === undefined ? {} : { deregistrationDelayMs }),
      });
    }
    case 'registered': {
      const { deregistrationDelayMs = target.deregistrationDelayMs, health } = report;
      const now = { ...kept, ...(deregistrationDelayMs === undefined ? {} : { deregistrationDelayMs }) };
      return health === undefined ? withReason(now, known) : withReason({ ...now, health });
    }
    case 'draining':
      return report.state === 'drained' ? { ...target, state: 'drained' } : target;
    case 'drained':
      return target;
  }
}

interface Told {
  readonly task: Task;
  /** With what is told now. */
  readonly targets: readonly TaskTarget[];
  readonly changed: readonly TaskTarget[];
}

function toldOfTasks(state: EcsState, reports: readonly TargetReport[]): readonly Told[] {
  const byTask = new Map<string, TargetReport[]>();
  for (const report of reports) {
    const known = byTask.get(report.taskArn);
    if (known) known.push(report);
    else byTask.set(report.taskArn, [report]);
  }
  return [...byTask].flatMap(([arn, own]) => {
    const task = state.tasks.get(arn);
    if (!task?.targets) return [];
    const targets = task.targets.map((target) =>
      own.filter((report) => isSameTarget(report, target)).reduce((now, report) => toldOf(now, task, report), target),
    );
    const changed = targets.filter((target, i) => !sameContent(target, task.targets![i]));
    return changed.length > 0 ? [{ task, targets, changed }] : [];
  });
}

function step({ task, targets }: Told, actor: string): EcsEvent[] {
  if (task.lastStatus === 'ACTIVATING' && targets.every(({ state }) => state !== 'pending'))
    return [moved(task, actor, 'RUNNING')];
  if (task.lastStatus === 'DEACTIVATING' && targets.every(({ state }) => state === 'drained')) return [drainOver(task, actor)];
  return [];
}

/** Of each service and target group one line, however many of its tasks this is about. */
function lines(state: EcsState, told: readonly Told[], context: CommandContext): EcsEvent[] {
  const counts = new Map<string, { readonly say: (count: number) => readonly [Service, string]; count: number }>();
  for (const { task, changed } of told) {
    const service = task.replica && state.services.get(task.replica.serviceArn);
    if (!service) continue;
    const subject = subjectOf(service, { id: task.replica.deploymentId });
    for (const { state: now, targetGroupArn, ...target } of changed) {
      const before = task.targets!.find((one) => isSameTarget(one, { targetGroupArn, ...target }))!;
      const line = now === 'registered' ? 'registered' : 'deregistered';
      if (now === before.state) continue;
      const key = `${line} ${subject.serviceArn} ${subject.serviceName} ${targetGroupArn}`;
      const known = counts.get(key);
      if (known) known.count++;
      else counts.set(key, { say: (count) => [service, targetLines[line](subject, count, targetGroupArn)], count: 1 });
    }
  }
  return saidBy(
    context,
    [...counts.values()].map(({ say, count }) => say(count)),
  );
}

export const recordTargets: CommandRule<RecordTargetsInput> = {
  actors: ['load-balancer'],
  decide(state, { targets: reports }, context) {
    const told = toldOfTasks(state, reports);
    return [
      ...told.flatMap((one) => [
        event('TaskTargetsChanged', { taskArn: one.task.taskArn, targets: one.changed }),
        ...step(one, context.actor),
      ]),
      ...lines(state, told, context),
    ];
  },
  reply: (state, { targets }): RecordTargetsReply => {
    const isOver = (arn: string) => (state.tasks.get(arn)?.lastStatus ?? 'STOPPED') === 'STOPPED';
    return { over: [...new Set(targets.map(({ taskArn }) => taskArn))].filter(isOver) };
  },
};
