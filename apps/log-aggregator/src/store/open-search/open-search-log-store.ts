import { hash } from 'node:crypto';
import type { Clock, Random } from '#lib/platform';
import type { StreamTimes } from '../../domain/streams.js';
import {
  type Append,
  type Appended,
  type Counting,
  type Counts,
  DAY_MS,
  dayOf,
  type GroupRef,
  type LogStore,
  type Page,
  type Scan,
  StoreUnavailable,
  type Sweep,
} from '../log-store.js';
import { sourceStep } from '../sources.js';
import { createAll } from './bulk.js';
import type { SearchConnection } from './connection.js';
import { type ContainerDocument, Layout } from './layout.js';
import { LineReader } from './line-reader.js';
import { type Clause, swept } from './queries.js';
import { setUp } from './set-up.js';

/** Of text on its way to the server: beyond it whoever sends is told to come again. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** What `storedBytes` says may be so old. */
const SIZES_KEPT_MS = 60_000;
const SWEEP_TIMEOUT_MS = 60_000;
/** No line is older when it comes, so an index that is empty stays empty. */
const LATEST_DAYS = 15;
const CONTAINER_KEPT_MS = 30 * DAY_MS;
/** Of an append's events. */
const INDEXES = 2 ** 20;

export interface OpenSearchLogStoreOptions {
  readonly connection: SearchConnection;
  readonly prefix: string;
  readonly keptDays?: number;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly random: Random;
}

/**
 * Lines on an OpenSearch or Elasticsearch: a document each, in an index a UTC day. Several may write at once: an event of a container has an id of its
 * own there, and what is known of the container is a document whose version only rises. How it was tried: README.md.
 */
export class OpenSearchLogStore implements LogStore {
  private readonly layout: Layout;
  private readonly reader: LineReader;
  /** What tells the events of two processes apart that have one time and one run. */
  private readonly origin: number;
  private lastRun = 0;
  private waitingBytes = 0;
  private isClosed = false;
  private prepared: Promise<void> | undefined;
  /** Indexes with lines of ours that a search may not see yet; at first those of the process before this one. */
  private unseen: Set<string>;
  private refreshing: Promise<void> | undefined;
  private sizes: { readonly atMs: number; readonly of: Promise<Readonly<Record<string, number>>> } | undefined;

  constructor(private readonly options: OpenSearchLogStoreOptions) {
    this.layout = new Layout(options.prefix);
    this.unseen = new Set([this.layout.everyDay]);
    this.reader = new LineReader(options.connection, this.layout.everyDay);
    this.origin = Number.parseInt(options.random.hex(4), 16) * INDEXES;
  }

  async append(append: Append): Promise<Appended> {
    await this.ready();
    const bytes = append.events.reduce((sum, { message }) => sum + message.length, 0);
    if (this.waitingBytes > 0 && this.waitingBytes + bytes > MAX_WAITING_BYTES)
      throw new StoreUnavailable('More lines come than can be written; they are taken later.');
    this.waitingBytes += bytes;
    try {
      return await (append.source ? this.appendOfContainer(append, append.source) : this.appendOfNobody(append));
    } finally {
      this.waitingBytes -= bytes;
    }
  }

  private async appendOfNobody(append: Append): Promise<Appended> {
    const run = this.nextRun(0);
    // A line is there once by its id: what a client sends again finds it.
    const of = append.request ?? `${this.origin.toString(36)}-${run.toString(36)}`;
    await this.write(append, append.events, run, (index) => `${of}-${index}`);
    return { taken: append.events.length };
  }

  private async appendOfContainer(append: Append, source: NonNullable<Append['source']>): Promise<Appended> {
    const container = hash('sha256', source.container, 'base64url').slice(0, 22);
    const known = await this.known(container);
    const step = sourceStep(source, known?.next);
    if (!step.takes) return { taken: 0, next: step.next };
    const events = append.events.filter(({ n }) => n! >= step.from);
    // Whoever took the lines before these: theirs stand before them also where two clocks differ.
    const run = this.nextRun(known?.run ?? 0);
    await this.write(append, events, run, (index) => `${container}-${events[index]!.n!.toString(36)}`);
    const isFirst = await this.advance(container, { next: step.next, run, heard: this.options.clock.now() });
    return { taken: isFirst ? events.length : 0, next: step.next };
  }

  /** Rises for ever, also over processes as far as their clocks agree. */
  private nextRun(before: number): number {
    return (this.lastRun = Math.max(this.options.clock.now() * 1_000, this.lastRun + 1, before + 1));
  }

  private async write(
    { group, stream, ingestedAt }: Append,
    events: Append['events'],
    run: number,
    idOf: (index: number) => string,
  ): Promise<void> {
    const lines = events.map(({ timestamp, message }, index) => ({
      id: idOf(index),
      index: this.layout.dayIndex(timestamp),
      line: {
        '@timestamp': timestamp,
        run,
        index: this.origin + index,
        group: group.id,
        stream,
        ingested: ingestedAt,
        bytes: Buffer.byteLength(message),
        // Half a character is none in JSON.
        message: message.replace(/\p{Surrogate}/gu, '\u{fffd}'),
      },
    }));
    try {
      await createAll(this.options.connection, lines, this.options.clock);
    } finally {
      for (const { index } of lines) this.unseen.add(index);
    }
  }

  private async known(container: string): Promise<ContainerDocument | undefined> {
    const { status, body } = await this.options.connection.request<{ readonly _source: ContainerDocument }>({
      method: 'GET',
      path: [this.layout.containers, '_doc', container],
      expects: [404],
    });
    return status === 404 ? undefined : body._source;
  }

  /** False: somebody else has told as much before. */
  private async advance(container: string, document: ContainerDocument): Promise<boolean> {
    const { status } = await this.options.connection.request({
      method: 'PUT',
      path: [this.layout.containers, '_doc', container],
      query: { version: document.next, version_type: 'external' },
      body: document,
      expects: [409],
    });
    return status !== 409;
  }

  async scan(scan: Scan, signal?: AbortSignal): Promise<Page> {
    await this.seen();
    return this.reader.scan(scan, signal);
  }

  async count(counting: Counting, signal?: AbortSignal): Promise<Counts> {
    await this.seen();
    return this.reader.count(counting, signal);
  }

  async streamTimes(group: GroupRef): Promise<Readonly<Record<string, StreamTimes>>> {
    await this.seen();
    return this.reader.streamTimes(group);
  }

  storedBytes(): Promise<Readonly<Record<string, number>>> {
    const now = this.options.clock.now();
    if (!this.sizes || now - this.sizes.atMs > SIZES_KEPT_MS) {
      const of = this.seen().then(() => this.reader.sizes());
      this.sizes = { atMs: now, of };
      // What could not be asked is asked again.
      of.catch(() => (this.sizes = undefined));
    }
    return this.sizes.of;
  }

  async sweep(sweep: Sweep): Promise<void> {
    await this.seen();
    for (const query of swept(sweep)) await this.deleteAll(this.layout.everyDay, query);
    const heardBefore = this.options.clock.now() - CONTAINER_KEPT_MS;
    await this.deleteAll(this.layout.containers, { range: { heard: { lt: heardBefore, format: 'epoch_millis' } } });
    await this.deleteEmptyDays();
    this.sizes = undefined;
  }

  private async deleteAll(index: string, query: Clause): Promise<void> {
    const { body } = await this.options.connection.request<{
      readonly timed_out: boolean;
      readonly failures: readonly unknown[];
    }>({
      method: 'POST',
      path: [index, '_delete_by_query'],
      query: { conflicts: 'proceed', refresh: true, ignore_unavailable: true },
      body: { query },
      timeoutMs: SWEEP_TIMEOUT_MS,
    });
    if (body.timed_out || body.failures.length > 0)
      throw new StoreUnavailable(`Lines that are kept no longer are still there: ${JSON.stringify(body.failures.slice(0, 3))}`);
  }

  private async deleteEmptyDays(): Promise<void> {
    const { body } = await this.options.connection.request<readonly { readonly index: string; readonly 'docs.count': string }[]>({
      method: 'GET',
      path: ['_cat', 'indices', this.layout.everyDay],
      query: { format: 'json', h: 'index,docs.count' },
    });
    const latest = dayOf(this.options.clock.now()) - LATEST_DAYS;
    for (const { index, 'docs.count': count } of body) {
      const day = this.layout.dayOfIndex(index);
      if (count === '0' && day !== undefined && day < latest)
        await this.options.connection.request({ method: 'DELETE', path: [index], expects: [404] });
    }
  }

  damaged(): readonly [] {
    return [];
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.options.connection.close();
  }

  /** Resolves when the server knows what Longshore needs of it; asked again by the next call when it could not be told. */
  private ready(): Promise<void> {
    if (this.isClosed) return Promise.reject(new StoreUnavailable('The log aggregator ends.'));
    this.prepared ??= setUp(this.options.connection, this.layout, this.options.keptDays).catch((error: unknown) => {
      this.prepared = undefined;
      throw error;
    });
    return this.prepared;
  }

  /** What was taken here before the call is found after it, by everybody. What others took is found when they did the same, or within the index's refresh interval, a second. */
  async seen(): Promise<void> {
    await this.ready();
    await this.refreshing;
    if (this.unseen.size === 0) return;
    this.refreshing ??= this.refresh().finally(() => (this.refreshing = undefined));
    await this.refreshing;
  }

  private async refresh(): Promise<void> {
    const indexes = [...this.unseen];
    this.unseen = new Set();
    try {
      await this.options.connection.request({
        method: 'POST',
        path: [indexes.join(','), '_refresh'],
        query: { ignore_unavailable: true },
      });
    } catch (error) {
      for (const index of indexes) this.unseen.add(index);
      throw error;
    }
  }
}
