import type { StreamTimes } from '../domain/streams.js';
import {
  type Append,
  type Appended,
  comparePositions,
  type Counting,
  type Counts,
  dayOf,
  type GroupRef,
  type LogStore,
  type Page,
  type Scan,
  type Selection,
  type StoredEvent,
  StoreUnavailable,
  type Sweep,
} from './log-store.js';
import { binOf, filterOf } from './selected.js';
import { sourceStep } from './sources.js';

/** For the simulator and for tests: what the contract asks for, in the plainest way. */
export class MemoryLogStore implements LogStore {
  private readonly events = new Map<string, StoredEvent[]>();
  private readonly times = new Map<string, Map<string, StreamTimes>>();
  private readonly sources = new Map<string, number>();
  private readonly requests = new Set<string>();
  private runs = 0;
  /** Bytes that there is room for. */
  room = Infinity;

  async append({ group, stream, ingestedAt, events, source, request }: Append): Promise<Appended> {
    if (request !== undefined && this.requests.has(request)) return { taken: 0 };
    const step = source && sourceStep(source, this.sources.get(source.container));
    const taken = step ? (step.takes ? events.filter(({ n }) => n! >= step.from) : []) : events;
    const bytes = taken.reduce((sum, { message }) => sum + Buffer.byteLength(message), 0);
    if (bytes > this.room) throw new StoreUnavailable('There is no room for more lines.');
    this.room -= bytes;
    if (source && step) this.sources.set(source.container, step.next);
    if (request !== undefined) this.requests.add(request);
    if (taken.length > 0) {
      const run = ++this.runs;
      const kept = this.events.get(group.id) ?? [];
      this.events.set(group.id, kept);
      taken.forEach(({ timestamp, message }, index) => kept.push({ timestamp, message, stream, ingestedAt, run, index }));
      this.note(
        group,
        stream,
        ingestedAt,
        taken.map(({ timestamp }) => timestamp),
      );
    }
    return { taken: taken.length, ...(step ? { next: step.next } : {}) };
  }

  private note({ id }: GroupRef, stream: string, ingestedAt: number, timestamps: readonly number[]): void {
    const known = this.times.get(id) ?? new Map<string, StreamTimes>();
    this.times.set(id, known);
    const before = known.get(stream);
    known.set(stream, {
      firstEventTimestamp: Math.min(before?.firstEventTimestamp ?? Infinity, ...timestamps),
      lastEventTimestamp: Math.max(before?.lastEventTimestamp ?? -Infinity, ...timestamps),
      lastIngestionTime: ingestedAt,
    });
  }

  private selected({ group, streams, from, to, ...selection }: Selection): StoredEvent[] {
    const { matches } = filterOf(selection);
    return (this.events.get(group.id) ?? [])
      .filter((event) => event.timestamp >= from && event.timestamp < to)
      .filter(({ stream, message }) => (streams?.includes(stream) ?? true) && matches(message));
  }

  async scan(scan: Scan): Promise<Page> {
    const { backward, after, limit, maxBytes } = scan;
    const direction = backward ? -1 : 1;
    const found = this.selected(scan)
      .filter((event) => !after || direction * comparePositions(event, after) > 0)
      .sort((a, b) => direction * comparePositions(a, b));
    let bytes = 0;
    const fitting = found.findIndex(({ message }, index) => {
      bytes += Buffer.byteLength(message);
      return index >= limit || (index > 0 && bytes > maxBytes);
    });
    if (fitting < 0) return { events: found };
    const { timestamp, run, index } = found[fitting - 1]!;
    return { events: found.slice(0, fitting), next: { timestamp, run, index } };
  }

  async count(counting: Counting): Promise<Counts> {
    const bins: Record<number, number> = {};
    for (const { timestamp } of this.selected(counting)) {
      const bin = binOf(timestamp, counting.binMs);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    return { bins };
  }

  async streamTimes({ id }: GroupRef): Promise<Readonly<Record<string, StreamTimes>>> {
    return Object.fromEntries(this.times.get(id) ?? []);
  }

  async storedBytes(): Promise<Readonly<Record<string, number>>> {
    const sizes = [...this.events].map(([id, events]) => [
      id,
      events.reduce((sum, { message }) => sum + Buffer.byteLength(message), 0),
    ]);
    return Object.fromEntries(sizes) as Record<string, number>;
  }

  async sweep({ erase, expire }: Sweep): Promise<void> {
    for (const { id } of erase) {
      this.events.delete(id);
      this.times.delete(id);
    }
    for (const { id, before } of expire) {
      const kept = (this.events.get(id) ?? []).filter(({ timestamp }) => dayOf(timestamp) >= dayOf(before));
      this.events.set(id, kept);
    }
  }

  damaged(): readonly [] {
    return [];
  }

  async close(): Promise<void> {
    this.room = 0;
  }
}
