import { JournalOwner } from '#lib/app';
import {
  type Commit,
  Fold,
  followJournal,
  type Journal,
  MemorySnapshotStore,
  openRelayed,
  type Relay,
  Snapshots,
  upcastingJournal,
} from '#lib/journal';
import type { Domain } from '#lib/kernel';
import { type Bus, type CommandReply, type CommandRequest, CommandSender } from '#lib/messaging';
import type { Actor } from '#lib/names';
import { type Clock, seededRandom, silentLogger } from '#lib/platform';
import { Chaos, everyFault } from './faults.js';
import { SimulatedNetwork } from './simulated-network.js';
import { SimulatedProcess } from './simulated-process.js';
import { SimulatedStorage } from './simulated-storage.js';
import { VirtualTime } from './virtual-time.js';

const MAX_DOWN_MS = 8_000;
const MAX_CLOCK_OFFSET_MS = 2_000;
const SNAPSHOT_INTERVAL_MS = 20_000;

interface WritersLoop {
  start(): void;
  stop(): void;
}

export interface OwnerWorldOptions<S> {
  /** The journal is kept in an event store, and the broker has a relay of it, which a follower folds. */
  readonly relayed?: boolean;
  /** How far the replicas' clocks are off at most; those of one host have one clock. */
  readonly maxClockOffsetMs?: number;
  /** What each replica runs as long as it writes. */
  readonly loop?: (started: StartedOwner<S>) => WritersLoop;
}

/** A replica of the owner that has just started, for what its app does beside it. */
export interface StartedOwner<S> {
  /** Of all its starts: `load-balancer-1`. */
  readonly replica: string;
  readonly process: SimulatedProcess;
  readonly journal: Journal;
  readonly fold: Fold<S>;
  readonly owner: JournalOwner<S>;
  readonly bus: Bus;
}

/** Two replicas of the owner of any domain's journal, with everything that can happen to them, and clients that command them. */
export class OwnerWorld<S> {
  readonly time = new VirtualTime();
  readonly chaos: Chaos;
  readonly commits: Commit[] = [];
  /** The folds of the replicas that run. */
  readonly folds = new Map<string, Fold<S>>();
  starts = 0;
  /** How many of the starts began from a snapshot. */
  restored = 0;
  private readonly snapshotStore = new MemorySnapshotStore();
  private readonly network: SimulatedNetwork;
  private readonly storage: SimulatedStorage;
  private readonly clock: Clock;
  /** By which the wall clocks of all processes have been set. */
  private stepMs = 0;

  constructor(
    seed: number,
    private readonly domain: Domain<S>,
    private readonly app: Actor,
    private readonly options: OwnerWorldOptions<S> = {},
    private readonly onStart: (started: StartedOwner<S>) => void = () => undefined,
  ) {
    const { time } = this;
    this.chaos = new Chaos(everyFault, seededRandom(seed));
    this.clock = {
      now: () => time.wallMs,
      monotonicMs: () => time.nowMs,
      after: (ms, callback) => time.after(ms, callback),
      sleep: (ms) => time.sleep(ms),
    };
    this.network = new SimulatedNetwork(time, this.chaos);
    const onCommit = (commit: Commit) => void this.commits.push(commit);
    this.storage = new SimulatedStorage(time, this.clock, this.chaos, this.network, 'world', onCommit, domain.journal);
    for (const name of [`${app}-1`, `${app}-2`]) void this.boot(name);
    if (options.relayed) this.bootFollower('follower');
    this.time.after(SNAPSHOT_INTERVAL_MS, () => void this.takeSnapshot());
  }

  /** What the broker has of the journal. */
  get relayed(): number {
    return this.storage.relay.head;
  }

  /** A client that asks under one id until it is answered or out of time, as a gateway does. */
  client(name: string): (command: string, request: CommandRequest, timeoutMs: number) => Promise<CommandReply> {
    const process = this.process(name, () => undefined);
    const sender = new CommandSender(this.network.connect(process), this.domain.journal, this.app, process.clock);
    return (command, request, timeoutMs) => sender.send(command, request, process.clock.monotonicMs() + timeoutMs);
  }

  /** Somebody else on the network, who is always there; what is sent is as uncertain as all else. */
  peer(name: string): { readonly bus: Bus; readonly clock: Clock } {
    const { time } = this;
    const chaos = new Chaos(everyFault, seededRandom(0));
    chaos.calm();
    const process = new SimulatedProcess({
      name,
      time,
      chaos,
      logger: silentLogger,
      wallClockOffsetMs: () => 0,
      onCrash: () => undefined,
    });
    return { bus: this.network.connect(process), clock: process.clock };
  }

  /** All wall clocks step. */
  stepClocks(ms: number): void {
    this.stepMs += ms;
  }

  run(ms: number): Promise<void> {
    return this.time.run(this.time.nowMs + ms);
  }

  private process(name: string, onCrash: () => void): SimulatedProcess {
    const { time, chaos } = this;
    const mostMs = this.options.maxClockOffsetMs ?? MAX_CLOCK_OFFSET_MS;
    const offsetMs = chaos.between(-mostMs, mostMs);
    return new SimulatedProcess({
      name,
      time,
      chaos,
      logger: silentLogger,
      wallClockOffsetMs: () => offsetMs + this.stepMs,
      onCrash,
    });
  }

  /** More often than the writer's own loop would, so that starts meet them. */
  private async takeSnapshot(): Promise<void> {
    const [fold] = this.folds.values();
    if (fold) await this.snapshots().take(fold);
    this.time.after(SNAPSHOT_INTERVAL_MS, () => void this.takeSnapshot());
  }

  private snapshots(): Snapshots {
    const { schemaVersion } = this.domain;
    return new Snapshots({ store: this.snapshotStore, schemaVersion, clock: this.clock, logger: silentLogger });
  }

  private start(name: string, again: () => void): SimulatedProcess {
    this.starts++;
    return this.process(`${name}#${this.starts}`, () => {
      this.folds.delete(name);
      this.time.after(this.chaos.between(100, MAX_DOWN_MS), again);
    });
  }

  private async boot(name: string): Promise<void> {
    const process = this.start(name, () => void this.boot(name));
    const { journal, relay } = await this.openJournal(process);
    const fold = this.foldOf(process, journal);
    if ((await this.snapshots().restore(fold)) !== undefined) this.restored++;
    if (!process.isAlive) return;
    this.folds.set(name, fold);
    const { domain, app } = this;
    const { clock, random, logger } = process;
    const bus = this.network.connect(process);
    const leases = this.storage.leasesFor(process);
    const owner: JournalOwner<S> = new JournalOwner({
      domain,
      app,
      journal,
      relay,
      fold,
      leases,
      bus,
      clock,
      random,
      logger,
      replicaId: process.name,
      onPromoted: () => loop?.start(),
      onDemoted: () => loop?.stop(),
      onFatal,
    });
    const started = { replica: name, process, journal, fold, owner, bus };
    const loop = this.options.loop?.(started);
    owner.start();
    this.onStart(started);
  }

  private async openJournal(process: SimulatedProcess): Promise<{ journal: Journal; relay?: Relay }> {
    const { decider, journal: name } = this.domain;
    const { clock, random, logger } = process;
    if (!this.options.relayed) return { journal: upcastingJournal(this.storage.journalFor(process), decider) };
    const places = { ...this.storage.placesFor(process), mayReplace: false };
    const { journal, relay } = await openRelayed({ name, ...places, clock, random, logger, waitsFor: () => undefined });
    return { journal: upcastingJournal(journal, decider), relay };
  }

  /** An app that folds what the broker has. */
  private bootFollower(name: string): void {
    const process = this.start(name, () => this.bootFollower(name));
    const journal = upcastingJournal(this.storage.journalFor(process, this.storage.relay), this.domain.decider);
    const fold = this.foldOf(process, journal);
    this.folds.set(name, fold);
    followJournal(fold, journal, onFatal);
  }

  private foldOf({ clock }: SimulatedProcess, { journalId }: Journal): Fold<S> {
    const { domain } = this;
    const store = domain.newTables();
    return new Fold<S>({ name: domain.journal, journalId, store, decider: domain.decider, clock });
  }
}

const onFatal = (error: unknown): never => {
  throw error;
};
