import type { EcsState } from '#lib/ecs/model';
import { type Fold, LeaseKeeper, type LeaseStore } from '#lib/journal';
import { type Bus, CommandSender } from '#lib/messaging';
import type { Clock, Logger, Random } from '#lib/platform';
import { Heartbeats } from './heartbeats.js';
import type { IntakeMetrics } from './intake-metrics.js';
import { Intake } from './intake.js';
import { LostCommits } from './lost-commits.js';
import { ReportGatherer } from './report-gatherer.js';
import { TaskQuestions } from './task-questions.js';

export interface HealthMonitorDeps {
  readonly bus: Bus;
  readonly fold: Fold<EcsState>;
  readonly leases: LeaseStore;
  /** Resolves true when the fold has what was in the journal at the moment of the call. */
  readonly caughtUp: (timeoutMs: number) => Promise<boolean>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** See `HealthMonitorConfig`. */
  readonly lostGraceMs: number;
  /** Unique per process start. */
  readonly replicaId: string;
  readonly metrics?: IntakeMetrics;
  /** How many heartbeats all hosts together are asked for; the protocol's when nothing is said. */
  readonly heartbeatsPerSecond?: number;
}

/** The lease whose holder gives verdicts on silent instances. */
const VERDICTS = 'health-monitor.verdicts';

/** One replica: takes in what agents say, hears every heartbeat, and judges while it holds the lease. */
export class HealthMonitor {
  private readonly intake: Intake;
  private readonly lease: LeaseKeeper;

  constructor(deps: HealthMonitorDeps) {
    const { bus, fold, leases, caughtUp, lostGraceMs, clock, random, logger, replicaId, metrics } = deps;
    const commands = new CommandSender(bus, fold.name, 'health-monitor', clock);
    const send = commands.send.bind(commands);
    const heartbeats = new Heartbeats(
      fold.state,
      send,
      clock,
      random,
      logger,
      lostGraceMs,
      () => this.isJudge,
      deps.heartbeatsPerSecond,
    );
    const gatherer = new ReportGatherer(send, clock, random, logger, metrics);
    const { state, journalId } = fold;
    const lostCommits = new LostCommits({ fold, caughtUp, logger, metrics });
    const questions = new TaskQuestions({
      bus,
      state,
      journalName: fold.name,
      revision: () => fold.revision,
      nowMs: () => fold.nowMs(),
      send,
      clock,
      random,
    });
    this.intake = new Intake({
      bus,
      state,
      journalId,
      knownAt: () => new Date(fold.atMs).toISOString(),
      caughtUp,
      send,
      gatherer,
      heartbeats,
      questions,
      lostCommits,
      clock,
      random,
      logger,
      metrics,
    });
    this.lease = new LeaseKeeper({
      store: leases,
      key: VERDICTS,
      holder: replicaId,
      clock,
      random,
      logger,
      onAcquired: () => heartbeats.startJudging(),
      onLost: () => heartbeats.stopJudging(),
    });
  }

  get isJudge(): boolean {
    return this.lease.holdsCertainly();
  }

  start(): void {
    this.intake.start();
    this.lease.start();
  }

  async stop(): Promise<void> {
    await this.intake.stop();
    await this.lease.stop();
  }
}
