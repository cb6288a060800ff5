/** What a KurrentDB keeps, and the server's rules of an append. Names and rules: https://docs.kurrent.io/clients/grpc/appending-events */

export interface StoredEvent {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly createdMs: number;
}

export type Expected = 'any' | 'no_stream' | 'stream_exists' | bigint;
export type Appended =
  { readonly revision: bigint } | { readonly wrong: bigint | undefined } | { readonly refused: 'deleted' | 'too-large' };

/** Default of MaxAppendSize. */
const MAX_APPEND_BYTES = 1024 * 1024;

export class StoredStreams {
  private readonly streams = new Map<string, StoredEvent[]>();
  private readonly hidden = new Set<string>();
  private readonly tombstones = new Set<string>();
  private readonly listeners = new Set<() => void>();
  maxAppendBytes = MAX_APPEND_BYTES;

  /** Undefined: no stream of this name. */
  events(stream: string): readonly StoredEvent[] | undefined {
    return this.streams.get(stream);
  }

  isTombstoned(stream: string): boolean {
    return this.tombstones.has(stream);
  }

  append(stream: string, events: readonly StoredEvent[], expected: Expected): Appended {
    if (this.tombstones.has(stream)) return { refused: 'deleted' };
    if (events.reduce((bytes, { data }) => bytes + data.length, 0) > this.maxAppendBytes) return { refused: 'too-large' };
    const stored = this.streams.get(stream) ?? [];
    const last = BigInt(stored.length) - 1n;
    const wanted = expected === 'no_stream' ? -1n : typeof expected === 'bigint' ? expected : last;
    if (expected === 'stream_exists' && stored.length === 0) return { wrong: undefined };
    if (wanted !== last) {
      // An append that came before, by the ids of its events at just that place, is answered as it was then.
      const there = stored.slice(Number(wanted) + 1, Number(wanted) + 1 + events.length);
      const isRepeated = there.length === events.length && there.every(({ id }, index) => id === events[index]!.id);
      return isRepeated ? { revision: wanted + BigInt(events.length) } : { wrong: last < 0n ? undefined : last };
    }
    this.streams.set(stream, [...stored, ...events]);
    for (const arrived of this.listeners) arrived();
    return { revision: last + BigInt(events.length) };
  }

  /** For ever; nothing can be appended or read any more. */
  tombstone(stream: string): void {
    this.streams.delete(stream);
    this.tombstones.add(stream);
    for (const arrived of this.listeners) arrived();
  }

  /** What no client can do: the disk has lost it, or somebody has put the files of another time there. */
  replace(stream: string, events: readonly StoredEvent[]): void {
    if (events.length === 0) this.streams.delete(stream);
    else this.streams.set(stream, [...events]);
  }

  /** A scavenge has taken it: its number stays used, and readers get the next one. */
  hide(stream: string, revision: number): void {
    this.hidden.add(`${stream} ${revision}`);
  }

  isHidden(stream: string, revision: number): boolean {
    return this.hidden.has(`${stream} ${revision}`);
  }

  onArrival(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}
