import { hashId } from '#lib/domain';
import type { AssignmentEntry, TaskDefinitionPayload, TaskReport } from '#lib/messaging';
import type { Clock, Logger } from '#lib/platform';
import { containerSpec, dynamicMappings, fixedPorts, labels, runtimeName } from './domain/container-spec.js';
import { applyOverrides } from './domain/overrides.js';
import { MAX_PORT_ATTEMPTS, type PortLedger } from './domain/port-ledger.js';
import { observe, plan, settle, type Observation, type Operation, type OperationKind } from './domain/task-engine.js';
import { reportOf, type ContainerRecord, type TaskRecord } from './domain/task-record.js';
import { taskScopedVolumes } from './domain/task-volumes.js';
import {
  EngineUnavailableError,
  type AgentStateStore,
  type ContainerRuntime,
  type ContainerSnapshot,
  type ImagePuller,
} from './ports.js';

export interface TaskRunnerDeps {
  readonly runtime: ContainerRuntime;
  readonly puller: ImagePuller;
  readonly store: AgentStateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ports: PortLedger;
  readonly instanceId: string;
  /** Where published ports listen; the first is reported. */
  readonly addresses: readonly string[];
  /** From the disk's cache or the control plane; tries until it has it or the signal aborts. */
  readonly definitionOf: (entry: AssignmentEntry, signal: AbortSignal) => Promise<TaskDefinitionPayload>;
  /** A report that is on disk. */
  readonly onReport: (report: TaskReport) => void;
}

const ENGINE_RETRY_MS = 500;
const SAVE_RETRY_MS = 1_000;

/**
 * The one serial owner of a task: every observation goes through `step`, which is synchronous. Operations run beside it, one a
 * container at most, and come back as observations. A crash at any point is survivable because container names depend on nothing
 * but the task (a create finds what an earlier one made) and because a restarted agent looks before it acts.
 */
export class TaskRunner {
  private definition: TaskDefinitionPayload | undefined;
  private readonly busy = new Map<string, OperationKind>();
  private readonly pulls = new Map<string, AbortController>();
  private readonly life = new AbortController();
  private cancelWake: () => void = () => undefined;
  /** What the engine told of a container while an operation on it was under way: looked at when that ends. */
  private readonly glimpsed = new Map<string, ContainerSnapshot>();
  private saving = false;
  private unsaved = false;
  private saved: TaskRecord | undefined;
  /** The content of the newest numbered report. */
  private reported: string | undefined;
  /** Until the engine was looked at, nothing is concluded. */
  private ready = false;

  constructor(
    private readonly deps: TaskRunnerDeps,
    private task: TaskRecord,
  ) {}

  get record(): TaskRecord {
    return this.task;
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
        this.definition = await this.loadDefinition();
        const found = await this.untilEngineAnswers(() => this.deps.runtime.list({ [labels.taskArn]: this.task.taskArn }));
        this.ready = true;
        // What was saved was numbered then; only what is new since counts.
        if (this.task.sequence > 0) this.reported = this.reportContent();
        this.fold({ kind: 'definition', definition: this.definition });
        for (const container of this.task.containers) {
          const snapshot = found.find((other) => other.labels[labels.containerName] === container.name);
          if (snapshot) this.fold({ kind: 'snapshot', container: container.name, snapshot });
          else if (container.runtimeId) this.fold({ kind: 'gone', container: container.name });
        }
        this.step();
        this.offerReport();
      })(),
    );
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
  }

  /** Something the engine told of one of the task's containers. */
  see(container: string, snapshot: ContainerSnapshot): void {
    // The container of an earlier attempt (its ports were in use) says nothing about the present one.
    const known = this.task.containers.find(({ name }) => name === container);
    if (!known || (known.runtimeId !== undefined && known.runtimeId !== snapshot.runtimeId)) return;
    if (this.busy.has(container)) this.glimpsed.set(container, snapshot);
    else this.step({ kind: 'snapshot', container, snapshot });
  }

  /** Events may have been missed: look at every container that is not at rest. */
  lookAtAll(): void {
    if (!this.ready) return;
    for (const container of this.task.containers) {
      const mayHaveChanged = container.runtimeId !== undefined && container.phase !== 'STOPPED';
      if (mayHaveChanged && !this.busy.has(container.name)) this.begin({ kind: 'look', container: container.name });
    }
  }

  acknowledge(sequence: number): void {
    if (sequence <= this.task.acknowledgedSequence) return;
    this.task = { ...this.task, acknowledgedSequence: sequence };
    this.save();
  }

  /** Stops owning the task; its containers go on. */
  close(): void {
    this.life.abort(new Error('closed'));
    this.cancelWake();
  }

  /** Removes what is left of a settled task: containers, its own volumes, its file. */
  async cleanUp(): Promise<void> {
    this.close();
    const { runtime, store, ports } = this.deps;
    for (const { runtimeId } of await runtime.list({ [labels.taskArn]: this.task.taskArn })) await runtime.remove(runtimeId);
    const { definition } = this;
    if (definition) {
      const named = (part: string) => runtimeName(definition, part, this.hex);
      for (const volume of taskScopedVolumes(definition.volumes, named)) await runtime.removeVolume(volume);
    }
    for (const { name } of this.task.containers) ports.release(this.holder(name));
    await store.removeTask(this.task.taskArn);
  }

  /** Observes, concludes, and begins what comes next: all in one go, so nothing can come between. */
  private step(observation?: Observation): void {
    if (observation) this.fold(observation);
    if (!this.ready || this.life.signal.aborted) return;
    const before = this.task;
    this.task = settle(before, this.definition, this.busy, this.now());
    this.abortNeedlessPulls();
    if (this.definition) {
      const { operations, wakeAtMs } = plan(this.task, this.definition, this.busy, this.now());
      for (const operation of operations) this.begin(operation);
      this.wakeAt(wakeAtMs);
    }
    this.releasePorts();
    this.save();
  }

  private fold(observation: Observation): void {
    if (!this.ready && observation.kind !== 'stop-wanted' && observation.kind !== 'disowned') return;
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
      observation = await this.operate(operation);
    } catch (error) {
      if (this.life.signal.aborted) return;
      if (error instanceof EngineUnavailableError) {
        // The outcome is unknown: look before anything is tried again.
        await this.deps.clock.sleep(ENGINE_RETRY_MS, this.life.signal);
        observation = await this.untilEngineAnswers(() => this.look(container));
      } else if (operation.kind === 'stop' || operation.kind === 'look') {
        this.deps.logger.error({ taskArn: this.task.taskArn, container, error }, `${operation.kind} failed; it is tried again`);
        await this.deps.clock.sleep(ENGINE_RETRY_MS, this.life.signal);
      } else {
        observation = { kind: 'failed', container, reason: `${FAILURES[operation.kind]}: ${(error as Error).message}` };
      }
    }
    if (this.life.signal.aborted) return;
    this.busy.delete(container);
    this.step(observation);
    const glimpse = this.glimpsed.get(container);
    this.glimpsed.delete(container);
    if (glimpse) this.see(container, glimpse);
  }

  private async operate(operation: Operation): Promise<Observation | undefined> {
    switch (operation.kind) {
      case 'look':
        return this.look(operation.container);
      case 'pull':
        return this.pull(operation.container);
      case 'create':
        return this.create(operation.container);
      case 'start':
        return this.start(operation.container);
      case 'stop':
        await this.deps.runtime.stop(this.containerRecord(operation.container).runtimeId!, operation.graceMs!);
        return this.look(operation.container);
    }
  }

  private async look(container: string): Promise<Observation | undefined> {
    const { runtimeId } = this.containerRecord(container);
    if (runtimeId === undefined) return undefined;
    const snapshot = await this.deps.runtime.inspect(runtimeId);
    return snapshot ? { kind: 'snapshot', container, snapshot } : { kind: 'gone', container };
  }

  private async pull(container: string): Promise<Observation | undefined> {
    const abort = new AbortController();
    this.pulls.set(container, abort);
    try {
      const pulled = await this.deps.puller.pull(this.containerDefinition(container).image, abort.signal);
      if (pulled.outcome === 'ready') return { kind: 'pulled', container, imageDigest: pulled.imageDigest };
      return { kind: 'failed', container, reason: `${FAILURES.pull}: ${pulled.reason}` };
    } catch (error) {
      if (abort.signal.aborted) return undefined;
      throw error;
    } finally {
      this.pulls.delete(container);
    }
  }

  private async create(name: string): Promise<Observation> {
    const definition = this.definition!;
    const container = this.containerDefinition(name);
    const holder = this.holder(name);
    for (const { protocol, hostPort } of fixedPorts(container, definition)) this.deps.ports.hold(protocol, hostPort, holder);
    const dynamicPorts = dynamicMappings(container, definition).map(({ protocol }) => this.deps.ports.take(protocol, holder));
    if (dynamicPorts.includes(undefined)) {
      return { kind: 'failed', container: name, reason: `${FAILURES.create}: no dynamic host port is free` };
    }
    const { taskArn, clusterName, journalId } = this.task;
    const created = await this.deps.runtime.create(
      containerSpec(container, definition, {
        taskArn,
        clusterName,
        journalId,
        instanceId: this.deps.instanceId,
        hex: this.hex,
        addresses: this.deps.addresses,
        fixedAddresses: this.containerRecord(name).portAttempts === 0 ? this.deps.addresses : this.deps.addresses.slice(0, 1),
        dynamicPorts: dynamicPorts as number[],
      }),
    );
    if (created.outcome === 'created') return { kind: 'snapshot', container: name, snapshot: created.snapshot };
    return { kind: 'failed', container: name, reason: `${FAILURES.create}: ${created.reason}` };
  }

  private async start(name: string): Promise<Observation> {
    const record = this.containerRecord(name);
    const started = await this.deps.runtime.start(record.runtimeId!);
    if (started.outcome === 'started') return { kind: 'snapshot', container: name, snapshot: started.snapshot };
    if (started.outcome === 'port-in-use' && this.mayTakeOtherPorts(name)) {
      // The refused ports stay with this holder until it stops, so the next attempt gets others.
      await this.deps.runtime.remove(record.runtimeId!);
      return { kind: 'port-in-use', container: name };
    }
    return { kind: 'failed', container: name, reason: `${FAILURES.start}: ${started.reason}` };
  }

  /** Other dynamic ports; or a fixed one on the instance's own address only, when a neighbour on this host has it on the shared one. */
  private mayTakeOtherPorts(name: string): boolean {
    const { portAttempts } = this.containerRecord(name);
    const container = this.containerDefinition(name);
    if (dynamicMappings(container, this.definition!).length > 0) return portAttempts + 1 < MAX_PORT_ATTEMPTS;
    return portAttempts === 0 && this.deps.addresses.length > 1;
  }

  private async fetchDefinition(): Promise<void> {
    this.definition = await this.loadDefinition();
    this.step({ kind: 'definition', definition: this.definition });
  }

  private async loadDefinition(): Promise<TaskDefinitionPayload> {
    const definition = await this.deps.definitionOf(this.task.entry, this.life.signal);
    return applyOverrides(definition, this.task.entry.overrides);
  }

  private abortNeedlessPulls(): void {
    for (const [container, abort] of this.pulls) {
      if (this.containerRecord(container).phase === 'STOPPED') abort.abort(new Error('not needed any more'));
    }
  }

  private releasePorts(): void {
    for (const container of this.task.containers) {
      const holder = this.holder(container.name);
      if (container.phase === 'STOPPED') this.deps.ports.release(holder);
      else for (const { protocol, hostPort } of container.networkBindings) this.deps.ports.hold(protocol, hostPort, holder);
    }
  }

  private wakeAt(atMs: number | undefined): void {
    this.cancelWake();
    if (atMs === undefined) return;
    this.cancelWake = this.deps.clock.after(Math.max(1, atMs - this.deps.clock.now()), () => this.step());
  }

  /** One save at a time; a report is offered only when what it says is on disk. */
  private save(): void {
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
      this.deps.logger.error({ taskArn: task.taskArn, error }, 'the task could not be saved; its reports wait until it can');
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
    if (content === this.reported) return;
    this.reported = content;
    this.task = { ...this.task, sequence: this.task.sequence + 1 };
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
      if (!this.life.signal.aborted) this.deps.logger.error({ taskArn: this.task.taskArn, error }, 'the task is stuck');
    });
  }

  private readonly hex = (part: string): string => hashId(this.task.taskArn, part).slice(0, 20);
  private readonly now = (): string => new Date(this.deps.clock.now()).toISOString();
  private readonly holder = (container: string): string => `${this.task.taskArn} ${container}`;
  private containerRecord(name: string): ContainerRecord {
    return this.task.containers.find((container) => container.name === name)!;
  }
  private containerDefinition(name: string) {
    return this.definition!.containerDefinitions.find((container) => container.name === name)!;
  }
}

const FAILURES = {
  pull: 'CannotPullContainerError',
  create: 'CannotCreateContainerError',
  start: 'CannotStartContainerError',
} as const;
