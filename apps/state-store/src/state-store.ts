import type { EcsState } from '#lib/ecs/model';
import {
  type Fold,
  type Journal,
  type LeaseStore,
  type MarkKeeper,
  SnapshotLoop,
  type Snapshots,
  Writer,
  WriterMetrics,
} from '#lib/journal';
import { type Bus, CommandSender, serveCommands, type Subscription } from '#lib/messaging';
import type { Clock, Logger, Random } from '#lib/platform';
import type { SendCommand } from './api/ecs-api.js';
import type { AssignmentBucket } from './assignments/assignment-bucket.js';
import { AssignmentPublisher } from './assignments/assignment-publisher.js';
import { ExpiryLoop } from './expiry-loop.js';
import type { Registry } from 'prom-client';
import { type EventOutlet, EventPublisher } from './public-events/event-publisher.js';
import type { EventRing } from './public-events/event-ring.js';

export interface StateStoreDeps {
  readonly journal: Journal;
  readonly fold: Fold<EcsState>;
  readonly leases: LeaseStore;
  readonly bus: Bus;
  readonly assignments: AssignmentBucket;
  /** Live listeners, and the ring that follows the fold. */
  readonly events?: { readonly ring: EventRing; readonly outlet: EventOutlet };
  readonly mark?: MarkKeeper<EcsState>;
  /** Without them every start folds the journal from its beginning. */
  readonly snapshots?: Snapshots;
  /** Where the writer shows what it does. */
  readonly metricsIn?: Registry;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Unique per process start. */
  readonly replicaId: string;
  /** This replica writes from now on. */
  readonly onPromoted?: () => void;
  readonly onFatal: (error: unknown) => void;
}

const ACTOR = 'state-store';
/** The innermost deadline: gateway 10 s > scheduler 8 s > writer 3 s. */
const WRITER_TIMEOUT_MS = 3_000;

/** One replica of the owner of the `ecs` journal: a hot standby, and with the lease its one writer. */
export class StateStore {
  private readonly writer: Writer<EcsState>;
  private readonly sender: CommandSender;

  constructor(private readonly deps: StateStoreDeps) {
    const { journal, fold, leases, bus, clock, random, logger, replicaId, onFatal } = deps;
    const publisher = new AssignmentPublisher(fold, deps.assignments, clock, logger);
    const expiry = new ExpiryLoop(fold, this.send, clock, random, logger);
    const events = deps.events && new EventPublisher(fold, deps.events.ring, deps.events.outlet, clock, logger);
    const snapshotLoop = deps.snapshots && new SnapshotLoop(deps.snapshots, fold, clock, logger);
    let commands: Subscription | undefined;
    this.sender = new CommandSender(bus, fold.name, ACTOR, clock);
    this.writer = new Writer({
      journal,
      fold,
      leases,
      writer: replicaId,
      clock,
      random,
      logger,
      mark: deps.mark,
      measures: deps.metricsIn && new WriterMetrics(fold.name, () => this.writer.gauges(), deps.metricsIn),
      onFatal,
      onPromoted: () => {
        commands = serveCommands(bus, fold.name, (command, bytes) =>
          this.writer.submit(command, { timeoutMs: WRITER_TIMEOUT_MS, bytes }),
        );
        publisher.start();
        expiry.start();
        snapshotLoop?.start();
        events?.start();
        deps.onPromoted?.();
      },
      onDemoted: () => {
        void commands?.drain();
        publisher.pause();
        expiry.stop();
        snapshotLoop?.stop();
        events?.pause();
      },
    });
  }

  /** While this replica writes, its own commands need no way over the bus; an `unavailable` is tried again there. */
  readonly send: SendCommand = async ({ name, ...request }, deadlineMs) => {
    if (this.isWriter) {
      const timeoutMs = deadlineMs - this.deps.clock.monotonicMs();
      const answer = await this.writer.submit({ ...request, name, actor: ACTOR }, { timeoutMs });
      if (!('unavailable' in answer)) return answer;
    }
    return this.sender.send(name, request, deadlineMs);
  };

  get isWriter(): boolean {
    return this.writer.epoch !== undefined;
  }

  start(): void {
    this.writer.start();
  }

  /** Answers what is in hand and hands the lease over. */
  stop(): Promise<void> {
    return this.writer.stop();
  }
}
