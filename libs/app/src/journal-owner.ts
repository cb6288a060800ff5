import type { Registry } from 'prom-client';
import {
  type Admission,
  type Fold,
  type Journal,
  type LeaseStore,
  type MarkKeeper,
  type Relay,
  SnapshotLoop,
  SnapshotMetrics,
  type Snapshots,
  Writer,
  WriterMetrics,
} from '#lib/journal';
import type { Domain } from '#lib/kernel';
import { type Bus, CommandSender, serveCommands, type Subscription } from '#lib/messaging';
import type { Actor } from '#lib/names';
import type { Clock, Logger, Random } from '#lib/platform';
import type { SendToWriter } from './domain-api.js';
import { ExpiryLoop } from './expiry-loop.js';

export interface JournalOwnerDeps<S> {
  readonly domain: Pick<Domain<S>, 'isExpired' | 'expiryIntervalMs'>;
  /** The owning app: the actor of its own commands. */
  readonly app: Actor;
  readonly journal: Journal;
  readonly fold: Fold<S>;
  readonly leases: LeaseStore;
  readonly bus: Bus;
  readonly mark?: MarkKeeper<S>;
  /** Of a journal that the broker only repeats: the writer keeps it current. */
  readonly relay?: Pick<Relay, 'start' | 'stop' | 'onBroken'>;
  /** Without them every start folds the journal from its beginning. */
  readonly snapshots?: Snapshots;
  /** What callers may add to the journal; without it as much as fits. */
  readonly admission?: Admission;
  /** Where the writer shows what it does. */
  readonly metricsIn?: Registry;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Unique per process start. */
  readonly replicaId: string;
  /** This replica writes from now on; what the app does besides (loops that only the writer runs) begins. */
  readonly onPromoted?: () => void;
  readonly onDemoted?: () => void;
  readonly onFatal: (error: unknown) => void;
}

/** The innermost deadline: gateway 10 s > scheduler 8 s > writer 3 s. */
const WRITER_TIMEOUT_MS = 3_000;

/** One replica of the owner of a journal: a hot standby, and with the lease its one writer. */
export class JournalOwner<S> {
  private readonly writer: Writer<S>;
  private readonly sender: CommandSender;

  constructor(private readonly deps: JournalOwnerDeps<S>) {
    const { domain, app, journal, fold, leases, bus, clock, random, logger, replicaId, onFatal } = deps;
    const { isExpired, expiryIntervalMs } = domain;
    const expiry = isExpired && new ExpiryLoop(app, fold, isExpired, this.send, clock, random, logger, expiryIntervalMs);
    const snapshotMetrics = deps.metricsIn && new SnapshotMetrics(fold.name, deps.metricsIn);
    const snapshotLoop = deps.snapshots && new SnapshotLoop(deps.snapshots, fold, clock, logger, snapshotMetrics);
    let commands: Subscription | undefined;
    if (deps.relay) deps.relay.onBroken = onFatal;
    this.sender = new CommandSender(bus, fold.name, app, clock);
    this.writer = new Writer({
      journal,
      fold,
      leases,
      writer: replicaId,
      clock,
      random,
      logger,
      mark: deps.mark,
      admission: deps.admission,
      measures: deps.metricsIn && new WriterMetrics(fold.name, () => this.writer.gauges(), deps.metricsIn),
      onFatal,
      onPromoted: () => {
        deps.relay?.start();
        commands = serveCommands(bus, fold.name, (command, bytes) =>
          this.writer.submit(command, { timeoutMs: WRITER_TIMEOUT_MS, bytes }),
        );
        expiry?.start();
        snapshotLoop?.start();
        deps.onPromoted?.();
      },
      onDemoted: () => {
        void commands?.drain();
        expiry?.stop();
        snapshotLoop?.stop();
        void deps.relay?.stop();
        deps.onDemoted?.();
      },
    });
  }

  /** While this replica writes, its own commands need no way over the bus; an `unavailable` is tried again there. */
  readonly send: SendToWriter = async ({ name, ...request }, deadlineAtMs) => {
    if (this.isWriter) {
      const timeoutMs = deadlineAtMs - this.deps.clock.monotonicMs();
      const answer = await this.writer.submit({ ...request, name, actor: this.deps.app }, { timeoutMs });
      if (!('unavailable' in answer)) return answer;
    }
    return this.sender.send(name, request, deadlineAtMs);
  };

  get isWriter(): boolean {
    return this.writer.epoch !== undefined;
  }

  /** Beyond doubt, now: no other replica does. */
  get holdsLease(): boolean {
    return this.writer.lease.holdsCertainly();
  }

  start(): void {
    this.writer.start();
  }

  /** Answers what is in hand and hands the lease over. */
  async stop(): Promise<void> {
    await this.writer.stop();
    await this.deps.relay?.stop();
  }
}
