import type { AssignmentEntry, TaskDefinitionPayload, TaskReport } from '#lib/ecs/model';
import type { Clock, Logger } from '#lib/platform';
import { ContainerOperations, FAILURES, holderOf, type ContainerOperationsDeps } from './container-operations.js';
import { DefinitionNotNeededError, type Definitions } from './definitions.js';
import { labels, ownLabels } from './domain/container-spec.js';
import { applyOverrides } from './domain/apply-overrides.js';
import type { Operation, OperationKind } from './domain/operation.js';
import { observe, plan, settle, type Moment, type Observation } from './domain/task-engine.js';
import { mayHoldNetwork } from './domain/held-network.js';
import { isoAt } from './iso-at.js';
import { PAUSE } from './domain/pause-spec.js';
import { reportOf, STANDING_OF_NEW, standingOf, type TaskRecord } from './domain/task-record.js';
import type { KnownTask } from './task-endpoint/domain/metadata.js';
import { EngineUnavailableError, type AgentDisk, type ContainerSnapshot } from './ports.js';

export interface TaskRunnerDeps extends ContainerOperationsDeps {
  readonly store: AgentDisk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly definitions: Pick<Definitions, 'of' | 'kept'>;
  /** A report that is on disk. */
  readonly onReport: (report: TaskReport) => void;
}

const ENGINE_RETRY_MS = 500;
const SAVE_RETRY_MS = 1_000;
/** A start passes through a pull and a creation in a moment: a report, a write and a commit for each would tell nobody anything. */
const REPORT_HELD_MS = 1_000;

/**
 * The one serial owner of a task: every observation goes through `step`, which is synchronous. Operations run beside it, one a
 * container at most, and come back as observations. A crash at any point is survivable because container names depend on nothing
 * but the task (a create finds what an earlier one made) and because a restarted agent looks before it acts.
 */
export class TaskRunner {
  private definition: TaskDefinitionPayload | undefined;
  private readonly busy = new Map<string, OperationKind>();
  private readonly operations: ContainerOperations;
  private readonly life = new AbortController();
  private cancelWake: () => void = () => undefined;
  /** Containers of which the engine told something while an operation on them was under way: they are looked at when that ends. */
  private readonly toldMeanwhile = new Set<string>();
  private saving = false;
  private unsaved = false;
  private saved: TaskRecord | undefined;
  /** The content of the newest numbered report, and what of it others act on: at first what the control plane supposes anyway. */
  private reported: string | undefined;
  private reportedStanding = STANDING_OF_NEW;
  private cancelHeld: (() => void) | undefined;
  /** Until the engine was looked at, nothing is concluded. */
  private ready = false;
  private noteDisowned: (nothing: undefined) => void = () => undefined;
  private readonly disowned = new Promise<undefined>((resolve) => (this.noteDisowned = resolve));
  private readonly steadyOffsetMs: number;
  /** The engine told something before: what was found then may be older. */
  private toldEarly = false;

  constructor(
    private readonly deps: TaskRunnerDeps,
    private task: TaskRecord,
  ) {
    this.steadyOffsetMs = deps.clock.now() - deps.clock.monotonicMs();
    this.operations = new ContainerOperations(deps, () => ({ task: this.task, definition: this.definition }));
  }

  get record(): TaskRecord {
    return this.task;
  }

  /** Undefined until its definition is at hand. */
  get known(): KnownTask | undefined {
    const { task: record, definition } = this;
    return definition && { record, definition, dnsServers: this.deps.dnsServers };
  }

  /** A task that surely has no containers yet. */
  beginFresh(): void {
    this.ready = true;
    this.step();
    if (this.task.status !== 'STOPPED') this.spawn(this.fetchDefinition());
  }

  /** A task that may have containers, known from the disk or from labels: look first, then go on. */
  beginFound(): void {
    this.spawn(
      (async () => {
        if (this.task.disowned) this.noteDisowned(undefined);
        const found = await this.untilEngineAnswers(() => this.deps.runtime.list(this.ownLabels()));
        const nothingWasMade = found.length === 0 && this.task.containers.length === 0;
        if (this.task.status === 'STOPPED' || nothingWasMade) return this.beginWithoutDefinition(found);
        // Nobody gives out the definition of a task that is not this instance's; what runs of it is stopped without.
        this.definition = await Promise.race([this.loadDefinition(), this.disowned]);
        this.ready = true;
        // What was saved was numbered then; only what is new since counts.
        if (this.task.sequence > 0) this.reported = this.reportContent();
        if (this.definition) this.fold({ kind: 'definition', definition: this.definition });
        for (const container of this.task.containers) {
          const snapshot = found.find((other) => other.labels[labels.containerName] === container.name);
          if (snapshot) this.fold({ kind: 'snapshot', container: container.name, snapshot });
          else if (container.runtimeId) this.fold({ kind: 'gone', container: container.name });
        }
        const pause = found.find((other) => other.labels[labels.containerName] === PAUSE);
        this.fold({ kind: 'pause', snapshot: pause });
        this.step();
        this.offerReport();
        if (this.toldEarly) this.lookAtAll();
      })(),
    );
  }

  /**
   * The control plane gives out no definition of a task that is over, so waiting for it could last for ever: what is still to be
   * said or to be stopped goes on without it.
   */
  private beginWithoutDefinition(found: readonly ContainerSnapshot[]): void {
    this.ready = true;
    if (this.task.sequence > 0) this.reported = this.reportContent();
    for (const snapshot of found)
      this.fold({ kind: 'snapshot', container: snapshot.labels[labels.containerName] ?? '', snapshot });
    this.step();
    this.offerReport();
    if (this.task.status !== 'STOPPED') this.spawn(this.fetchDefinition());
    else this.spawn(this.findDefinition());
  }

  /** What the newest assignment says of the task. Never takes a stop back. */
  desire(entry: AssignmentEntry): void {
    if (entry.desiredStatus !== 'STOPPED' || this.task.desiredStatus === 'STOPPED') return;
    this.deps.logger.info({ taskArn: this.task.taskArn, reason: entry.stopReason }, 'stopping the task');
    this.step({ kind: 'stop-wanted' });
  }

  /** The control plane says that the task is not this instance's: stop it; nobody wants to hear of it. */
  disown(): void {
    if (!this.task.disowned) this.step({ kind: 'disowned' });
    this.noteDisowned(undefined);
  }

  /** Something the engine told of one of the task's containers. */
  see(container: string, snapshot: ContainerSnapshot): void {
    if (!this.ready) {
      this.toldEarly = true;
      return;
    }
    if (container === PAUSE) return void (snapshot.state === 'running' || this.lookAt(PAUSE));
    // The container of an earlier attempt (its ports were in use) says nothing about the present one.
    const known = this.task.containers.find(({ name }) => name === container);
    if (!known || (known.runtimeId !== undefined && known.runtimeId !== snapshot.runtimeId)) return;
    // Which is newer, this or what the operation will answer, cannot be said: answers overtake each other.
    if (this.busy.has(container)) this.toldMeanwhile.add(container);
    else this.step({ kind: 'snapshot', container, snapshot });
  }

  /** Events may have been missed: look at every container that is not at rest. */
  lookAtAll(): void {
    this.toldEarly = !this.ready;
    if (!this.ready) return;
    for (const { name } of this.task.containers) this.lookAt(name);
    this.lookAt(PAUSE);
  }

  /** Asks what is true of a container now, or after the operation under way on it. */
  private lookAt(name: string): void {
    const container = this.task.containers.find((other) => other.name === name);
    if (container?.phase === 'STOPPED') return;
    if (this.busy.has(name)) this.toldMeanwhile.add(name);
    else if (name === PAUSE ? mayHoldNetwork(this.task) : container?.runtimeId !== undefined)
      this.begin({ kind: 'look', container: name });
  }

  acknowledge(sequence: number): void {
    if (sequence <= this.task.acknowledgedSequence) return;
    const { sequence: own } = this.task;
    // Not worth a write of its own: one that a crash forgets is reported, and acknowledged, once more.
    this.task = { ...this.task, acknowledgedSequence: sequence };
    if (sequence <= own) return;
    // The control plane has heard more than this disk remembers (the power was cut): what is so now is said once more, above that.
    this.task = { ...this.task, sequence: sequence + 1 };
    this.saveNow();
  }

  /** Stops owning the task; its containers go on. */
  close(): void {
    this.life.abort(new Error('closed'));
    this.cancelWake();
    this.cancelHeld?.();
  }

  /** What this task's containers are found by on an engine that other installations may use too. */
  private ownLabels(): Readonly<Record<string, string>> {
    return { ...ownLabels(this.task.journalId, this.deps.instanceId), [labels.taskArn]: this.task.taskArn };
  }

  /** Removes what is left of a settled task: containers, its own volumes, its file. */
  async cleanUp(): Promise<void> {
    this.close();
    const { runtime, store, ports } = this.deps;
    for (const { runtimeId } of await runtime.list(this.ownLabels())) await runtime.remove(runtimeId);
    await runtime.removeVolumes(this.ownLabels());
    await this.deps.firelens?.remove(this.task.taskArn);
    for (const { name } of this.task.containers) ports.release(holderOf(this.task.taskArn, name));
    await store.removeTask(this.task.taskArn);
  }

  /** Observes, concludes, and begins what comes next: all in one go, so nothing can come between. */
  private step(observation?: Observation): void {
    if (observation) this.fold(observation);
    if (!this.ready || this.life.signal.aborted) return;
    const now = this.now();
    this.task = settle(this.task, this.definition, this.busy, now);
    this.operations.abortNeedlessPulls();
    const { operations, wakeAtMs } = plan(this.task, this.definition, this.busy, now.steadyAt);
    for (const operation of operations) this.begin(operation);
    this.wakeAt(wakeAtMs);
    this.releasePorts();
    this.save();
  }

  private fold(observation: Observation): void {
    this.task = observe(this.task, this.definition, observation, this.now());
  }

  private begin(operation: Operation): void {
    this.busy.set(operation.container, operation.kind);
    this.fold({ kind: 'began', operation });
    this.spawn(this.perform(operation));
  }

  private async perform(operation: Operation): Promise<void> {
    const { container } = operation;
    let observation: Observation | undefined;
    try {
      observation = await this.operations.perform(operation);
    } catch (error) {
      if (this.life.signal.aborted) return;
      if (error instanceof EngineUnavailableError) {
        // The outcome is unknown: look before anything is tried again.
        await this.deps.clock.sleep(ENGINE_RETRY_MS, this.life.signal);
        observation = await this.untilEngineAnswers(() => this.operations.look(container));
      } else if (operation.kind === 'stop' || operation.kind === 'look' || operation.kind === 'release-network') {
        this.deps.logger.error(
          { taskArn: this.task.taskArn, container, err: error },
          `${operation.kind} failed; it is tried again`,
        );
        await this.deps.clock.sleep(ENGINE_RETRY_MS, this.life.signal);
      } else if (container === PAUSE) {
        observation = { kind: 'not-initialized', reason: `${FAILURES.network}: ${await this.wordsOf(error)}` };
      } else {
        observation = { kind: 'failed', container, reason: `${FAILURES[operation.kind]}: ${await this.wordsOf(error)}` };
      }
    }
    if (this.life.signal.aborted) return;
    this.busy.delete(container);
    this.step(observation);
    if (this.toldMeanwhile.delete(container)) this.lookAt(container);
  }

  private wordsOf(error: unknown): Promise<string> {
    return this.operations.told((error as Error).message);
  }

  private async fetchDefinition(): Promise<void> {
    this.definition = await this.loadDefinition();
    this.step({ kind: 'definition', definition: this.definition });
  }

  /** Of a task that is over: how a container that somebody starts by hand is stopped. Nobody gives it out any more. */
  private async findDefinition(): Promise<void> {
    const definition = await this.deps.definitions.kept(this.task.entry);
    if (definition) this.definition = applyOverrides(definition, this.task.entry.overrides);
    this.step();
  }

  private async loadDefinition(): Promise<TaskDefinitionPayload> {
    const definition = await this.deps.definitions.of(this.task.entry, this.life.signal);
    return applyOverrides(definition, this.task.entry.overrides);
  }

  private releasePorts(): void {
    for (const container of this.task.containers) {
      const holder = holderOf(this.task.taskArn, container.name);
      if (container.phase === 'STOPPED') this.deps.ports.release(holder);
      else for (const { protocol, hostPort } of container.networkBindings) this.deps.ports.hold(protocol, hostPort, holder);
    }
  }

  private wakeAt(atMs: number | undefined): void {
    this.cancelWake();
    if (atMs === undefined) return;
    this.cancelWake = this.deps.clock.after(Math.max(1, atMs - this.steadyMs()), () => this.step());
  }

  /** One save at a time; a report is offered only when what it says is on disk. */
  private save(): void {
    if (this.mayHold()) {
      this.cancelHeld ??= this.deps.clock.after(REPORT_HELD_MS, () => this.saveNow());
      return;
    }
    this.saveNow();
  }

  private saveNow(): void {
    this.cancelHeld?.();
    this.cancelHeld = undefined;
    this.numberReport();
    if (this.saving) {
      this.unsaved = true;
      return;
    }
    this.saving = true;
    this.spawn(this.saveAll());
  }

  private async saveAll(): Promise<void> {
    try {
      do {
        this.unsaved = false;
        await this.saveOnce(this.task);
      } while (this.unsaved);
    } finally {
      this.saving = false;
    }
  }

  private async saveOnce(task: TaskRecord): Promise<void> {
    if (task === this.saved) return;
    try {
      await this.deps.store.saveTask(task);
    } catch (error) {
      this.deps.logger.error({ taskArn: task.taskArn, err: error }, 'the task could not be saved; its reports wait until it can');
      await this.deps.clock.sleep(SAVE_RETRY_MS, this.life.signal);
      this.unsaved = true;
      return;
    }
    this.saved = task;
    this.offerReport(task);
  }

  private offerReport(task: TaskRecord = this.task): void {
    if (this.life.signal.aborted || task.disowned || task.sequence <= task.acknowledgedSequence) return;
    this.deps.onReport(reportOf(task, this.definition));
  }

  /** The sequence rises exactly when the report says something new. */
  private numberReport(): void {
    const content = this.reportContent();
    this.reportedStanding = standingOf(this.task);
    if (content === this.reported) return;
    this.reported = content;
    this.task = { ...this.task, sequence: this.task.sequence + 1 };
  }

  /** Nothing that anybody acts on has changed: neither status, nor health, nor an exit. What comes next says it, too: a start in a moment is one report. */
  private mayHold(): boolean {
    return standingOf(this.task) === this.reportedStanding;
  }

  private reportContent(): string {
    return JSON.stringify({ ...reportOf(this.task, this.definition), sequence: 0 });
  }

  private async untilEngineAnswers<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof EngineUnavailableError)) throw error;
        await this.deps.clock.sleep(ENGINE_RETRY_MS, this.life.signal);
      }
    }
  }

  /** Work that ends with the runner's life; anything else that goes wrong in it is a defect, and said. */
  private spawn(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (this.life.signal.aborted || error instanceof DefinitionNotNeededError) return;
      this.deps.logger.error({ taskArn: this.task.taskArn, err: error }, 'the task is stuck');
    });
  }

  private readonly steadyMs = (): number => this.steadyOffsetMs + this.deps.clock.monotonicMs();

  private readonly now = (): Moment => ({
    at: isoAt(this.deps.clock.now()),
    steadyAt: isoAt(this.steadyMs()),
  });
}
