import type { EcsEvents, EcsState, Task } from '#lib/ecs/model';
import type { EventRecord, Transaction } from '#lib/kernel';
import { type BalancedTargets, targetKey } from './target-groups.js';

type Must = (property: string, holds: boolean, message: string) => void;

const DRAINED = 'a task stops when it has drained or its time is over';
/** Of a target that the load balancer has not told of. */
const UNTOLD_MS = 10_000;

/** What a run has to meet before it has shown anything about targets. */
export const SEEN_OF_TARGETS = ['registered', 'unhealthy target', 'drained', 'drain deadline'] as const;

/** Registration, drain and end of tasks behind load balancers, by rules that are written here a second time. */
export class TargetAudit {
  constructor(
    private readonly state: EcsState,
    private readonly must: Must,
    private readonly count: (what: (typeof SEEN_OF_TARGETS)[number]) => void,
  ) {}

  /** Before `evolve`. */
  before({ type, data }: EventRecord, { actor }: Transaction, nowMs: number): void {
    if (type !== 'TaskStatusChanged') return;
    const { taskArn, from, to, drainDeadlineAt } = data as EcsEvents['TaskStatusChanged'];
    const task = this.state.tasks.get(taskArn)!;
    const { targets = [] } = task;
    if (to === 'RUNNING' && task.targets) {
      this.must('a task is RUNNING when it is registered', from === 'ACTIVATING' && actor === 'load-balancer', taskArn);
      this.count('registered');
    }
    if (to === 'DEACTIVATING') {
      const longestMs = Math.max(...targets.map(({ deregistrationDelayMs }) => deregistrationDelayMs ?? UNTOLD_MS));
      const inMs = Date.parse(drainDeadlineAt!) - nowMs;
      this.must('a drain is no longer than its target groups allow', inMs <= longestMs, `${taskArn} drains for ${inMs} ms`);
    }
    if (from !== 'DEACTIVATING' || actor === 'health-monitor') return;
    const isDrained = targets.every(({ state }) => state === 'drained');
    const isLate = nowMs >= Date.parse(task.drainDeadlineAt!);
    const isGone = to === 'STOPPED';
    this.must(DRAINED, isGone || (actor === 'load-balancer' ? isDrained : isLate), `${taskArn} was ended by ${actor}`);
    if (!isGone) this.count(isDrained ? 'drained' : 'drain deadline');
  }

  /** After `evolve`. */
  after({ type, data }: EventRecord): void {
    if (type !== 'TaskStatusChanged' && type !== 'TaskTargetsChanged') return;
    const task = this.state.tasks.get((data as EcsEvents['TaskTargetsChanged']).taskArn)!;
    const { targets = [], lastStatus, desiredStatus } = task;
    const isPending = targets.some(({ state }) => state === 'pending');
    this.must('a task is RUNNING when it is registered', lastStatus !== 'RUNNING' || !isPending, task.taskArn);
    if (lastStatus === 'DEACTIVATING') this.must(DRAINED, desiredStatus === 'STOPPED' && !isPending, `${task.taskArn} drains`);
    if (targets.some(({ health }) => health === 'unhealthy')) this.count('unhealthy target');
  }

  /** A host sends SIGTERM to a container of the task, whatever the journal says: nobody may be connected to it. */
  beforeStop(task: Task | undefined, balanced: BalancedTargets, nowMs: number): void {
    if (!task?.targets || task.lastStatus === 'STOPPED') return;
    const { taskArn, lastStatus, desiredStatus, targets, drainDeadlineAt } = task;
    if (lastStatus === 'PENDING') return;
    // It was asked to stop while its containers started: nothing was ever sent to it, and its host may hear of it before it has reported.
    const isUntouched =
      lastStatus === 'ACTIVATING' && desiredStatus === 'STOPPED' && targets.every(({ state }) => state === 'pending');
    this.must(DRAINED, lastStatus === 'STOPPING' || isUntouched, `${taskArn} is ${lastStatus} and gets a SIGTERM`);
    const isLate = drainDeadlineAt !== undefined && nowMs >= Date.parse(drainDeadlineAt);
    const connected = targets.find((target) => balanced.mayHaveConnections(targetKey(taskArn, target)));
    this.must(DRAINED, !connected || isLate, `${taskArn} gets a SIGTERM while ${connected?.targetGroupArn} sends it requests`);
  }
}
