import { Backoff, type Clock } from '#lib/platform';
import { JournalMismatchError } from '../errors.js';
import type { AppendOutcome, Commit, Journal, Revision } from '../port.js';

interface UnderWay {
  readonly commit: Commit;
  readonly revision: Revision;
  readonly json?: string;
  readonly append: Promise<AppendOutcome>;
}

const PAUSES = { firstMs: 10, longestMs: 1_000 };

/**
 * Brings commits of one journal into another, each at its own revision or nowhere. Many at once may do it: whoever comes second finds
 * the same commit there. Anything else at its place is for people to decide.
 */
export class Transfer {
  private readonly underWay: UnderWay[] = [];

  /** `atOnce`: appends that do not wait for the one before them; the target's expected revisions keep their order. */
  constructor(
    private readonly target: Journal,
    private readonly clock: Clock,
    private readonly atOnce: number,
    private readonly onStored: (revision: Revision) => void = () => undefined,
  ) {}

  /** In order, without a gap. Throws `JournalMismatchError`, or whatever keeps the target from answering: then nothing is under way. */
  async put(commit: Commit, revision: Revision, json?: string): Promise<void> {
    while (this.underWay.length >= this.atOnce) await this.settleOldest();
    const append = this.target.append(commit, (revision - 1) as Revision, json);
    // Also of one that is given up because another failed before it.
    append.catch(() => undefined);
    this.underWay.push({ commit, revision, json, append });
  }

  /** Resolves when everything that was put is stored. */
  async flush(): Promise<void> {
    while (this.underWay.length > 0) await this.settleOldest();
  }

  private async settleOldest(): Promise<void> {
    const oldest = this.underWay[0]!;
    try {
      const { outcome } = await oldest.append;
      if (outcome !== 'committed') await this.insist(oldest);
    } catch (error) {
      this.underWay.length = 0;
      throw error;
    }
    this.underWay.shift();
    this.onStored(oldest.revision);
  }

  /** No answer, or the place was taken: no proof by a barrier is needed, because only this commit may ever stand there. */
  private async insist({ commit, revision, json }: UnderWay): Promise<void> {
    const { target } = this;
    const backoff = new Backoff(this.clock, PAUSES);
    for (;;) {
      const stored = await target.read(revision);
      if (stored?.commitId === commit.commitId) return;
      if (stored)
        throw new JournalMismatchError(target.name, `revision ${revision} is ${stored.commitId}, and not ${commit.commitId}`);
      const head = await target.head();
      if (head < revision - 1) throw new Error(`${target.name} ends at ${head}: what was stored up to ${revision - 1} has gone`);
      const { outcome } = await target.append(commit, (revision - 1) as Revision, json);
      if (outcome === 'committed') return;
      await backoff.pause();
    }
  }
}
