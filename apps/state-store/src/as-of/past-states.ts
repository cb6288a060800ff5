import type { EcsState } from '#lib/domain';
import { BEFORE_ALL, type Fold, type Journal, type Revision } from '#lib/journal';
import { type Moment, revisionAt } from './moment.js';

/** Past states kept in memory; the least recently read one goes first. */
const KEPT_STATES = 3;

/** A state of the past, and the instant that it stands for. */
export interface PastState {
  readonly state: EcsState;
  readonly at: string;
}

/**
 * Folds the journal up to a moment: from the nearest snapshot before it, then commit by commit. `newFold` gives a fold that
 * stands on such a snapshot (or before all).
 */
export class PastStates {
  private readonly kept = new Map<Revision, Promise<PastState>>();

  constructor(
    private readonly journal: Journal,
    private readonly newFold: (upTo: Revision) => Promise<Fold<EcsState>>,
  ) {}

  async at(moment: Moment): Promise<PastState> {
    const head = await this.journal.head();
    const revision = 'revision' in moment ? Math.min(moment.revision, head) : await this.revisionAt(moment.instantMs, head);
    return this.stateAt(revision as Revision);
  }

  private revisionAt(instantMs: number, head: number): Promise<number> {
    return revisionAt(instantMs, head, async (revision) => Date.parse((await this.commit(revision)).at));
  }

  private stateAt(revision: Revision): Promise<PastState> {
    const known = this.kept.get(revision);
    this.kept.delete(revision);
    const state = known ?? this.fold(revision);
    this.kept.set(revision, state);
    // A fold that failed (the broker was away) is not kept.
    if (!known) state.catch(() => this.kept.delete(revision));
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= KEPT_STATES) break;
      this.kept.delete(oldest);
    }
    return state;
  }

  private async fold(revision: Revision): Promise<PastState> {
    const fold = await this.newFold(revision);
    if (fold.revision < revision) {
      const stop = new AbortController();
      for await (const recorded of this.journal.follow(fold.revision, stop.signal)) {
        fold.apply(recorded.commit, recorded.revision);
        if (recorded.revision === revision) break;
      }
      stop.abort();
    }
    const at = revision === BEFORE_ALL ? new Date(0).toISOString() : (await this.commit(revision)).at;
    return { state: fold.state, at };
  }

  private async commit(revision: number) {
    const commit = await this.journal.read(revision as Revision);
    if (!commit) throw new Error(`the journal has no revision ${revision}`);
    return commit;
  }
}
