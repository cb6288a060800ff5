import type { Generation } from '#lib/ecs/model';
import type { Logger } from '#lib/platform';
import type { IntakeMetrics } from './intake-metrics.js';

export interface LostCommitsDeps {
  readonly fold: { readonly journalId: string; readonly revision: number };
  /** Resolves true when the fold has what was in the journal at the moment of the call. */
  readonly caughtUp: (timeoutMs: number) => Promise<boolean>;
  readonly logger: Logger;
  readonly metrics?: IntakeMetrics;
}

const CAUGHT_UP_TIMEOUT_MS = 2_000;
/** A sentence for each would say nothing new. */
const MOST_NAMED = 1_000;

/**
 * An assignment is a function of a committed revision. An agent that has one of a revision which the journal does not have is evidence
 * that acknowledged commits are lost: beyond what the high-water mark knows (its last second), or by a restored backup. Such an
 * agent takes no older assignment, so it gets no new work until it is started again; its containers go on.
 */
export class LostCommits {
  private readonly ahead = new Set<string>();

  constructor(private readonly deps: LostCommitsDeps) {}

  async heard(instanceId: string, assigned: Generation | undefined): Promise<void> {
    const { fold, caughtUp, logger } = this.deps;
    const isAhead = () => assigned?.journalId === fold.journalId && assigned.revision > fold.revision;
    if (!assigned || !isAhead()) return this.note(instanceId, false);
    if (this.ahead.has(instanceId) || this.ahead.size >= MOST_NAMED) return;
    this.note(instanceId, true);
    // Mostly it is only this fold that is behind.
    if (!(await caughtUp(CAUGHT_UP_TIMEOUT_MS)) || !isAhead()) return this.note(instanceId, false);
    logger.error(
      { instanceId, assigned: assigned.revision, head: fold.revision },
      `the agent of ${instanceId} has an assignment of revision ${assigned.revision}, and the journal ends at ${fold.revision}: acknowledged commits are ` +
        'missing, or a backup was restored. Start that agent again, or it takes no new work until the journal is as long again',
    );
  }

  private note(instanceId: string, isAhead: boolean): void {
    if (this.ahead.has(instanceId) === isAhead) return;
    if (isAhead) this.ahead.add(instanceId);
    else this.ahead.delete(instanceId);
    this.deps.metrics?.agentsAhead(this.ahead.size);
  }
}
