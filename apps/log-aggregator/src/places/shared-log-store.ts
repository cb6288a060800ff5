import type { StreamTimes } from '../domain/streams.js';
import type {
  Append,
  Appended,
  Counting,
  Counts,
  DamagedFile,
  GroupRef,
  LogStore,
  Page,
  Scan,
  Sweep,
} from '../store/log-store.js';

/** What another aggregator is asked: that whatever it has taken so far is found by all. */
export interface ShowQuestion {
  readonly show: 'all';
}

/** Lines that all aggregators have on one server, which shows each at once only what went through it: so each asks the others before it reads. */
export class SharedLogStore implements LogStore {
  constructor(
    private readonly store: LogStore,
    private readonly othersShow: () => Promise<unknown>,
  ) {}

  append(append: Append): Promise<Appended> {
    return this.store.append(append);
  }

  /** What follows a page was shown with it. */
  async scan(scan: Scan, signal?: AbortSignal): Promise<Page> {
    if (!scan.after) await this.othersShow();
    return this.store.scan(scan, signal);
  }

  async count(counting: Counting, signal?: AbortSignal): Promise<Counts> {
    await this.othersShow();
    return this.store.count(counting, signal);
  }

  async streamTimes(group: GroupRef): Promise<Readonly<Record<string, StreamTimes>>> {
    await this.othersShow();
    return this.store.streamTimes(group);
  }

  storedBytes(): Promise<Readonly<Record<string, number>>> {
    return this.store.storedBytes();
  }

  /** A line that is not shown yet would be kept for ever. */
  async sweep(sweep: Sweep): Promise<void> {
    await this.othersShow();
    return this.store.sweep(sweep);
  }

  damaged(): readonly DamagedFile[] {
    return this.store.damaged();
  }

  close(): Promise<void> {
    return this.store.close();
  }
}
