import type { Clock } from '#lib/platform';
import type { Append, GroupRef, LogStore } from '../store/log-store.js';

/** Lines of one stream that were taken together. */
export interface TakenLines {
  readonly group: GroupRef;
  /** Id. */
  readonly stream: string;
  readonly ingestedAt: number;
  readonly events: Append['events'];
}

export interface FeedPage {
  readonly taken: readonly TakenLines[];
  readonly cursor: string;
  /** Lines came and went between the cursor that was given and the first of these. */
  readonly missed: boolean;
}

/** Kept for readers that are a moment behind; a page has at most a part of it. */
const KEPT_BYTES = 16 * 1024 * 1024;
const PAGE_BYTES = 2 * 1024 * 1024;
/** Nobody has asked for so long: nothing is kept. */
const QUIET_MS = 30_000;

interface Kept extends TakenLines {
  readonly bytes: number;
}

/** What this process's store has just taken, for those who look on: the newest lines in the order in which they came, for as long as anybody asks. */
export class LineFeed {
  private kept: Kept[] = [];
  private keptBytes = 0;
  /** How many were ever told, and so the number of the next. */
  private next = 0;
  private askedAtMs = -Infinity;
  private readonly waiting = new Set<() => void>();
  private readonly listeners: ((taken: TakenLines) => void)[] = [];

  /** `epoch`: in hex, tells the cursors of this feed from those of another process. */
  constructor(
    private readonly clock: Clock,
    readonly epoch: string,
  ) {}

  /** Told of everything, at once. */
  onTaken(listener: (taken: TakenLines) => void): void {
    this.listeners.push(listener);
  }

  /** The store, with whatever it takes told here. */
  of(store: LogStore): LogStore {
    return {
      append: async (append) => {
        const appended = await store.append(append);
        const { group, stream, ingestedAt, events } = append;
        // Of a container's range it is the end that is new.
        if (appended.taken > 0) this.tell({ group, stream, ingestedAt, events: events.slice(events.length - appended.taken) });
        return appended;
      },
      scan: (scan, signal) => store.scan(scan, signal),
      count: (counting, signal) => store.count(counting, signal),
      streamTimes: (group) => store.streamTimes(group),
      storedBytes: () => store.storedBytes(),
      sweep: (sweep) => store.sweep(sweep),
      damaged: () => store.damaged(),
      close: () => store.close(),
    };
  }

  private tell(taken: TakenLines): void {
    for (const listener of this.listeners) listener(taken);
    this.next++;
    if (this.clock.monotonicMs() - this.askedAtMs > QUIET_MS) {
      this.kept = [];
      this.keptBytes = 0;
      return;
    }
    const bytes = taken.events.reduce((sum, { message }) => sum + message.length + 64, 128);
    this.kept.push({ ...taken, bytes });
    this.keptBytes += bytes;
    let leaves = 0;
    while (this.keptBytes > KEPT_BYTES) this.keptBytes -= this.kept[leaves++]!.bytes;
    if (leaves > 0) this.kept.splice(0, leaves);
    for (const wake of this.waiting) wake();
  }

  /** Where the feed is now. */
  cursor(): string {
    this.askedAtMs = this.clock.monotonicMs();
    return this.at(this.next);
  }

  /** What came behind the cursor. */
  read(after: string, pageBytes = PAGE_BYTES): FeedPage {
    this.askedAtMs = this.clock.monotonicMs();
    const first = this.next - this.kept.length;
    const [, epoch, number] = /^([0-9a-f]+)-(\d{1,15})$/.exec(after) ?? [];
    const asked = epoch === this.epoch ? Math.min(Number(number), this.next) : -1;
    const begin = Math.max(asked, first);
    const taken: TakenLines[] = [];
    for (let [at, bytes] = [begin - first, 0]; at < this.kept.length && bytes < pageBytes; at++) {
      taken.push(this.kept[at]!);
      bytes += this.kept[at]!.bytes;
    }
    return { taken, cursor: this.at(begin + taken.length), missed: asked < begin };
  }

  /** Resolves when something comes, or when the time is over. */
  wait(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        this.waiting.delete(end);
        resolve();
      };
      const cancel = this.clock.after(ms, end);
      this.waiting.add(end);
    });
  }

  /** Nobody waits any more. */
  close(): void {
    for (const end of this.waiting) end();
  }

  private at(number: number): string {
    return `${this.epoch}-${number}`;
  }
}
