import { mkdirSync, readdirSync } from 'node:fs';
import type { StreamTimes } from '../../domain/streams.js';
import {
  type Append,
  type Appended,
  type Counting,
  type Counts,
  DAY_MS,
  type DamagedFile,
  type GroupRef,
  type LogStore,
  type Page,
  type Scan,
  StoreUnavailable,
  type Sweep,
} from '../log-store.js';
import { prepare } from './prepared.js';
import { parseDayFile } from './schema.js';
import { StoreThread, type ThreadTold } from './thread.js';

/** Of text on its way to the writer: beyond it whoever sends is told to come again. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
const READERS = 2;
/** What `storedBytes` says may be so old: it looks at every file. */
const SIZES_KEPT_MS = 60_000;

export interface SqliteLogStoreOptions extends Omit<ThreadTold, 'onDamaged'> {
  readonly directory: string;
  /** `store-thread.js`, compiled: threads have no TypeScript. */
  readonly script: URL;
  /** Told once a file. */
  readonly onDamaged: (damaged: DamagedFile) => void;
  readonly nowMs: () => number;
}

/** The embedded store: SQLite's files in a directory that this process alone writes; one thread writes, two read. */
export class SqliteLogStore implements LogStore {
  private readonly writer: StoreThread;
  private readonly readers: readonly StoreThread[];
  private readonly damagedFiles = new Map<string, DamagedFile>();
  private waitingBytes = 0;
  private sizes: { readonly atMs: number; readonly of: Promise<Readonly<Record<string, number>>> } | undefined;

  constructor(private readonly options: SqliteLogStoreOptions) {
    const { directory, script, onTrouble, onFatal, onDamaged } = options;
    // Readers may look before the writer has made it.
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const told: ThreadTold = {
      onTrouble,
      onFatal,
      onDamaged: (damaged) => {
        if (this.damagedFiles.has(damaged.file)) return;
        this.damagedFiles.set(damaged.file, damaged);
        onDamaged(damaged);
      },
    };
    this.writer = new StoreThread(script, { role: 'writer', directory }, told);
    this.readers = Array.from({ length: READERS }, () => new StoreThread(script, { role: 'reader', directory }, told));
  }

  async append(append: Append): Promise<Appended> {
    const prepared = prepare(append);
    const bytes = prepared.text.byteLength;
    if (this.waitingBytes > 0 && this.waitingBytes + bytes > MAX_WAITING_BYTES) {
      throw new StoreUnavailable('More lines come than can be written; they are taken later.');
    }
    this.waitingBytes += bytes;
    try {
      return await this.writer.call({ name: 'append', append: prepared }, [prepared.text.buffer as ArrayBuffer]);
    } finally {
      this.waitingBytes -= bytes;
    }
  }

  scan(scan: Scan, signal?: AbortSignal): Promise<Page> {
    return this.reader().call({ name: 'scan', scan }, [], signal);
  }

  /** Each reader has a half of the time for which there are files; what one has not come to the end of ends the answer. */
  async count(counting: Counting, signal?: AbortSignal): Promise<Counts> {
    const { from, to } = counting;
    const middle = this.middleOf(counting);
    const ask = (of: Counting) => this.reader().call<Counts>({ name: 'count', counting: of }, [], signal);
    if (middle === undefined) return ask(counting);
    const half = { ...counting, budgetBytes: counting.budgetBytes / 2 };
    const [newer, older] = await Promise.all([ask({ ...half, from: middle, to }), ask({ ...half, from, to: middle })]);
    return newer.countedFrom === undefined ? { ...older, bins: sumOf(newer.bins, older.bins) } : newer;
  }

  private middleOf({ group, from, to }: Counting): number | undefined {
    const days = readdirSync(this.options.directory)
      .map(parseDayFile)
      .flatMap((file) => (file?.partition === group.partition ? [file.day] : []));
    if (days.length === 0) return undefined;
    const begin = Math.max(from, Math.min(...days) * DAY_MS);
    const end = Math.min(to, (Math.max(...days) + 1) * DAY_MS, this.options.nowMs());
    const middle = Math.floor((begin + end) / 2);
    return begin < middle && middle < end ? middle : undefined;
  }

  streamTimes(group: GroupRef): Promise<Readonly<Record<string, StreamTimes>>> {
    return this.reader().call({ name: 'streamTimes', group });
  }

  storedBytes(): Promise<Readonly<Record<string, number>>> {
    const now = this.options.nowMs();
    if (!this.sizes || now - this.sizes.atMs > SIZES_KEPT_MS) {
      this.sizes = { atMs: now, of: this.reader().call({ name: 'storedBytes' }) };
    }
    return this.sizes.of;
  }

  async sweep(sweep: Sweep): Promise<void> {
    await this.writer.call({ name: 'sweep', sweep });
    this.sizes = undefined;
    await Promise.all(this.readers.map((reader) => reader.call({ name: 'forget' })));
  }

  damaged(): readonly DamagedFile[] {
    return [...this.damagedFiles.values()];
  }

  async close(): Promise<void> {
    await Promise.all([this.writer, ...this.readers].map((thread) => thread.close()));
  }

  private reader(): StoreThread {
    return this.readers.reduce((a, b) => (b.load < a.load ? b : a));
  }
}

const sumOf = (a: Counts['bins'], b: Counts['bins']): Counts['bins'] => {
  const sum: Record<number, number> = { ...a };
  for (const [bin, count] of Object.entries(b)) sum[Number(bin)] = (sum[Number(bin)] ?? 0) + count;
  return sum;
};
