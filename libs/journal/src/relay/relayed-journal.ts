import type { AppendOutcome, Commit, Journal, RecordedCommit, Revision } from '../port.js';
import type { Relay } from './relay.js';

/** So many commits the followers may be behind before nothing more is written: what they cannot see piles up. */
const MAX_LAG = 1_000;
const WAIT_MS = 2_000;

/**
 * The owner's journal where the truth is not in the broker: everything is the source's, and whatever is learned of the source's length
 * goes on to the relay. A commit counts as soon as the source has it.
 */
export class RelayedJournal implements Journal {
  constructor(
    private readonly source: Journal,
    private readonly relay: Relay,
  ) {}

  get name() {
    return this.source.name;
  }

  get journalId() {
    return this.source.journalId;
  }

  async append(commit: Commit, expected: Revision, json = JSON.stringify(commit)): Promise<AppendOutcome> {
    const { relay } = this;
    if (relay.isRunning && relay.lag > MAX_LAG && !(await relay.reached((expected - MAX_LAG) as Revision, WAIT_MS)))
      return { outcome: 'unknown', error: new Error(`the broker’s stream is ${relay.lag} commits behind: nothing was sent`) };
    const appended = await this.source.append(commit, expected, json);
    if (appended.outcome === 'committed') relay.hand(commit, appended.revision, json);
    return appended;
  }

  /** Also how the proof of an unanswered append ends: then the relay reads that commit itself. */
  async read(revision: Revision): Promise<Commit | undefined> {
    const commit = await this.source.read(revision);
    if (commit) this.relay.note(revision);
    return commit;
  }

  async head(): Promise<Revision> {
    const head = await this.source.head();
    this.relay.note(head);
    return head;
  }

  async *follow(after: Revision, signal: AbortSignal): AsyncIterable<RecordedCommit> {
    for await (const recorded of this.source.follow(after, signal)) {
      this.relay.note(recorded.revision);
      yield recorded;
    }
  }
}
