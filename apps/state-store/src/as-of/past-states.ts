import type { EcsState } from '#lib/domain';
import { BEFORE_ALL, type Fold, foldUpTo, type Journal, type Revision, revisionAt } from '#lib/journal';
import type { Moment } from './moment.js';

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

  /** A revision or instant that is yet to come means now. */
  async at(moment: Moment): Promise<PastState> {
    if ('instantMs' in moment) return this.stateAt(await revisionAt(this.journal, moment.instantMs));
    return this.stateAt(Math.min(moment.revision, await this.journal.head()) as Revision);
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
    if (revision > BEFORE_ALL) await foldUpTo(fold, this.journal, revision);
    return { state: fold.state, at: new Date(fold.atMs).toISOString() };
  }
}
