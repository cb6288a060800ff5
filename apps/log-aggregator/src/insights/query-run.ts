import { formatPointer } from '../events/positions.js';
import type { LogGroup } from '../domain/model.js';
import type { LoggingState } from '../domain/state.js';
import { END_OF_TIME, type LogStore, type Scan } from '../store/log-store.js';
import { newestFirst } from './event-cursor.js';
import type { ResultRows, Running } from './query/plan.js';
import { Row } from './query/row.js';

export type QueryStatus = 'Scheduled' | 'Running' | 'Complete' | 'Failed' | 'Cancelled' | 'Timeout';

export interface QueryStatistics {
  readonly recordsMatched: number;
  readonly recordsScanned: number;
  readonly bytesScanned: number;
  readonly logGroupsScanned: number;
}

/** Of 64 bytes: all that one query keeps, groups, distinct values and rows. */
const CELLS = 1_000_000;

/** Of a result, beside its text. */
const FIELD_BYTES = 64;

/** What a query would keep has no bound that it could be given. */
class TooMuch extends Error {}

/** One run of a query over its groups; what it has found can be asked at any time. */
export class QueryRun {
  private readonly abort = new AbortController();
  private running: Running | undefined;
  private kept: ResultRows | undefined;
  private matched = 0;
  private scanned = 0;
  private bytes = 0;
  private keptBytes = 0;
  private state: QueryStatus = 'Scheduled';
  /** Why it failed. */
  failure: string | undefined;

  constructor(
    private readonly begin: (room: { take(cells: number): void }) => Running,
    private readonly scans: readonly { readonly group: LogGroup; readonly scan: Scan }[],
    private readonly from: { readonly store: Pick<LogStore, 'scan' | 'count'>; readonly logs: Pick<LoggingState, 'streams'> },
  ) {}

  get status(): QueryStatus {
    return this.state;
  }

  get isOver(): boolean {
    return this.state !== 'Scheduled' && this.state !== 'Running';
  }

  get statistics(): QueryStatistics {
    return {
      recordsMatched: this.matched,
      recordsScanned: this.scanned,
      bytesScanned: this.bytes,
      logGroupsScanned: this.scans.length,
    };
  }

  results(): ResultRows {
    return this.kept ?? this.running?.results() ?? [];
  }

  /** About what an ended run's result takes. */
  get resultBytes(): number {
    return this.keptBytes;
  }

  /** Ends it as it is; false: it was over. */
  end(status: 'Cancelled' | 'Timeout'): boolean {
    if (this.isOver) return false;
    this.state = status;
    this.abort.abort();
    this.keep();
    return true;
  }

  /** Resolves when it is over. Throws what is nobody's fault but ours. */
  async run(): Promise<void> {
    if (this.isOver) return;
    this.state = 'Running';
    let left = CELLS;
    this.running = this.begin({
      take: (cells) => {
        left -= cells;
        if (left < 0)
          throw new TooMuch('The query needs more memory than there is for one: group by less, or look at less time.');
      },
    });
    try {
      await this.scan(this.running);
      if (this.state === 'Running') this.state = 'Complete';
    } catch (error) {
      if (!this.isOver) this.state = 'Failed';
      if (error instanceof TooMuch) this.failure = error.message;
      else if (!this.abort.signal.aborted) throw error;
    } finally {
      this.keep();
    }
  }

  private async scan(running: Running): Promise<void> {
    const names = new Map<string, string | undefined>();
    const nameOf = (id: string) => {
      if (!names.has(id)) names.set(id, [...this.from.logs.streams.by('id', id)][0]?.name);
      return names.get(id);
    };
    for await (const batch of newestFirst(this.scans, this.from.store, this.abort.signal)) {
      for (const { group, event } of batch) {
        this.scanned++;
        this.bytes += event.message.length;
        const logStream = nameOf(event.stream);
        // A stream that was deleted is not shown.
        if (logStream === undefined) continue;
        const { timestamp, ingestedAt, message } = event;
        const pointer = formatPointer(group.id, event);
        const row = Row.ofEvent({ timestamp, ingestedAt, message, logStream, log: `${group.accountId}:${group.name}`, pointer });
        // Also when the result has all the rows that it may have: how many matched is told of all that was asked for.
        if (running.push(row)) this.matched++;
      }
      if (running.onlyCounts) return this.countAll();
    }
  }

  /** Every event there is matches: the store knows how many without reading them. Those of deleted streams are among them. */
  private async countAll(): Promise<void> {
    let count = 0;
    for (const { scan } of this.scans) {
      const { bins } = await this.from.store.count({ ...scan, binMs: END_OF_TIME, budgetBytes: Infinity }, this.abort.signal);
      count += Object.values(bins).reduce((sum, one) => sum + one, 0);
    }
    this.abort.signal.throwIfAborted();
    this.matched = this.scanned = Math.max(count, this.scanned);
  }

  /** What the run holds goes, its result stays. */
  private keep(): void {
    this.kept = this.running?.results() ?? [];
    for (const row of this.kept) for (const { value } of row) this.keptBytes += FIELD_BYTES + value.length;
    this.running = undefined;
  }
}
