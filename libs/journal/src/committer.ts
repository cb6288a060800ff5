import type { Clock, Logger, Random } from '#lib/platform';
import type { Admission } from './admission.js';
import { type Batch, BatchBuilder, commitOf, encodeCommit, replyAgain } from './batch.js';
import type { Command, Rejection, Transaction } from '#lib/kernel';
import { messageOf } from './errors.js';
import type { Fold } from './fold.js';
import { INBOX_LIMITS, InboxCount, type InboxLimits } from './inbox-limits.js';
import type { Commit, Journal, Revision } from './port.js';
import { proveOutcome } from './prove-outcome.js';
import type { WriterMeasures } from './writer-metrics.js';

/** `revision`: the commit that made it true, or the state that a rejection is about. After `unavailable` retry with the same id. */
export type Answer =
  | { readonly output: unknown; readonly revision: Revision }
  | { readonly rejection: Rejection; readonly revision: Revision }
  | { readonly unavailable: string };

export interface CommitterOptions<S> {
  readonly journal: Journal;
  readonly fold: Fold<S>;
  /** Names this process in its commits. */
  readonly writer: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Whether the lease is held beyond doubt now (monotonic clock). A rejection says something about the state: only then may it be given. */
  readonly holdsCertainly: () => boolean;
  /** Somebody else wrote: the committer has closed itself. */
  readonly onStepDown: (reason: string) => void;
  /** The fold broke on a committed revision: the process has to end. */
  readonly onFatal: (error: unknown) => void;
  readonly measures?: WriterMeasures;
  readonly inboxLimits?: InboxLimits;
  /** Without it everybody may write as much as fits. */
  readonly admission?: Admission;
}

export interface SubmitOptions {
  readonly timeoutMs?: number;
  readonly bytes?: number;
}

interface Entry {
  readonly command: Command;
  /** About as many as it had on its way here. */
  readonly bytes: number;
  /** Monotonic; past it nobody waits for the answer. */
  deadlineAtMs: number;
  waiters: ((answer: Answer) => void)[];
}

/** Commands decided in one go before other work gets its turn: rejections alone would not fill a commit. */
const MAX_BATCH_COMMANDS = 2_000;
/** …and how long they may take: renewing the lease, health checks and reads wait for as long. */
const MAX_DECIDE_MS = 20;
/** A few large ones (a step of a service takes a millisecond) need no commit in common, and a read is answered in less than one. */
const DECIDE_FEW_MS = 4;
const FEW = 100;
const SWEEP_MS = 250;

const OTHERS_COMMAND: Rejection = {
  code: 'InvalidParameterException',
  status: 400,
  message: 'This command id was used by somebody else. Send the request again with an id of its own.',
};

/**
 * Group commit. One batch at a time is decided and appended; commands that arrive meanwhile are the next batch. Nobody is
 * answered before the batch is on disk, also not with a rejection: it may rest on an event of the same batch.
 */
export class Committer<S> {
  private inbox: Entry[] = [];
  /** Every command not answered yet, in the inbox or in the batch under way: a second submission joins the first. */
  private readonly pending = new Map<string, Entry>();
  private isOpen = false;
  private isDraining = false;
  private isRunning = false;
  private isSweeping = false;
  /** Rises with every open and close; a run of an earlier term touches nothing when its append comes back. */
  private term = 0;
  private idle: (() => void)[] = [];
  private readonly count: InboxCount;

  constructor(private readonly options: CommitterOptions<S>) {
    this.count = new InboxCount(options.inboxLimits ?? INBOX_LIMITS);
  }

  /** Commands that wait for their answer. */
  get size(): number {
    return this.pending.size;
  }

  /** The fold must be at the journal's head, and no earlier append may still land (`Writer` sees to both). */
  open(): void {
    this.term++;
    this.isOpen = true;
    this.isRunning = false;
  }

  /** `timeoutMs`: how long the caller waits; `bytes`: of the command on its way here. */
  submit(command: Command, { timeoutMs = Infinity, bytes = 0 }: SubmitOptions = {}): Promise<Answer> {
    if (!this.isOpen || this.isDraining) return Promise.resolve({ unavailable: 'this replica is not the writer' });
    const refused = this.refuse(command, bytes);
    if (refused) return Promise.resolve(refused);
    return new Promise((resolve) => {
      const deadlineAtMs = this.options.clock.monotonicMs() + timeoutMs;
      const known = this.pending.get(command.id);
      if (known && !isSameCaller(known.command, command))
        return resolve({ rejection: OTHERS_COMMAND, revision: this.options.fold.revision });
      if (known) {
        known.deadlineAtMs = Math.max(known.deadlineAtMs, deadlineAtMs);
        known.waiters.push(resolve);
      } else {
        const entry: Entry = { command, bytes, deadlineAtMs, waiters: [resolve] };
        this.count.take(command, bytes);
        this.pending.set(command.id, entry);
        this.inbox.push(entry);
      }
      this.wake();
      this.scheduleSweep();
    });
  }

  /** A command that was taken once is answered: it may be done already. */
  private refuse(command: Command, bytes: number): Answer | undefined {
    const { fold, admission, measures } = this.options;
    if (this.pending.has(command.id) || fold.recent.get(command.id) !== undefined) return undefined;
    const full = this.count.refusal(command, bytes);
    const refused = full === undefined ? admission?.refusal(command) : { unavailable: full };
    if (!refused) return undefined;
    if ('rejection' in refused) {
      measures?.throttled();
      return { ...refused, revision: fold.revision };
    }
    measures?.unavailable();
    return refused;
  }

  /** Takes no more commands, for ever (also when it is opened meanwhile), and waits until those in hand are answered, or `timeoutMs` passed. */
  async drain(timeoutMs: number): Promise<void> {
    this.isDraining = true;
    if (this.pending.size === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.options.clock.after(timeoutMs, resolve);
      this.idle.push(() => {
        cancel();
        resolve();
      });
    });
  }

  /** Answers everybody `unavailable`, also those whose commit may be landing this moment: they retry with the same id. */
  close(reason: string): void {
    this.term++;
    this.isOpen = false;
    this.inbox = [];
    for (const entry of this.pending.values()) this.settle(entry, { unavailable: reason });
  }

  private wake(): void {
    if (this.isRunning || !this.isOpen) return;
    this.isRunning = true;
    const term = this.term;
    // One microtask later: what arrives in the same tick makes one batch.
    void Promise.resolve()
      .then(() => this.run(term))
      .catch((error: unknown) => {
        this.close(messageOf(error));
        this.options.onFatal(error);
      });
  }

  private async run(term: number): Promise<void> {
    while (this.term === term && this.inbox.length > 0) {
      const batch = this.decideBatch();
      if (batch.transactions.length > 0) await this.commit(batch, term);
      else {
        this.answerFromState(batch);
        if (this.inbox.length > 0) await this.options.clock.sleep(0);
      }
    }
    if (this.term === term) this.isRunning = false;
  }

  private decideBatch(): Batch<S, Entry> {
    const { fold, clock, logger, measures } = this.options;
    const builder = new BatchBuilder<S, Entry>(fold, logger);
    const startedMs = clock.monotonicMs();
    let nowMs = startedMs;
    let taken = 0;
    for (; taken < this.inbox.length && taken < MAX_BATCH_COMMANDS; taken++, nowMs = clock.monotonicMs()) {
      const mostMs = this.inbox.length - taken < FEW ? DECIDE_FEW_MS : MAX_DECIDE_MS;
      if (nowMs - startedMs >= mostMs) break;
      const entry = this.inbox[taken]!;
      const committed = fold.recent.get(entry.command.id);
      if (entry.deadlineAtMs <= nowMs) this.settle(entry, { unavailable: 'the deadline passed before the command was decided' });
      else if (committed) void this.answerFromJournal(entry, committed);
      else if (!builder.add(entry)) break;
    }
    this.inbox.splice(0, taken);
    const batch = builder.build();
    const refused = batch.decided.filter(({ verdict }) => 'rejection' in verdict).length;
    measures?.decided({ commands: batch.decided.length, refused, decideMs: clock.monotonicMs() - startedMs });
    return batch;
  }

  /** Rejections and successes without events: true of the state at `expected`, if that still is the journal's head. */
  private answerFromState(batch: Batch<S, Entry>): void {
    const isCertain = this.options.holdsCertainly();
    for (const { entry, verdict } of batch.decided)
      this.settle(entry, isCertain ? { ...verdict, revision: batch.expected } : { unavailable: 'the lease is in doubt' });
  }

  private async commit(batch: Batch<S, Entry>, term: number): Promise<void> {
    const { journal, clock, random, logger, measures } = this.options;
    const commit = this.envelope(batch.at, random.hex(16), batch.transactions);
    const sentMs = clock.monotonicMs();
    const append = await journal.append(commit, batch.expected, encodeCommit(commit, batch.encoded));
    measures?.appended(clock.monotonicMs() - sentMs);
    if (this.term !== term) return;
    if (append.outcome === 'committed') return this.land(batch, commit);

    logger.warn({ revision: batch.expected + 1, ...append }, `append ${append.outcome}: finding out what is stored`);
    const proof = await proveOutcome({
      ...this.options,
      commit,
      expected: batch.expected,
      isConflict: append.outcome === 'conflict',
      barrier: () => this.envelope(batch.at, random.hex(16), []),
      isCancelled: () => this.term !== term,
    });
    if (this.term !== term) return;
    switch (proof.outcome) {
      case 'landed':
        return this.land(batch, commit);
      case 'never-lands':
        // The barrier has taken the revision, so the commit is gone for good: its commands are decided anew, on the same state.
        this.options.fold.apply(proof.barrier, (batch.expected + 1) as Revision);
        this.inbox.unshift(...batch.decided.map(({ entry }) => entry));
        return;
      case 'other-writer':
        return this.stepDown(`revision ${batch.expected + 1} was written by ${proof.writer}`);
      case 'cancelled':
    }
  }

  private land(batch: Batch<S, Entry>, commit: Commit): void {
    const revision = (batch.expected + 1) as Revision;
    this.options.fold.adopt(commit, revision, batch.draft);
    batch.transactions.forEach((transaction, at) => this.options.admission?.committed(transaction, batch.encoded[at]!.length));
    for (const { entry, verdict } of batch.decided) this.settle(entry, { ...verdict, revision });
  }

  /** A retry of a command that is committed already: its events are read back and the reply is made from them. */
  private async answerFromJournal(entry: Entry, revision: Revision): Promise<void> {
    const { journal, fold, logger } = this.options;
    const { command } = entry;
    let transaction: Transaction | undefined;
    try {
      const commit = await journal.read(revision);
      transaction = commit?.transactions.find(({ commandId }) => commandId === command.id);
    } catch (error) {
      logger.warn({ err: error, commandId: command.id, revision }, `a commit could not be read back: ${messageOf(error)}`);
    }
    if (!transaction) this.settle(entry, { unavailable: `the command is done, but revision ${revision} cannot be read now` });
    else if (!isSameCaller(transaction, command)) this.settle(entry, { rejection: OTHERS_COMMAND, revision });
    else this.settle(entry, { ...replyAgain(fold, command, transaction, logger), revision });
  }

  private envelope(at: string, commitId: string, transactions: Commit['transactions']): Commit {
    const { journal, writer } = this.options;
    return commitOf({ journalId: journal.journalId, commitId, at, writer }, transactions);
  }

  private stepDown(reason: string): void {
    this.close(reason);
    this.options.onStepDown(reason);
  }

  private settle(entry: Entry, answer: Answer): void {
    if (this.pending.get(entry.command.id) === entry) {
      this.pending.delete(entry.command.id);
      this.count.release(entry.command, entry.bytes);
    }
    if ('unavailable' in answer) this.options.measures?.unavailable();
    const { waiters } = entry;
    entry.waiters = [];
    for (const resolve of waiters) resolve(answer);
    if (this.pending.size > 0 || this.idle.length === 0) return;
    for (const done of this.idle.splice(0)) done();
  }

  /** While an outcome is being proved, commands may wait for long; their callers are told in time. The commands stay where they are. */
  private scheduleSweep(): void {
    if (this.isSweeping) return;
    this.isSweeping = true;
    this.options.clock.after(SWEEP_MS, () => {
      this.isSweeping = false;
      const nowMs = this.options.clock.monotonicMs();
      for (const entry of this.pending.values())
        if (entry.deadlineAtMs <= nowMs)
          for (const resolve of entry.waiters.splice(0))
            resolve({ unavailable: 'no answer in time; the outcome is not known yet' });
      if (this.pending.size > 0) this.scheduleSweep();
    });
  }
}

type Caller = Pick<Command, 'actor' | 'principal' | 'accessKeyId' | 'accountId' | 'region'>;

/** Ids are secrets of their senders, but not kept like secrets: nobody reads another's answer with a guessed one. */
function isSameCaller(a: Caller, b: Caller): boolean {
  const isOneOf = (member: keyof Caller) => a[member] === b[member];
  return (['actor', 'principal', 'accessKeyId', 'accountId', 'region'] as const).every(isOneOf);
}
