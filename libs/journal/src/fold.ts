import type { Clock } from '#lib/platform';
import type { Decider, StateDraft, StateTables } from '#lib/kernel';
import { FoldError, JournalMismatchError, messageOf, UnknownEventError } from './errors.js';
import { JournalTime } from './journal-time.js';
import { BEFORE_ALL, type Commit, type Journal, type Revision } from './port.js';
import type { JournalName } from '#lib/names';
import { type RecentCommit, RecentCommands } from './recent-commands.js';

export interface FoldOptions<S> {
  readonly name: JournalName;
  /** Commits of another incarnation are refused. */
  readonly journalId: string;
  readonly store: StateTables<S>;
  readonly decider: Decider<S>;
  readonly clock: Clock;
}

/** Gets every folded commit, in order, after it is in the state. Must not throw: an index that cannot follow is a broken fold. */
export type CommitListener = (commit: Commit, revision: Revision) => void;

/** Where a fold stands, beside its tables: what a snapshot has to carry. */
export interface FoldPosition {
  readonly revision: Revision;
  /** Milliseconds since the epoch of the last commit; new commits never carry an earlier time. */
  readonly atMs: number;
  readonly recent: readonly RecentCommit[];
}

interface Waiter {
  readonly revision: Revision;
  readonly reached: () => void;
}

/**
 * A state kept current by evolving every commit. Two ways lead in: `apply` (a commit from the journal, evolved here) and
 * `adopt` (the writer's own commit, already evolved on a draft). Both insist on the very next revision.
 */
export class Fold<S> {
  readonly name: JournalName;
  readonly journalId: string;
  readonly store: StateTables<S>;
  readonly decider: Decider<S>;
  readonly recent = new RecentCommands();
  readonly time: JournalTime;
  private readonly clock: Clock;
  private readonly listeners = new Set<CommitListener>();
  private readonly waiters = new Set<Waiter>();
  private position: Revision = BEFORE_ALL;
  private lastAtMs = 0;
  private headSeen: Revision = BEFORE_ALL;
  private start: Revision | undefined;
  private reachedStartHead!: () => void;
  /** Resolves when the fold has what was in the journal when the app started: before, nothing may be concluded from its state. */
  readonly caughtUpWithStart = new Promise<void>((resolve) => (this.reachedStartHead = resolve));

  constructor(options: FoldOptions<S>) {
    this.name = options.name;
    this.journalId = options.journalId;
    this.store = options.store;
    this.decider = options.decider;
    this.clock = options.clock;
    this.time = new JournalTime(options.clock);
  }

  get state(): S {
    return this.store.state;
  }

  get revision(): Revision {
    return this.position;
  }

  get atMs(): number {
    return this.lastAtMs;
  }

  /** The journal's time: what deadlines in the state are compared with, and what the next commit is dated. */
  nowMs(): number {
    return this.time.nowMs(this.lastAtMs);
  }

  /** Commits known to be in the journal and not yet folded. */
  get lag(): number {
    return Math.max(0, this.headSeen - this.position);
  }

  /** The journal's head when the app started; a state before it is an old one. Undefined until somebody has told. */
  get startHead(): Revision | undefined {
    return this.start;
  }

  startedAt(head: Revision): void {
    this.start = head;
    this.noteHead(head);
    this.advanced();
  }

  noteHead(head: Revision): void {
    if (head > this.headSeen) this.headSeen = head;
  }

  /** After the store was loaded from a snapshot, before anything is folded on top. */
  startFrom(position: FoldPosition): void {
    this.position = position.revision;
    this.lastAtMs = position.atMs;
    this.recent.clear();
    for (const commit of position.recent) this.recent.put(commit);
    this.advanced();
  }

  /** Folds a commit of the journal. Whatever throws here is for the process to end with. */
  apply(commit: Commit, revision: Revision): void {
    this.insistOnNext(commit, revision);
    this.insistOnKnown(commit, revision);
    const { decider, state } = this;
    const { at } = commit;
    let index = 0;
    for (const transaction of commit.transactions)
      for (const event of transaction.events) {
        try {
          decider.evolve(state, event, { at, revision, index, transaction });
        } catch (error) {
          throw new FoldError(this.name, revision, { type: event.type, index }, messageOf(error), { cause: error });
        }
        index++;
      }
    this.advance(commit, revision);
  }

  /** Makes the writer's draft true: the events of `commit` were evolved on it, and the journal holds it at `revision`. */
  adopt(commit: Commit, revision: Revision, draft: StateDraft<S>): void {
    this.insistOnNext(commit, revision);
    try {
      draft.apply();
    } catch (error) {
      throw new FoldError(this.name, revision, undefined, messageOf(error), { cause: error });
    }
    this.advance(commit, revision);
  }

  /** False when `revision` was not reached within `timeoutMs`. */
  waitFor(revision: Revision, timeoutMs: number): Promise<boolean> {
    if (this.position >= revision) return Promise.resolve(true);
    if (timeoutMs <= 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (reached: boolean) => {
        cancel();
        this.waiters.delete(waiter);
        resolve(reached);
      };
      const waiter: Waiter = { revision, reached: () => settle(true) };
      const cancel = this.clock.after(timeoutMs, () => settle(false));
      this.waiters.add(waiter);
    });
  }

  subscribe(listener: CommitListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /**
   * Folds the journal until the signal aborts. Rejects with `FoldError`, `UnknownEventError` or `JournalMismatchError`: the app
   * becomes unready, says so and ends; none of them heals by trying again.
   */
  async follow(journal: Journal, signal: AbortSignal): Promise<void> {
    const { ignores } = this.decider;
    for await (const { revision, commit, pending } of journal.follow(this.position, signal, ignores)) {
      // A writer that takes over aborts the loop and changes the fold in the same tick; what was under way here is stale.
      if (signal.aborted) return;
      this.noteHead((revision + (pending ?? 0)) as Revision);
      if (revision > this.position) this.apply(commit, revision);
    }
  }

  private insistOnNext(commit: Commit, revision: Revision): void {
    if (revision !== this.position + 1)
      throw new FoldError(this.name, revision, undefined, `the fold is at ${this.position}, so this cannot be next`);
    if (commit.journalId !== this.journalId)
      throw new JournalMismatchError(
        this.name,
        `revision ${revision} belongs to journal ${commit.journalId}, not ${this.journalId}`,
      );
  }

  /** Before the first event is evolved: a commit is folded as a whole or not at all. (The writer has asked for each of its own.) */
  private insistOnKnown(commit: Commit, revision: Revision): void {
    if (!this.decider.knows) return;
    for (const transaction of commit.transactions)
      for (const event of transaction.events)
        if (!this.decider.knows(event)) throw new UnknownEventError(this.name, revision, event);
  }

  private advance(commit: Commit, revision: Revision): void {
    this.position = revision;
    this.lastAtMs = Date.parse(commit.at);
    this.noteHead(revision);
    this.recent.add(commit, revision, this.lastAtMs);
    for (const listener of this.listeners) {
      try {
        listener(commit, revision);
      } catch (error) {
        throw new FoldError(this.name, revision, undefined, `a listener failed: ${messageOf(error)}`, { cause: error });
      }
    }
    this.advanced();
  }

  private advanced(): void {
    if (this.start !== undefined && this.position >= this.start) this.reachedStartHead();
    for (const waiter of this.waiters) if (waiter.revision <= this.position) waiter.reached();
  }
}
