import { countedAs, createEcsStore, type EcsEvents, type EcsState, type Task } from '#lib/ecs/model';
import { ecs } from '#lib/ecs';
import { isAfter, mayMove, mayStop } from '#lib/ecs/tasks';
import { ServiceAudit, serviceOf } from './service-audit.js';
import { leftBySteps } from './step-audit.js';
import type { BalancedTargets } from './target-groups.js';
import { TargetAudit } from './target-audit.js';
import { TrafficAudit } from './traffic-audit.js';
import { TaskSetAudit } from './task-set-audit.js';
import { type Commit, digestOf, type Revision } from '#lib/journal';
import type { EventRecord, Transaction } from '#lib/kernel';

/** A broken property of the product. */
export class Violation extends Error {
  constructor(
    readonly property: string,
    message: string,
    readonly revision?: number,
  ) {
    super(message);
  }
}

interface Held {
  cpu: number;
  memoryMiB: number;
  readonly portsTcp: number[];
  readonly fixedTcp: number[];
}

/**
 * Reads the journal over the writer's shoulder: every commit, in the moment it lands, against what must always hold. It counts
 * anew from the tasks what `evolve` keeps in ledgers.
 */
export class Auditor {
  private readonly store = createEcsStore();
  private readonly commandIds = new Set<string>();
  private readonly commitIds = new Set<string>();
  /** A replica's value → the equal one of this state. */
  private readonly alike = new WeakMap<object, object>();
  private lastAt = '';
  /** No host is off or cut off any more. */
  everyHostLives = false;
  revision = 0 as Revision;
  /** Every task ever placed, also when it is forgotten. */
  readonly placed = new Map<string, { readonly requestId: string; readonly revision: number }>();
  /** clientToken → how many tasks were ever placed under it. */
  readonly placedByToken = new Map<string, number>();
  readonly registeredDefinitions = new Set<string>();
  /** Container instance → its statuses from revision to revision. */
  readonly instanceStatuses = new Map<string, { readonly revision: number; readonly status: string }[]>();
  readonly eventCounts = new Map<string, number>();
  readonly services = new ServiceAudit(this.state, (...property) => this.must(...property));
  private readonly taskSets = new TaskSetAudit(this.state, (...property) => this.must(...property));

  private readonly targets = new TargetAudit(
    this.state,
    (...property) => this.must(...property),
    (what) => this.services.count(what),
  );

  private readonly traffic: TrafficAudit;

  constructor(
    private readonly journalId: string,
    balanced: BalancedTargets,
  ) {
    this.traffic = new TrafficAudit(
      this.state,
      balanced,
      (...property) => this.must(...property),
      (what) => this.services.count(what),
    );
  }

  get state(): EcsState {
    return this.store.state;
  }

  digest(): string {
    return digestOf(this.store);
  }

  /** Compares a replica at this very revision, entry by entry: cheap where both hold the same parts of the same commits. */
  compare(who: string, state: EcsState): void {
    for (const name of Object.keys(this.state) as (keyof EcsState)[]) {
      const [truth, seen] = [this.state[name], state[name]];
      this.must('equal states at equal revisions', truth.size === seen.size, `${name} of ${who}: ${seen.size} of ${truth.size}`);
      for (const [key, value] of truth.entries())
        this.must('equal states at equal revisions', this.isAlike(value, seen.get(key)), `${name} of ${who}: ${key} differs`);
    }
  }

  /** Values are never changed, so what was equal once is not read again. */
  private isAlike(truth: object, seen: object | undefined): boolean {
    if (truth === seen || (seen && this.alike.get(seen) === truth)) return true;
    if (!seen || !sameValue(truth, seen)) return false;
    this.alike.set(seen, truth);
    return true;
  }

  onCommit(commit: Commit, revision: Revision): void {
    this.must('revisions rise by one', revision === this.revision + 1, `after ${this.revision} came ${revision}`);
    this.revision = revision;
    this.must('one journal', commit.journalId === this.journalId, commit.journalId);
    this.must('time only rises', commit.at >= this.lastAt, `${commit.at} after ${this.lastAt}`);
    this.must('a commit lands once', !this.commitIds.has(commit.commitId), commit.commitId);
    this.commitIds.add(commit.commitId);
    this.lastAt = commit.at;
    const nowMs = Date.parse(commit.at);
    const touched = new Set<string>();
    let index = 0;
    for (const transaction of commit.transactions) {
      const { commandId } = transaction;
      this.must('a command is decided once', !this.commandIds.has(commandId), `${transaction.operation} ${commandId}`);
      this.commandIds.add(commandId);
      const isStep = transaction.operation === 'AdvanceService';
      if (isStep) this.services.beforeStep(transaction, nowMs);
      for (const event of transaction.events) {
        this.before(event, transaction, touched);
        this.services.before(event, transaction, nowMs);
        this.taskSets.before(event);
        this.targets.before(event, transaction, nowMs);
        this.traffic.before(event, transaction);
        ecs.decider.evolve(this.state, event, { at: commit.at, revision, index: index++, transaction });
        this.after(event);
        this.services.after(event, nowMs);
        this.taskSets.after(event);
        this.targets.after(event);
      }
      if (isStep) {
        this.services.afterStep(transaction, nowMs);
        this.checkStep(transaction, commit.at);
      }
    }
    for (const arn of touched) this.checkInstance(arn);
  }

  /** A host is about to send SIGTERM to a container of the task. */
  beforeStop(taskArn: string, balanced: BalancedTargets): void {
    this.targets.beforeStop(this.state.tasks.get(taskArn), balanced, Date.parse(this.lastAt));
  }

  private before({ type, data }: EventRecord, { actor, requestId }: Transaction, touched: Set<string>): void {
    this.eventCounts.set(type, (this.eventCounts.get(type) ?? 0) + 1);
    switch (type) {
      case 'TaskPlaced': {
        const { taskArn, containerInstanceArn, requestTokenKey, lastStatus = 'PENDING' } = data as EcsEvents['TaskPlaced'];
        this.must('no task twice', !this.placed.has(taskArn), `${taskArn} was placed again`);
        this.must('permitted writers', mayMove(actor, 'new', lastStatus), `${actor} placed ${taskArn}`);
        const instance = this.state.containerInstances.get(containerInstanceArn);
        this.must('tasks go to ACTIVE instances', instance?.status === 'ACTIVE', `${taskArn} on ${containerInstanceArn}`);
        this.placed.set(taskArn, { requestId, revision: this.revision });
        const token = requestTokenKey?.slice(requestTokenKey.lastIndexOf('/') + 1) ?? requestId;
        this.placedByToken.set(token, (this.placedByToken.get(token) ?? 0) + 1);
        touched.add(containerInstanceArn);
        return;
      }
      case 'TaskStatusChanged': {
        const { taskArn, from, to, stopCode } = data as EcsEvents['TaskStatusChanged'];
        const task = this.task(taskArn);
        this.must('lastStatus only rises', task.lastStatus === from && isAfter(to, from), `${task.lastStatus}: ${from} → ${to}`);
        this.must('permitted writers', mayMove(actor, from, to), `${actor} moved ${taskArn} from ${from} to ${to}`);
        this.must('permitted writers', !stopCode || mayStop(actor, stopCode), `${actor} stopped ${taskArn}: ${stopCode}`);
        touched.add(task.containerInstanceArn);
        return;
      }
      case 'TaskStopRequested': {
        const { taskArn, stopCode } = data as EcsEvents['TaskStopRequested'];
        this.must('permitted writers', mayStop(actor, stopCode), `${actor} asked ${taskArn} to stop: ${stopCode}`);
        return;
      }
      case 'TaskContainersChanged':
        return void touched.add(this.task((data as EcsEvents['TaskContainersChanged']).taskArn).containerInstanceArn);
      case 'TaskForgotten': {
        const task = this.task((data as EcsEvents['TaskForgotten']).taskArn);
        return this.must(
          'only STOPPED tasks are forgotten',
          task.lastStatus === 'STOPPED',
          `${task.taskArn} is ${task.lastStatus}`,
        );
      }
      case 'ContainerInstanceAgentDisconnected':
        return this.must('nobody who lives is called silent', !this.everyHostLives, JSON.stringify(data));
      case 'TaskDefinitionRegistered':
        return void this.registeredDefinitions.add((data as EcsEvents['TaskDefinitionRegistered']).taskDefinitionArn);
    }
  }

  private after({ type, data }: EventRecord): void {
    const { taskArn, containerInstanceArn } = data as { taskArn?: string; containerInstanceArn?: string };
    const task = taskArn === undefined ? undefined : this.state.tasks.get(taskArn);
    if (task?.lastStatus === 'STOPPED')
      this.must('STOPPED is wanted and explained', task.desiredStatus === 'STOPPED' && !!task.stopCode, task.taskArn);
    if (containerInstanceArn === undefined || type === 'TaskPlaced') return;
    const status = this.state.containerInstances.get(containerInstanceArn)!.status;
    const statuses = this.instanceStatuses.get(containerInstanceArn) ?? [];
    if (statuses.at(-1)?.status !== status) statuses.push({ revision: this.revision, status });
    this.instanceStatuses.set(containerInstanceArn, statuses);
  }

  /** The step that a scheduler would take at this very moment leaves nothing to do. */
  private checkStep({ events }: Transaction, at: string): void {
    const service = serviceOf(this.state, events[0]!);
    const left = service && leftBySteps(this.store, service.serviceArn, at, this.revision);
    this.must('a second pass over a service is empty', left === undefined, `${service?.serviceArn}: ${left}`);
  }

  /** Counted anew from the tasks; fixed host ports are held once, reported ones are facts and may overlap for a moment. */
  private checkInstance(arn: string): void {
    const instance = this.state.containerInstances.get(arn)!;
    const held: Held = { cpu: 0, memoryMiB: 0, portsTcp: [], fixedTcp: [] };
    let running = 0;
    let pending = 0;
    for (const task of this.state.tasks.values()) {
      if (task.containerInstanceArn !== arn || task.lastStatus === 'STOPPED') continue;
      const { cpu, memoryMiB, portsTcp } = task.reservation;
      held.cpu += cpu;
      held.memoryMiB += memoryMiB;
      held.fixedTcp.push(...portsTcp);
      held.portsTcp.push(...new Set([...portsTcp, ...task.containers.flatMap((c) => c.networkBindings.map((b) => b.hostPort))]));
      if (countedAs(task.lastStatus) === 'pending') pending++;
      else running++;
    }
    const { registered, reserved } = instance;
    this.must(
      'capacity is not over-committed',
      held.cpu <= registered.cpu,
      `${held.cpu} of ${registered.cpu} CPU units on ${arn}`,
    );
    this.must(
      'capacity is not over-committed',
      held.memoryMiB <= registered.memoryMiB,
      `${held.memoryMiB} of ${registered.memoryMiB} MiB on ${arn}`,
    );
    const twice = held.fixedTcp.find((port, i) => held.fixedTcp.indexOf(port) !== i);
    this.must('a fixed host port is held once', twice === undefined, `${twice}/tcp on ${arn}`);
    const sorted = (ports: readonly number[]) => [...ports].sort((a, b) => a - b).join();
    this.must(
      'the ledger is what the tasks hold',
      reserved.cpu === held.cpu && reserved.memoryMiB === held.memoryMiB && sorted(reserved.portsTcp) === sorted(held.portsTcp),
      `${arn}: ${JSON.stringify(reserved)} reserved, ${JSON.stringify(held)} held`,
    );
    this.must(
      'tasks are counted',
      instance.runningTasksCount === running && instance.pendingTasksCount === pending,
      `${arn}: ${instance.runningTasksCount} running, ${instance.pendingTasksCount} pending; there are ${running} and ${pending}`,
    );
  }

  private task(taskArn: string): Task {
    const task = this.state.tasks.get(taskArn);
    this.must('events speak of known tasks', task !== undefined, taskArn);
    return task!;
  }

  private must(property: string, holds: boolean, message: string): void {
    if (!holds) throw new Violation(property, message, this.revision);
  }
}

/** As JSON would say it: a member that is undefined is none. */
function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  for (const key in a) if (!sameValue(a[key as never], b[key as never])) return false;
  for (const key in b) if (b[key as never] !== undefined && a[key as never] === undefined) return false;
  return true;
}
