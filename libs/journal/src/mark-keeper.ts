import type { Clock, Logger } from '#lib/platform';
import { messageOf } from './errors.js';
import type { Fold } from './fold.js';
import { type HighWaterMark, lossSince, type MarkStore } from './high-water-mark.js';
import { BEFORE_ALL, type Journal, type Revision } from './port.js';
import type { Snapshots } from './snapshots.js';

/** How old a mark may be: what a damaged journal can lose unnoticed. One write a second beside the journal's own costs nothing. */
const INTERVAL_MS = 1_000;
const COMMITS_BETWEEN = 256;
/** More than can have been committed after the last mark, an unanswered write of it included. */
const UNMARKED_COMMITS = 2_000;

export interface MarkKeeperOptions<S> {
  readonly store: MarkStore;
  readonly journal: Journal;
  readonly fold: Fold<S>;
  readonly snapshots?: Pick<Snapshots, 'dropFrom'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The operator gives up the revisions from this one on. Exactly this loss is accepted, no later one. */
  readonly acceptLossSince?: number;
}

/** Compares the journal with its high-water mark before a writer takes over, and raises the mark while it writes. */
export class MarkKeeper<S> {
  private version = 0;
  private latest: HighWaterMark | undefined;
  private unmarked = 0;
  private isWriting = false;
  private cancelTimer: (() => void) | undefined;
  private unsubscribe: (() => void) | undefined;

  constructor(private readonly options: MarkKeeperOptions<S>) {}

  /**
   * Throws `LostCommitsError` when acknowledged commits are missing. Resolves with the revision up to which barriers have to be
   * written before anything else is: a revision that was given out must never mean something else (agents compare them).
   */
  async check(): Promise<Revision> {
    const { store, journal, acceptLossSince, snapshots, logger } = this.options;
    const stored = await store.read(journal.name);
    this.version = stored?.version ?? 0;
    if (!stored) return BEFORE_ALL;
    const { mark } = stored;
    const loss = await lossSince(journal, mark, this.options.clock);
    if (!loss) return mark.fillTo ?? BEFORE_ALL;
    if (loss.since !== acceptLossSince) throw loss;
    await snapshots?.dropFrom(journal.name, loss.since);
    const head = await journal.head();
    const commitId = head === BEFORE_ALL ? '' : (await journal.read(head))!.commitId;
    const fillTo = (Math.max(mark.revision, head) + UNMARKED_COMMITS) as Revision;
    const isSame = mark.journalId === journal.journalId;
    const accepted = { journalId: journal.journalId, revision: head, commitId, ...(isSame ? { fillTo } : {}) };
    const version = await store.write(journal.name, accepted, this.version);
    if (version === undefined) throw new Error('the high-water mark was changed meanwhile');
    this.version = version;
    logger.warn({ journal: journal.name, since: loss.since, until: loss.until }, 'the loss of acknowledged commits was accepted');
    return isSame ? fillTo : BEFORE_ALL;
  }

  /** From the promotion on: what this writer commits is marked. */
  start(): void {
    const { fold } = this.options;
    this.unsubscribe?.();
    this.unsubscribe = fold.subscribe(({ journalId, commitId }, revision) => {
      this.latest = { journalId, revision, commitId };
      this.unmarked++;
      if (this.unmarked >= COMMITS_BETWEEN) void this.write();
      else this.cancelTimer ??= this.options.clock.after(INTERVAL_MS, () => void this.write());
    });
  }

  /** The last commit is marked, too: a clean stop leaves nothing unmarked. */
  async stop(): Promise<void> {
    this.unsubscribe?.();
    this.unsubscribe = undefined;
    await this.write();
  }

  private async write(): Promise<void> {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    const { latest } = this;
    if (!latest || this.isWriting) return;
    const { store, journal, clock, logger } = this.options;
    this.isWriting = true;
    this.unmarked = 0;
    try {
      const version = await store.write(journal.name, latest, this.version);
      if (version === undefined) await this.learnVersion(latest);
      else this.version = version;
      if (version !== undefined && this.latest === latest) this.latest = undefined;
    } catch (error) {
      logger.warn({ journal: journal.name }, `the high-water mark is not raised: ${messageOf(error)}`);
    }
    this.isWriting = false;
    if (this.latest && this.unsubscribe) this.cancelTimer ??= clock.after(INTERVAL_MS, () => void this.write());
  }

  /** Somebody else wrote it: a writer before or after this one. A mark is only ever raised. */
  private async learnVersion({ journalId, revision }: HighWaterMark): Promise<void> {
    const { store, journal } = this.options;
    const stored = await store.read(journal.name);
    this.version = stored?.version ?? 0;
    if (stored?.mark.journalId === journalId && stored.mark.revision >= revision) this.latest = undefined;
  }
}
