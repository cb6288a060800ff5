import type { Clock, Logger, Random } from '#lib/platform';
import type { Admission } from './admission.js';
import { commitOf } from './batch.js';
import { type Answer, Committer, type SubmitOptions } from './committer.js';
import type { Command } from '#lib/kernel';
import { isFoldBroken, messageOf } from './errors.js';
import type { Fold } from './fold.js';
import { LeaseKeeper, type LeaseStore, type LeaseTimes } from './lease.js';
import type { MarkKeeper } from './mark-keeper.js';
import type { Journal, Revision } from './port.js';
import type { WriterGauges, WriterMeasures } from './writer-metrics.js';

export interface WriterOptions<S> {
  readonly journal: Journal;
  readonly fold: Fold<S>;
  readonly leases: LeaseStore;
  /** Unique per process start; the lease's holder and the `writer` of every commit. */
  readonly writer: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Without it a journal that lost acknowledged commits is written on. */
  readonly mark?: Pick<MarkKeeper<S>, 'check' | 'start' | 'stop'>;
  readonly leaseTimes?: LeaseTimes;
  readonly measures?: WriterMeasures;
  readonly admission?: Admission;
  /** Commands are accepted from now on. `epoch` rises with every promotion, also across restarts of everything. */
  readonly onPromoted?: (epoch: Revision) => void;
  readonly onDemoted?: (reason: string) => void;
  /** The fold is broken or the journal is not the one that was opened: the process has to end. */
  readonly onFatal: (error: unknown) => void;
}

const RETRY_MS = 50;
const CATCH_UP_MS = 1_000;

/**
 * One replica of a journal's owner. It follows the journal as a hot standby; with the lease it takes over: the fold is brought
 * to the head and a barrier is appended. The barrier proves two things at once: the fold is current, and no append that the
 * previous writer (or this one, earlier) still has under way can ever land, because its expected revision is past.
 */
export class Writer<S> {
  readonly committer: Committer<S>;
  readonly lease: LeaseKeeper;
  private following: AbortController | undefined;
  private followed: Promise<void> = Promise.resolve();
  private term = 0;
  private isEnding = false;
  /** Of this term, once the journal was compared with its mark. */
  private fillTo: Revision | undefined;
  private leadingEpoch: Revision | undefined;

  constructor(private readonly options: WriterOptions<S>) {
    const { journal, fold, clock, random, logger, writer } = options;
    fold.time.onJump = (aheadMs, isBelieved) =>
      logger.error(
        { journal: journal.name, aheadMs },
        isBelieved
          ? `the clock of this host still is ${Math.round(aheadMs / 1_000)} s ahead of where it was: the journal goes by it from now on`
          : `the clock of this host jumped ${Math.round(aheadMs / 1_000)} s ahead: commits keep the time of before for now. Set it right`,
      );
    this.lease = new LeaseKeeper({
      store: options.leases,
      key: journal.name,
      holder: writer,
      clock,
      random,
      logger,
      times: options.leaseTimes,
      onAcquired: () => void this.takeOver().catch((error: unknown) => this.fail(error)),
      onLost: (reason) => this.demote(reason),
    });
    this.committer = new Committer({
      journal,
      fold,
      writer,
      clock,
      random,
      logger,
      measures: options.measures,
      admission: options.admission,
      holdsCertainly: () => this.lease.holdsCertainly(),
      onStepDown: (reason) => void this.lease.stepDown(reason),
      onFatal: (error) => this.fail(error),
    });
  }

  /** The revision of the barrier that opened this term; undefined on a standby. */
  get epoch(): Revision | undefined {
    return this.leadingEpoch;
  }

  gauges(): WriterGauges {
    const { fold } = this.options;
    return { inbox: this.committer.size, timeAheadMs: Math.max(0, fold.time.aheadMs(fold.atMs)) };
  }

  start(): void {
    this.follow();
    this.lease.start();
  }

  submit(command: Command, options?: SubmitOptions): Promise<Answer> {
    return this.committer.submit(command, options);
  }

  /** Answers what is in hand, hands the lease over and stops following. */
  async stop(drainTimeoutMs = 2_000): Promise<void> {
    await this.committer.drain(drainTimeoutMs);
    this.isEnding = true;
    this.term++;
    await this.options.mark?.stop();
    await this.lease.stop();
    this.unfollow();
    await this.followed;
  }

  private follow(): void {
    if (this.following || this.isEnding) return;
    const controller = (this.following = new AbortController());
    this.followed = this.options.fold.follow(this.options.journal, controller.signal).catch((error: unknown) => {
      if (!controller.signal.aborted) this.fail(error);
    });
  }

  private unfollow(): void {
    this.following?.abort(new Error('following ends'));
    this.following = undefined;
  }

  private async takeOver(): Promise<void> {
    const { fold, clock, logger } = this.options;
    const term = ++this.term;
    this.fillTo = undefined;
    while (this.term === term) {
      const epoch = await this.appendBarrier(term);
      if (this.term !== term) return;
      // Empty commits where lost ones may have been: no revision ever means two things.
      if (epoch !== undefined && epoch < (this.fillTo ?? 0)) continue;
      if (epoch !== undefined && fold.revision === epoch) {
        // In the same tick as the check: from here on the committer alone moves the fold (reading our own commits back would
        // only cost), and a conflict tells if somebody else writes.
        this.unfollow();
        this.leadingEpoch = epoch;
        this.committer.open();
        logger.info({ journal: fold.name, epoch }, 'writing');
        this.options.mark?.start();
        this.options.onPromoted?.(epoch);
        return;
      }
      await clock.sleep(RETRY_MS);
    }
  }

  /** The barrier's revision, folded; undefined when it has to be tried again. */
  private async appendBarrier(term: number): Promise<Revision | undefined> {
    const { journal, fold, random, logger, writer } = this.options;
    try {
      this.fillTo ??= await this.options.mark?.check();
      if (this.term !== term) return undefined;
      const head = await journal.head();
      if (!(await fold.waitFor(head, CATCH_UP_MS)) || this.term !== term) return undefined;
      const expected = fold.revision;
      const at = new Date(fold.nowMs()).toISOString();
      const barrier = commitOf({ journalId: journal.journalId, commitId: random.hex(16), at, writer }, []);
      const result = await journal.append(barrier, expected);
      if (result.outcome !== 'committed') {
        logger.warn({ journal: fold.name, ...result }, `taking over: the barrier got ${result.outcome}`);
        return undefined;
      }
      if (this.term === term && fold.revision === expected) fold.apply(barrier, result.revision);
      return result.revision;
    } catch (error) {
      if (isFoldBroken(error)) throw error;
      logger.warn({ journal: fold.name }, `taking over: the journal does not answer: ${messageOf(error)}`);
      return undefined;
    }
  }

  private demote(reason: string): void {
    this.term++;
    const wasLeading = this.leadingEpoch !== undefined;
    this.leadingEpoch = undefined;
    void this.options.mark?.stop();
    this.committer.close(reason);
    this.follow();
    if (wasLeading) this.options.onDemoted?.(reason);
  }

  private fail(error: unknown): void {
    if (this.isEnding) return;
    this.isEnding = true;
    this.term++;
    this.committer.close('the fold is broken');
    this.unfollow();
    void this.lease.stop();
    this.options.onFatal(error);
  }
}
