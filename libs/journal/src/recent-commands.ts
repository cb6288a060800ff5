import type { Commit, Revision } from './port.js';

/** Command ids are looked up for this long (in commit time). Callers give up retrying after 10 s (the gateway's deadline). */
export const RECENT_COMMANDS_MS = 60_000;

/**
 * …and these stay however old they are: after a machine slept, the first commit is hours younger than the one before, while those
 * who sent commands just before still wait.
 */
const KEPT_COMMITS = 1_000;

/** One commit's command ids, as a snapshot stores them. */
export interface RecentCommit {
  readonly atMs: number;
  readonly revision: Revision;
  readonly commandIds: readonly string[];
}

/**
 * Which commands were committed lately, and where: a retried command is answered from the journal instead of being decided
 * twice. Part of every fold, so that the next writer knows what the last one committed. Ages by the commits' own time, so that
 * every replica forgets the same.
 */
export class RecentCommands {
  private readonly revisions = new Map<string, Revision>();
  /** Oldest first; `first` is where the living part begins (shifting an array is linear). */
  private commits: RecentCommit[] = [];
  private first = 0;

  constructor(
    private readonly windowMs: number = RECENT_COMMANDS_MS,
    private readonly keptCommits: number = KEPT_COMMITS,
  ) {}

  get(commandId: string): Revision | undefined {
    return this.revisions.get(commandId);
  }

  get size(): number {
    return this.revisions.size;
  }

  add(commit: Pick<Commit, 'transactions'>, revision: Revision, atMs: number): void {
    if (commit.transactions.length > 0)
      this.put({ atMs, revision, commandIds: commit.transactions.map((transaction) => transaction.commandId) });
    this.forgetBefore(atMs - this.windowMs);
  }

  put(recent: RecentCommit): void {
    this.commits.push(recent);
    for (const id of recent.commandIds) this.revisions.set(id, recent.revision);
  }

  list(): readonly RecentCommit[] {
    return this.commits.slice(this.first);
  }

  clear(): void {
    this.revisions.clear();
    this.commits = [];
    this.first = 0;
  }

  private forgetBefore(atMs: number): void {
    while (this.commits.length - this.first > this.keptCommits && this.commits[this.first]!.atMs < atMs) {
      for (const id of this.commits[this.first]!.commandIds) this.revisions.delete(id);
      this.first++;
    }
    if (this.first > 1024 && this.first * 2 > this.commits.length) {
      this.commits = this.commits.slice(this.first);
      this.first = 0;
    }
  }
}
