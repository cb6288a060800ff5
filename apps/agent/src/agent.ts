import {
  type Assignment,
  type AssignmentEntry,
  clusterNameOf,
  HEARTBEAT_INTERVAL_MS,
  type RegisterReply,
  type RegisterRequest,
  type TaskArn,
} from '#lib/ecs/model';
import type { AgentName } from '#lib/names';
import type { Bus } from '#lib/messaging';
import { Backoff, type Clock, type Logger, type Random } from '#lib/platform';
import { BoundedRuntime } from './bounded-runtime.js';
import { ControlPlane } from './control-plane.js';
import { Definitions } from './definitions.js';
import { labels, ownLabels } from './domain/container-spec.js';
import { DEFAULT_STOP_TIMEOUT_MS } from './domain/task-engine.js';
import { newTaskRecord, type TaskRecord } from './domain/task-record.js';
import { beat } from './heartbeats.js';
import type { FirelensFiles } from './firelens/firelens-files.js';
import { PortLedger } from './domain/port-ledger.js';
import type { HostLimits } from './host-limits.js';
import type {
  AgentIdentity,
  AgentDisk,
  AssignmentSource,
  ContainerRuntime,
  NetworkProvider,
  ContainerSnapshot,
  DefinitionKey,
  ImagePuller,
  RuntimeEvent,
} from './ports.js';
import type { PacketFilterLoop } from './packet-filter/packet-filter-loop.js';
import { PAUSES } from './pauses.js';
import { Reporter } from './reporter.js';
import { StrayCheck } from './stray-check.js';
import type { KnownTask } from './task-endpoint/domain/metadata.js';
import type { TasksEndpoint } from './task-endpoint/tasks-endpoint.js';
import type { TaskGroups } from './control-groups/task-groups.js';
import { TaskSweep } from './task-sweep.js';
import { TaskRunner, type TaskRunnerDeps } from './task-runner.js';

export interface AgentSettings {
  readonly name: AgentName;
  readonly registration: RegisterRequest;
  /** What this host may say of itself, when it has joined with a token. */
  readonly grant?: string;
  /** Where published ports listen: the address for clients on the host (reported), then those that containers can reach. */
  readonly addresses: readonly string[];
  /** Asked by containers that name no DNS servers of their own; absent: the engine decides. */
  readonly dnsServers?: readonly string[];
  /** How long a stopped task's containers are kept for people to look at. */
  readonly cleanupWaitMs: number;
  readonly shipsAllLogs?: boolean;
  /** What images of the installation's own registry begin with: passwords for it are given with the tasks' secrets. */
  readonly ownRegistry?: string;
}

export interface AgentDeps {
  readonly bus: Bus;
  readonly assignments: AssignmentSource;
  readonly store: AgentDisk;
  readonly runtime: ContainerRuntime;
  readonly puller: ImagePuller;
  readonly hostLimits: HostLimits;
  readonly groups?: TaskGroups;
  /** Of an engine whose containers' lines are shipped. */
  readonly logs?: { isShipped(taskArn: string): boolean; stop(): void };
  /** On hosts that offer `awsvpc` mode. */
  readonly networks?: NetworkProvider;
  /** Of those: on hosts where security groups are enforced. */
  readonly packetFilter?: PacketFilterLoop;
  /** Of an engine whose containers' lines may be routed. */
  readonly firelens?: FirelensFiles;
  /** On hosts that have one. */
  readonly endpoint?: TasksEndpoint;
  /** They run as long as the agent does. */
  readonly loops?: readonly { start(): void; stop(): void }[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** For health pages: `refused` says why this agent touches nothing, `engineAway` why the engine does not answer it. */
export interface AgentStatus {
  readonly registered: boolean;
  readonly ready: boolean;
  readonly tasks: number;
  readonly unacknowledgedReports: number;
  readonly refused?: string;
  readonly engineAway?: string;
  /** Why the security groups of its tasks are not in force. */
  readonly unfiltered?: string;
}

const NOTHING_TOUCHED =
  'Nothing is touched. Restore that journal, connect this agent to its own control plane, or give it another state directory: ' +
  'it begins anew there, and what ran for the old journal is yours to remove.';

/**
 * One container instance's agent. It makes true what its assignment says, and reports what it sees. Order at the start: subscribe to the
 * assignment, list the own containers, then act. Silence changes nothing: without key, broker or control plane everything goes on.
 */
export class Agent {
  private readonly life = new AbortController();
  private readonly runtime: ContainerRuntime;
  private readonly controlPlane: ControlPlane;
  private readonly reporter: Reporter;
  private readonly runners = new Map<string, TaskRunner>();
  /** Own containers of tasks that neither the disk nor the assignment knows. */
  private readonly strangers = new Map<string, ContainerSnapshot[]>();
  private readonly strayCheck: StrayCheck;
  private readonly taskSweep: TaskSweep;
  private readonly ports: PortLedger;
  private readonly definitions: Definitions;
  private readonly cancels: (() => void)[] = [];
  private identity: AgentIdentity | undefined;
  private assignment: Assignment | undefined;
  private registered = false;
  private adopted = false;
  private refused: string | undefined;
  private engineAway: string | undefined;
  /** The first report number of tasks that are not on the disk: above all earlier ones when that was lost. */
  private firstSequence = 0;

  constructor(
    private readonly settings: AgentSettings,
    private readonly deps: AgentDeps,
  ) {
    this.runtime = new BoundedRuntime(deps.runtime, deps.clock);
    this.controlPlane = new ControlPlane(deps.bus, settings.name, deps.logger);
    this.ports = new PortLedger(Number.parseInt(settings.name.instanceId.slice(0, 6), 16) || 0);
    this.strayCheck = new StrayCheck({
      clock: deps.clock,
      signal: this.life.signal,
      unknown: () => this.unassigned(),
      ask: async (taskArns) => (this.registered ? (await this.controlPlane.strays(taskArns))?.stop : undefined),
      stop: (taskArn) => this.stopStray(taskArn),
    });
    this.definitions = new Definitions({
      controlPlane: this.controlPlane,
      store: deps.store,
      clock: deps.clock,
      logger: deps.logger,
      signal: this.life.signal,
      isNeeded: (key) => this.isNeeded(key),
    });
    this.taskSweep = new TaskSweep({
      clock: deps.clock,
      logger: deps.logger,
      signal: this.life.signal,
      runners: this.runners,
      definitions: this.definitions,
      groups: deps.groups,
      assigned: () => this.assignment?.entries,
      keptForMs: settings.cleanupWaitMs,
      isShipped: (taskArn) => deps.logs?.isShipped(taskArn) !== false,
    });
    this.reporter = new Reporter({
      clock: deps.clock,
      random: deps.random,
      send: (reports) => this.controlPlane.report(reports),
      onAcknowledged: (taskArn, sequence) => {
        this.runners.get(taskArn)?.acknowledge(sequence);
        void this.taskSweep.sweep();
      },
      onStray: (taskArn) => this.runners.get(taskArn)?.disown(),
    });
  }

  /** Begins; resolves when the disk is read. The rest goes on by itself until `stop`. */
  async start(): Promise<void> {
    this.deps.endpoint?.serve(this, this.controlPlane);
    await this.deps.packetFilter?.start(this.controlPlane);
    this.identity = await this.deps.store.loadIdentity();
    this.cancels.push(this.deps.assignments.watch((assignment) => this.take(assignment)));
    this.loop('registration', () => this.register());
    this.firstSequence = this.identity ? (this.identity.firstSequence ?? 0) : this.deps.clock.now();
    if (this.identity) this.loop('adoption', () => this.adopt(this.identity!));
    for (const loop of this.deps.loops ?? []) loop.start();
  }

  /** The agent goes, its containers stay. */
  stop(): void {
    this.life.abort(new Error('the agent stops'));
    for (const cancel of this.cancels) cancel();
    for (const runner of this.runners.values()) runner.close();
    this.reporter.close();
    this.deps.logs?.stop();
    this.deps.endpoint?.stop();
    this.deps.packetFilter?.stop();
    for (const loop of this.deps.loops ?? []) loop.stop();
  }

  status(): AgentStatus {
    return {
      registered: this.registered,
      ready: this.registered && this.adopted && this.refused === undefined && this.engineAway === undefined,
      tasks: this.runners.size,
      unacknowledgedReports: this.reporter.unacknowledged,
      refused: this.refused,
      engineAway: this.engineAway,
      unfiltered: this.deps.packetFilter?.problem,
    };
  }

  /** `taskId`: the last part of its ARN. */
  task(taskId: string): KnownTask | undefined {
    for (const [taskArn, runner] of this.runners) if (taskArn.endsWith(`/${taskId}`)) return runner.known;
    return undefined;
  }

  private async register(): Promise<void> {
    const { clock, random } = this.deps;
    const backoff = new Backoff(clock, PAUSES, random);
    for (;;) {
      const reply = await this.controlPlane.register(this.settings.registration, this.settings.grant);
      if (reply) return this.registeredAs(reply);
      await backoff.pause({ signal: this.life.signal });
      this.life.signal.throwIfAborted();
    }
  }

  private async registeredAs(reply: RegisterReply): Promise<void> {
    if (this.life.signal.aborted) return;
    if (this.identity && this.identity.journalId !== reply.journalId) {
      return this.refuse(
        `The state directory belongs to the journal ${this.identity.journalId}, the control plane to ${reply.journalId}. ${NOTHING_TOUCHED}`,
      );
    }
    this.registered = true;
    const { journalId, containerInstanceArn, clusterName } = reply;
    const first = this.identity === undefined;
    this.identity = { journalId, containerInstanceArn, clusterName, firstSequence: this.firstSequence };
    await this.deps.store.saveIdentity(this.identity);
    this.deps.logger.info({ containerInstanceArn, clusterName }, 'registered');
    const said = () => ({ assigned: this.assignment?.generation, engineAway: this.engineAway === undefined ? undefined : true });
    this.loop('heartbeats', () => beat(this.controlPlane, this.deps.clock, this.life.signal, said));
    if (first) this.loop('adoption', () => this.adopt(this.identity!));
  }

  private refuse(sentence: string): void {
    this.refused = sentence;
    this.deps.logger.error({}, sentence);
  }

  /** Finds what an earlier life of this agent left: records on the disk, containers in the engine. Then the assignment counts. */
  private async adopt(identity: AgentIdentity): Promise<void> {
    const own = ownLabels(identity.journalId, this.settings.name.instanceId);
    this.cancels.push(this.runtime.watch(own, (event) => this.hear(event)));
    const records = (await this.deps.store.loadTasks()).filter(({ journalId }) => journalId === identity.journalId);
    for (const record of records) this.run(record).beginFound();
    await this.listStrangers(own);
    this.adopted = true;
    if (this.assignment) this.reconcile(this.assignment);
    this.loop('strays', () => this.strayCheck.run());
    this.loop('sweep', () => this.taskSweep.run());
  }

  private async listStrangers(own: Readonly<Record<string, string>>): Promise<void> {
    const found = await this.persist(() => this.runtime.list(own));
    this.strangers.clear();
    for (const snapshot of found) {
      const taskArn = snapshot.labels[labels.taskArn];
      if (taskArn === undefined || this.runners.has(taskArn)) continue;
      this.strangers.set(taskArn, [...(this.strangers.get(taskArn) ?? []), snapshot]);
    }
  }

  /** An assignment counts only if it is of this journal and not older than what was seen. */
  private take(assignment: Assignment): void {
    if (this.life.signal.aborted) return;
    const { journalId, revision } = assignment.generation;
    if (this.identity && this.identity.journalId !== journalId) {
      return this.refuse(
        `An assignment of another journal (${journalId}) was put for this instance. It is ignored. ${NOTHING_TOUCHED}`,
      );
    }
    const seen = this.assignment?.generation;
    if (seen?.journalId === journalId && revision < seen.revision) return;
    this.assignment = assignment;
    if (this.adopted) this.reconcile(assignment);
  }

  private reconcile(assignment: Assignment): void {
    if (assignment.generation.journalId !== this.identity!.journalId) {
      this.assignment = undefined;
      return this.refuse(
        `An assignment of another journal (${assignment.generation.journalId}) was put for this instance. It is ignored. ${NOTHING_TOUCHED}`,
      );
    }
    for (const entry of assignment.entries) {
      const runner = this.runners.get(entry.taskArn);
      if (runner) runner.desire(entry);
      else this.takeOn(entry, assignment);
    }
    this.strayCheck.lookAgain();
    void this.taskSweep.sweep();
  }

  private takeOn(entry: AssignmentEntry, assignment: Assignment): void {
    const { journalId } = assignment.generation;
    const left = this.strangers.has(entry.taskArn);
    const sequence = left ? this.deps.clock.now() : this.firstSequence;
    const runner = this.run(newTaskRecord(entry, journalId, clusterNameOf(entry.taskArn as TaskArn), sequence));
    if (left) {
      // The disk was lost, the containers were not: their labels say whose they are.
      this.strangers.delete(entry.taskArn);
      runner.beginFound();
    } else runner.beginFresh();
  }

  private run(record: TaskRecord): TaskRunner {
    const { puller, store, clock } = this.deps;
    const deps: TaskRunnerDeps = {
      runtime: this.runtime,
      puller,
      store,
      clock,
      logger: this.deps.logger,
      ports: this.ports,
      hostLimits: this.deps.hostLimits,
      groups: this.deps.groups,
      instanceId: this.settings.name.instanceId,
      addresses: this.settings.addresses,
      dnsServers: this.settings.dnsServers,
      shipsAllLogs: this.settings.shipsAllLogs,
      ownRegistry: this.settings.ownRegistry,
      firelens: this.deps.firelens,
      endpoint: this.deps.endpoint,
      networks: this.deps.networks,
      packetFilter: this.deps.packetFilter,
      definitions: this.definitions,
      controlPlane: this.controlPlane,
      signal: this.life.signal,
      onReport: (report) => this.reporter.offer(report),
    };
    const runner = new TaskRunner(deps, record);
    this.runners.set(record.taskArn, runner);
    return runner;
  }

  private hear(event: RuntimeEvent): void {
    this.engineAway = event.kind === 'away' ? event.reason : undefined;
    if (event.kind === 'away') return;
    if (event.kind === 'resync') {
      for (const runner of this.runners.values()) runner.lookAtAll();
      return;
    }
    const { [labels.taskArn]: taskArn = '', [labels.containerName]: container = '' } = event.snapshot.labels;
    this.runners.get(taskArn)?.see(container, event.snapshot);
  }

  private isNeeded({ taskDefinitionArn, digest }: DefinitionKey): boolean {
    return [...this.runners.values()].some(({ record: { entry, status } }) => {
      if (entry.taskDefinitionArn !== taskDefinitionArn || entry.taskDefinitionDigest !== digest) return false;
      return status !== 'STOPPED';
    });
  }

  /** What runs or is left here although the assignment does not know it. */
  private unassigned(): readonly string[] {
    const assigned = new Set<string>(this.assignment?.entries.map(({ taskArn }) => taskArn));
    const running = [...this.runners.values()].filter(({ record }) => record.status !== 'STOPPED' && !record.disowned);
    return [...running.map(({ record }) => record.taskArn), ...this.strangers.keys()].filter((arn) => !assigned.has(arn));
  }

  private async stopStray(taskArn: string): Promise<void> {
    this.deps.logger.warn({ taskArn }, 'the control plane does not know this task here; it is stopped');
    this.runners.get(taskArn)?.disown();
    for (const { runtimeId } of this.strangers.get(taskArn) ?? []) {
      await this.persist(() => this.runtime.stop(runtimeId, DEFAULT_STOP_TIMEOUT_MS));
      await this.persist(() => this.runtime.remove(runtimeId));
    }
    const own = ownLabels(this.identity!.journalId, this.settings.name.instanceId);
    if (this.strangers.delete(taskArn))
      await this.persist(() => this.runtime.removeVolumes({ ...own, [labels.taskArn]: taskArn }));
  }

  /** Tries until it succeeds or the agent stops. */
  private async persist<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        this.life.signal.throwIfAborted();
        this.deps.logger.warn({ err: error }, 'the container engine does not answer; trying again');
        await this.deps.clock.sleep(HEARTBEAT_INTERVAL_MS, this.life.signal);
      }
    }
  }

  /** Work that ends with the agent; that it ends otherwise is a defect, and said. */
  private loop(name: string, work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      if (!this.life.signal.aborted) this.deps.logger.error({ loop: name, err: error }, 'a loop of the agent ended');
    });
  }
}
