import { BEFORE_ALL, type Fold, foldUpTo, type Journal, type Revision, revisionAt } from '#lib/journal';
import type { Clock } from '#lib/platform';
import type { Moment } from './moment.js';

export interface PastLimits {
  /** Past states kept in memory; the least recently read one goes first. */
  readonly kept: number;
  /** Folds under way at once: each is a whole state. */
  readonly folding: number;
  /** Moments that wait for their turn; of one account half of them. */
  readonly queued: number;
  /** How long a fold goes on that nobody waits for: the gateway asks again after each attempt that took too long. */
  readonly lingerMs: number;
}

export const PAST_LIMITS: PastLimits = { kept: 3, folding: 2, queued: 16, lingerMs: 5_000 };

/** A state of the past, and the instant that it stands for. */
export interface PastState<S> {
  readonly state: S;
  readonly at: string;
}

export interface Asker {
  readonly accountId: string;
  /** Aborts when it waits no longer. */
  readonly signal?: AbortSignal;
}

/** Too many ask at once: come again. */
export class PastBusyError extends Error {}

/** One moment that is waited for, in the queue or under way. */
interface Work<S> {
  readonly revision: Revision;
  /** Who asked first: the turn is theirs. */
  readonly accountId: string;
  readonly aborting: AbortController;
  readonly done: Promise<PastState<S>>;
  readonly settle: { resolve(state: PastState<S>): void; reject(error: unknown): void };
  waiting: number;
}

/**
 * Folds the journal up to a moment: from the nearest snapshot before it, then commit by commit. `newFold` gives a fold that
 * stands on such a snapshot (or before all). All who ask for one moment share its fold; the accounts take turns.
 */
export class PastStates<S> {
  private readonly kept = new Map<Revision, PastState<S>>();
  private readonly queue = new Map<Revision, Work<S>>();
  private readonly underWay = new Map<Revision, Work<S>>();

  constructor(
    private readonly journal: Journal,
    private readonly newFold: (upTo: Revision) => Promise<Fold<S>>,
    private readonly clock: Clock,
    private readonly limits: PastLimits = PAST_LIMITS,
  ) {}

  /** A revision or instant that is yet to come means now. Throws `PastBusyError`, and the signal's reason when it aborts. */
  async at(moment: Moment, asker: Asker): Promise<PastState<S>> {
    if ('instantMs' in moment) return this.stateAt(await revisionAt(this.journal, moment.instantMs), asker);
    return this.stateAt(Math.min(moment.revision, await this.journal.head()) as Revision, asker);
  }

  private stateAt(revision: Revision, { accountId, signal }: Asker): Promise<PastState<S>> {
    const known = this.kept.get(revision);
    if (known) {
      this.keep(revision, known);
      return Promise.resolve(known);
    }
    const work = this.underWay.get(revision) ?? this.queue.get(revision) ?? this.enqueue(revision, accountId);
    return this.waitFor(work, signal);
  }

  private enqueue(revision: Revision, accountId: string): Work<S> {
    const ofAccount = [...this.queue.values()].filter((work) => work.accountId === accountId).length;
    if (this.queue.size >= this.limits.queued || ofAccount >= this.limits.queued / 2)
      throw new PastBusyError('many moments of the past are asked for at once');
    let settle!: Work<S>['settle'];
    const done = new Promise<PastState<S>>((resolve, reject) => (settle = { resolve, reject }));
    // Also when everybody has left: an outcome that nobody waits for is no failure of the process.
    done.catch(() => undefined);
    const work: Work<S> = { revision, accountId, aborting: new AbortController(), done, settle, waiting: 0 };
    this.queue.set(revision, work);
    this.begin();
    return work;
  }

  private waitFor(work: Work<S>, signal: AbortSignal | undefined): Promise<PastState<S>> {
    work.waiting++;
    return new Promise((resolve, reject) => {
      const leave = () => {
        signal?.removeEventListener('abort', onAbort);
        work.waiting--;
        if (work.waiting === 0) this.clock.after(this.limits.lingerMs, () => this.endIfDeserted(work));
      };
      const onAbort = () => {
        leave();
        reject(signal!.reason as Error);
      };
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      work.done.then(
        (state) => {
          if (!signal?.aborted) leave();
          resolve(state);
        },
        (error: unknown) => {
          if (!signal?.aborted) leave();
          reject(error as Error);
        },
      );
    });
  }

  private endIfDeserted(work: Work<S>): void {
    if (work.waiting > 0) return;
    work.aborting.abort(new Error('nobody waits for it'));
    if (this.queue.get(work.revision) === work) this.queue.delete(work.revision);
  }

  private begin(): void {
    while (this.underWay.size < this.limits.folding) {
      const work = this.next();
      if (!work) return;
      this.queue.delete(work.revision);
      this.underWay.set(work.revision, work);
      void this.fold(work)
        .then(
          (state) => {
            this.keep(work.revision, state);
            work.settle.resolve(state);
          },
          (error: unknown) => work.settle.reject(error),
        )
        .finally(() => {
          this.underWay.delete(work.revision);
          this.begin();
        });
    }
  }

  /** The longest waiting one of an account that has no fold under way, before another one of an account that has. */
  private next(): Work<S> | undefined {
    const busy = new Set([...this.underWay.values()].map(({ accountId }) => accountId));
    const queued = [...this.queue.values()];
    return queued.find(({ accountId }) => !busy.has(accountId)) ?? queued[0];
  }

  private keep(revision: Revision, state: PastState<S>): void {
    this.kept.delete(revision);
    this.kept.set(revision, state);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= this.limits.kept) break;
      this.kept.delete(oldest);
    }
  }

  private async fold({ revision, aborting: { signal } }: Work<S>): Promise<PastState<S>> {
    const fold = await this.newFold(revision);
    if (revision > BEFORE_ALL) await foldUpTo(fold, this.journal, revision, () => signal.aborted);
    signal.throwIfAborted();
    return { state: fold.state, at: new Date(fold.atMs).toISOString() };
  }
}
