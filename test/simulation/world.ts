import type { EcsState, Task } from '#lib/ecs/model';
import { ecs } from '#lib/ecs';
import type { RecordTaskProgressInput } from '#lib/ecs/tasks';
import type { Decider } from '#lib/kernel';
import type { Fold } from '#lib/journal';
import { type Clock, type Logger, seededRandom } from '#lib/platform';
import type { Agent } from '../../apps/agent/src/agent.js';
import { startAgent, startHealthMonitor, startLoadBalancer, startScheduler, startStateStore } from './apps.js';
import { Auditor, Violation } from './auditor.js';
import { Chaos, type FaultIntervalsMs, type Faults } from './faults.js';
import { SimulatedHost } from './simulated-host.js';
import { SimulatedNetwork } from './simulated-network.js';
import type { AppRole, PlantedBug, RunningApp, Surroundings } from './surroundings.js';
import { SimulatedProcess } from './simulated-process.js';
import { SimulatedStorage } from './simulated-storage.js';
import { BalancedTargets } from './target-groups.js';
import { VirtualTime } from './virtual-time.js';

export interface WorldOptions {
  readonly seed: number;
  readonly faults: Faults;
  readonly planted?: PlantedBug;
  /** How many of each; two of each app and five hosts when nothing is said. */
  readonly replicas?: Partial<Record<AppRole, number>>;
  /** What each host has; as much as a small machine when nothing is said. */
  readonly hostResources?: { readonly cpu: number; readonly memoryMiB: number };
  /** Gets every line that an app logs and everything that happens to it. */
  readonly trace?: (line: string) => void;
}

export interface Replica {
  readonly name: string;
  readonly role: AppRole;
  readonly host?: SimulatedHost;
  starts: number;
  /** It is not started again. */
  isRetired?: true;
  /** Undefined while it is down. */
  process: SimulatedProcess | undefined;
  app: (RunningApp & { readonly agent?: Agent }) | undefined;
}

const REPLICAS: Readonly<Record<AppRole, number>> = {
  'state-store': 2,
  scheduler: 2,
  'health-monitor': 2,
  'load-balancer': 1,
  agent: 5,
};
/** A replica's whole state is compared with the auditor's at most every so many revisions. */
const COMPARE_EVERY = 40;
const MAX_DOWN_MS = 8_000;
/** Nobody else does what it does: long enough that drains end by their deadlines. */
const MAX_WITHOUT_BALANCER_MS = 60_000;
/** In this share of the worlds every scheduler acts, at any time. */
const ALL_LEAD = 0.25;

/** Many, and few: five hosts are asked for a heartbeat a second each in half of the worlds, and for one in 2.5 and 5 s in the others. */
const HEARTBEATS_PER_SECOND = [1_000, 5, 2, 1];

const MAX_REFUSED_MS = 60_000;
/** Whose fault it is that a report cannot be recorded, the health monitor does not know: it says so as loudly as it can. */
const SAID_OF_REFUSED = 'a report is refused, and is not recorded';

const LOOK_AT_LEASE_MS = 100;

const constantly = (ms: number) => () => ms;

/** The whole control plane, its clients' network and its hosts, in one seeded process on virtual time. */
export class World implements Surroundings {
  readonly time = new VirtualTime();
  readonly chaos: Chaos;
  readonly network: SimulatedNetwork;
  readonly storage: SimulatedStorage;
  readonly auditor: Auditor;
  readonly replicas: Replica[] = [];
  readonly hosts: SimulatedHost[] = [];
  readonly balanced: BalancedTargets;
  /** A clock that no process owns: the broker's and the engines'. */
  readonly clock: Clock;
  readonly decider = refusingReports(ecs.decider, (taskArn) => this.refusedTasks.has(taskArn));
  readonly everySchedulerLeads: boolean;
  readonly heartbeatsPerSecond: number;
  violation: Violation | undefined;
  /** Starts of apps that began from a snapshot. */
  restored = 0;
  private readonly refusedTasks = new Set<string>();
  private readonly living = new Set<SimulatedProcess>();

  constructor(readonly options: WorldOptions) {
    const random = seededRandom(options.seed);
    this.chaos = new Chaos(options.faults, random);
    const { time } = this;
    this.clock = {
      now: () => time.wallMs,
      monotonicMs: () => time.nowMs,
      after: (ms, callback) => time.after(ms, callback),
      sleep: (ms) => time.sleep(ms),
    };
    this.everySchedulerLeads = random.next() < ALL_LEAD || options.planted?.everySchedulerLeads === true;
    this.heartbeatsPerSecond = HEARTBEATS_PER_SECOND[options.seed % HEARTBEATS_PER_SECOND.length]!;
    this.balanced = new BalancedTargets(this.chaos, () => time.nowMs);
    const journalId = random.hex(16);
    this.auditor = new Auditor(journalId, this.balanced);
    this.network = new SimulatedNetwork(time, this.chaos);
    this.storage = new SimulatedStorage(time, this.clock, this.chaos, this.network, journalId, (commit, revision) =>
      this.judge(() => this.auditor.onCommit(commit, revision)),
    );
    const { agent: hosts, ...apps } = { ...REPLICAS, ...options.replicas };
    for (let number = 1; number <= hosts; number++) {
      const host = new SimulatedHost(`host-${number}`, number, time, this.clock, this.chaos, options.hostResources);
      host.onStop = (taskArn) => this.judge(() => this.auditor.beforeStop(taskArn, this.balanced));
      this.hosts.push(host);
    }
    for (const [role, count] of Object.entries(apps) as [AppRole, number][])
      for (let i = 1; i <= count; i++) this.add(`${role}-${i}`, role);
    for (const host of this.hosts) this.add(`agent-${host.name}`, 'agent', host);
    this.scheduleFaults();
    this.watchLease();
  }

  get planted(): PlantedBug | undefined {
    return this.options.planted;
  }

  /** Runs for `ms`, or until a property is broken. */
  run(ms: number, isOver: () => boolean = () => false): Promise<void> {
    return this.time.run(this.time.nowMs + ms, () => this.violation !== undefined || isOver());
  }

  /** Ends every fault; what is down comes up by itself. */
  heal(): void {
    this.chaos.calm();
    for (const host of this.hosts) host.heal();
    for (const { process } of this.replicas) process?.heal();
    this.refusedTasks.clear();
    this.trace('world', 'all faults end');
  }

  judge(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.violated(error instanceof Violation ? error : new Violation('no exception', String((error as Error).stack)));
    }
  }

  violated(violation: Violation): void {
    if (this.violation) return;
    this.violation = violation;
    this.trace('world', `VIOLATED: ${violation.property}: ${violation.message}`);
  }

  fatal(process: SimulatedProcess, error: unknown): void {
    if (process.isAlive) this.violated(new Violation('no app has to end', `${process.name}: ${String((error as Error).stack)}`));
  }

  trace(who: string, what: string): void {
    this.options.trace?.(`${(this.time.nowMs / 1000).toFixed(3).padStart(9)} ${who.padEnd(20)} ${what}`);
  }

  /** A process of the world that is none of the apps (a gateway). */
  newProcess(
    name: string,
    onCrash: () => void,
    wallClockOffsetMs = constantly(this.chaos.between(-2_000, 2_000)),
  ): SimulatedProcess {
    const { time, chaos } = this;
    const watchesConnection = this.planted?.overlooksClosedConnections !== true;
    const logger = this.logger();
    const process = new SimulatedProcess({ name, time, chaos, logger, wallClockOffsetMs, onCrash, watchesConnection });
    this.living.add(process);
    process.died.addEventListener('abort', () => this.living.delete(process));
    return process;
  }

  hasSnapshots(): boolean {
    return !this.chaos.strikes('snapshotsGone');
  }

  startedFromSnapshot({ name }: SimulatedProcess, revision: number): void {
    this.restored++;
    this.trace(name, `begins from a snapshot of revision ${revision}`);
  }

  /** A replica is compared when it is where the journal is; it always gets there sooner or later. */
  watchFold(process: SimulatedProcess, fold: Fold<EcsState>): void {
    let comparedAt = 0;
    fold.subscribe((_, revision) => {
      if (!process.isAlive || revision !== this.auditor.revision || revision < comparedAt + COMPARE_EVERY) return;
      comparedAt = revision;
      this.judge(() => this.auditor.compare(process.name, fold.state));
    });
  }

  /** The next start of an app that is down: a new process with nothing but what is on disk. */
  private boot(replica: Replica): void {
    if (replica.isRetired) return;
    const offForMs = replica.host?.offForMs ?? 0;
    if (offForMs > 0) return void this.time.after(offForMs, () => this.boot(replica));
    replica.starts++;
    const { host } = replica;
    const offsetMs = host && (() => host.wallClockOffsetMs);
    const process = this.newProcess(`${replica.name}#${replica.starts}`, () => this.down(replica), offsetMs);
    replica.process = process;
    process.cutOff(replica.host?.cutOffForMs ?? 0);
    void this.startApp(replica, process).then((app) => {
      if (!process.isAlive) return;
      replica.app = app;
      this.trace(process.name, 'started');
    });
  }

  private async startApp({ role, host }: Replica, process: SimulatedProcess): Promise<RunningApp> {
    switch (role) {
      case 'state-store':
        return startStateStore(this, process);
      case 'scheduler':
        return startScheduler(this, process);
      case 'health-monitor':
        return startHealthMonitor(this, process);
      case 'load-balancer':
        return startLoadBalancer(this, process);
      case 'agent':
        return startAgent(this, process, host!);
    }
  }

  private down(replica: Replica): void {
    replica.process = undefined;
    replica.app = undefined;
    if (replica.isRetired) return;
    const longestMs = replica.role === 'load-balancer' && !this.chaos.calmed ? MAX_WITHOUT_BALANCER_MS : MAX_DOWN_MS;
    this.time.after(this.chaos.between(100, longestMs), () => this.boot(replica));
  }

  private add(name: string, role: AppRole, host?: SimulatedHost): void {
    const replica: Replica = { name, role, ...(host ? { host } : {}), starts: 0, process: undefined, app: undefined };
    this.replicas.push(replica);
    this.time.after(this.chaos.between(0, 500), () => this.boot(replica));
  }

  private scheduleFaults(): void {
    this.every('processStopped', () => this.stopOne());
    this.every('processPaused', () => this.someProcess()?.pause(this.chaos.between(500, 6_000)));
    this.every('processCutOff', () => this.someProcess()?.cutOff(this.chaos.between(500, 15_000)));
    this.every('connectionClosed', () => this.chaos.pick([...this.living]).closeConnection());
    this.every('brokerRestarted', () => this.restartBroker());
    this.every('engineRestarted', () => this.restartEngine());
    this.every('containerExited', () => this.exitContainer());
    this.every('hostLost', () => this.loseHost());
    this.every('hostCutOff', () => this.cutHostOff());
    this.every('agentDiskLost', () => this.loseDisk());
    this.every('hostClockSet', () => this.chaos.pick(this.hosts).setClock());
    this.every('reportsRefused', () => this.refuseReports());
  }

  private watchLease(): void {
    this.time.after(LOOK_AT_LEASE_MS, () => {
      const holders = this.replicas.filter(({ app }) => app?.holdsLease?.());
      if (holders.length > 1)
        this.violated(new Violation('one writer', `${holders.map(({ name }) => name).join(' and ')} are sure to hold the lease`));
      this.watchLease();
    });
  }

  private every(kind: keyof FaultIntervalsMs, strike: () => unknown): void {
    this.time.after(this.chaos.pauseMs(kind), () => {
      if (this.chaos.calmed) return;
      this.trace('world', kind);
      this.chaos.count(kind);
      strike();
      this.every(kind, strike);
    });
  }

  private someProcess(): SimulatedProcess | undefined {
    return this.chaos.pick(this.replicas).process;
  }

  /** What a user does with an agent whose configuration has changed. */
  restartAgentOf(host: SimulatedHost): void {
    this.restart(this.replicaOf(host));
  }

  /** No load balancer is left, for ever. */
  loseLoadBalancer(): void {
    for (const replica of this.replicas.filter(({ role }) => role === 'load-balancer')) {
      replica.isRetired = true;
      replica.process?.crash();
    }
  }

  private replicaOf(host: SimulatedHost): Replica {
    return this.replicas.find((replica) => replica.host === host)!;
  }

  private stopOne(): void {
    this.restart(this.chaos.pick(this.replicas));
  }

  /** Its process is asked to end; the next one comes by itself. */
  restart({ app, process }: Replica): void {
    if (!app || !process) return;
    const nothing = () => Promise.resolve();
    const ends = { closeHandlers: nothing, stopParts: () => app.stop(), leaveBroker: nothing, closeHealth: nothing };
    void process.lifetime.stop(ends).then(() => process.crash());
    // As a supervisor does with one that does not end.
    this.time.after(5_000, () => process.crash());
  }

  private restartBroker(longestMs = 8_000): void {
    this.network.goDown();
    this.storage.forgetMemory();
    this.time.after(this.chaos.between(50, longestMs), () => {
      this.network.isDown = false;
      this.storage.reconnected();
      if (this.chaos.strikes('brokerRestartedAgain')) this.time.after(this.chaos.between(50, 500), () => this.restartBroker(500));
    });
  }

  private restartEngine(): void {
    this.chaos.pick(this.hosts).withoutEngine(this.chaos.between(500, 10_000));
  }

  private exitContainer(): void {
    const { runtime } = this.chaos.pick(this.hosts);
    const running = runtime.running();
    if (running.length > 0) runtime.crash(this.chaos.pick(running).runtimeId, this.chaos.pick([0, 1, 137]));
  }

  private someAgent(): Replica {
    return this.chaos.pick(this.replicas.filter(({ role }) => role === 'agent'));
  }

  private loseHost(): void {
    this.losePowerOf(this.someAgent().host!, this.chaos.between(2_000, 60_000));
  }

  losePowerOf(host: SimulatedHost, ms: number): void {
    host.losePower(ms);
    this.replicaOf(host).process?.crash();
  }

  private cutHostOff(): void {
    const { process, host } = this.someAgent();
    const ms = this.chaos.between(10_000, 45_000);
    host!.cutOff(ms);
    process?.cutOff(ms);
  }

  private loseDisk(): void {
    const { process, host } = this.someAgent();
    process?.crash();
    host!.disk.wipe();
  }

  private refuseReports(): void {
    const tasks = [...this.auditor.state.tasks.values()].filter(({ lastStatus }) => lastStatus !== 'STOPPED');
    if (tasks.length === 0) return;
    this.time.after(this.chaos.between(1_000, MAX_REFUSED_MS), this.refuseReportsOf(this.chaos.pick(tasks)));
  }

  /** Until the returned function is called, or the world heals. */
  refuseReportsOf({ taskArn }: Task): () => void {
    this.refusedTasks.add(taskArn);
    return () => void this.refusedTasks.delete(taskArn);
  }

  private logger(): Logger {
    const say = (level: string) => (fields: object, message: string) => {
      const { err, error } = fields as { err?: unknown; error?: unknown };
      const cause = err ?? error;
      this.trace(level, `${message}${cause instanceof Error ? ` (${cause.message})` : ''}`);
    };
    const loud = (fields: object, message: string) => {
      say('error')(fields, message);
      if (message.endsWith(SAID_OF_REFUSED)) return;
      const { err, error } = fields as { err?: unknown; error?: unknown };
      const cause = (err ?? error) as Error | undefined;
      this.violated(new Violation('no app logs an error', `${message} ${cause?.stack ?? ''}`));
    };
    const logger: Logger = { debug: () => undefined, info: say('info'), warn: say('warn'), error: loud, child: () => logger };
    return logger;
  }
}

/** The writer takes no command with a report of such a task. */
const refusingReports = (decider: Decider<EcsState>, isRefused: (taskArn: string) => boolean): Decider<EcsState> => ({
  ...decider,
  decide: (state, command, context) => {
    const { reports } = command.input as Partial<RecordTaskProgressInput>;
    if (command.name !== 'RecordTaskProgress' || !reports!.some(({ report }) => isRefused(report.taskArn)))
      return decider.decide(state, command, context);
    return { rejection: { code: 'ServerException', message: 'An invariant would be broken.', status: 500 } };
  },
});
