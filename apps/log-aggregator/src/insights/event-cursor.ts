import type { LogGroup } from '../domain/model.js';
import type { LogStore, Scan, StoredEvent } from '../store/log-store.js';
import { compareGlobal } from '../search/order-of-groups.js';

interface Looked {
  readonly group: LogGroup;
  readonly event: StoredEvent;
}

/** One group's events, page by page. */
class GroupCursor {
  private page: readonly StoredEvent[] = [];
  private at = 0;
  private after: Scan['after'];
  private isOver = false;

  constructor(
    readonly group: LogGroup,
    private readonly scan: Scan,
    private readonly store: Pick<LogStore, 'scan'>,
  ) {}

  /** Resolves when there is an event to look at, or none any more. */
  async fill(signal: AbortSignal): Promise<boolean> {
    while (this.at >= this.page.length && !this.isOver) {
      signal.throwIfAborted();
      const { events, next } = await this.store.scan({ ...this.scan, after: this.after }, signal);
      [this.page, this.at, this.after, this.isOver] = [events, 0, next, next === undefined];
    }
    return this.at < this.page.length;
  }

  get isReady(): boolean {
    return this.at < this.page.length;
  }

  get event(): StoredEvent {
    return this.page[this.at]!;
  }

  take(): StoredEvent {
    return this.page[this.at++]!;
  }
}

/** The events of several groups, the newest first, with never more than a page of each in memory. Ends with the signal's reason. */
export async function* newestFirst(
  scans: readonly { readonly group: LogGroup; readonly scan: Scan }[],
  store: Pick<LogStore, 'scan'>,
  signal: AbortSignal,
): AsyncGenerator<readonly Looked[], void, undefined> {
  const cursors = scans.map(({ group, scan }) => new GroupCursor(group, scan, store));
  for (;;) {
    const filled = await Promise.all(cursors.map((cursor) => cursor.fill(signal)));
    const open = cursors.filter((_cursor, index) => filled[index]);
    if (open.length === 0) return;
    // Until one of them has to be filled again nobody waits.
    const batch: Looked[] = [];
    while (open.every((cursor) => cursor.isReady)) {
      const next = open.reduce((a, b) =>
        compareGlobal({ ...b.event, group: b.group.id }, { ...a.event, group: a.group.id }) < 0 ? b : a,
      );
      batch.push({ group: next.group, event: next.take() });
    }
    yield batch;
  }
}
