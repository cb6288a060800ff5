import { comparePositions, type Page, type Position, type StoredEvent } from '../log-store.js';

/** The first events of a scan, however they come: never more of them in memory than twice a page. */
export class PageBuilder {
  private kept: { readonly event: StoredEvent; readonly bytes: number }[] = [];
  private bytes = 0;
  private hasMore = false;

  constructor(
    private readonly direction: 1 | -1,
    private readonly limit: number,
    private readonly maxBytes: number,
  ) {}

  /** Events beyond this time are of no use any more. */
  bound: number | undefined;

  add(event: StoredEvent, bytes: number): void {
    this.kept.push({ event, bytes });
    this.bytes += bytes;
    if (this.kept.length > 2 * this.limit + 64 || this.bytes > 2 * this.maxBytes) this.compact();
  }

  compact(): void {
    this.kept.sort((a, b) => this.direction * comparePositions(a.event, b.event));
    let bytes = 0;
    const end = this.kept.findIndex((one, index) => index >= this.limit || ((bytes += one.bytes) > this.maxBytes && index > 0));
    if (end >= 0) {
      this.hasMore = true;
      this.kept.length = end;
      this.bound = this.kept.at(-1)!.event.timestamp;
    }
    this.bytes = this.kept.reduce((sum, one) => sum + one.bytes, 0);
  }

  get isFull(): boolean {
    if (this.kept.length > this.limit || this.bytes > this.maxBytes) this.compact();
    return this.bound !== undefined;
  }

  /** `horizon`: everything before it was looked at, and nothing beyond. */
  page(horizon?: Position): Page {
    this.compact();
    const known = this.kept.map(({ event }) => event);
    if (horizon) {
      const certain = known.filter((event) => this.direction * comparePositions(event, horizon) < 0);
      // A full page that ends before the horizon needs no more.
      if (!this.hasMore || certain.length < known.length) return { events: certain, next: horizon };
    }
    const last = known.at(-1);
    return {
      events: known,
      ...(this.hasMore && last ? { next: { timestamp: last.timestamp, run: last.run, index: last.index } } : {}),
    };
  }
}
