import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setImmediate as aMoment } from 'node:timers/promises';
import { EVERYTHING, type Filter, type OnlyWords } from '../../domain/filter-pattern/filter.js';
import type { StreamTimes } from '../../domain/streams.js';
import {
  comparePositions,
  type Counting,
  type Counts,
  dayOf,
  END_OF_TIME,
  type GroupRef,
  type Page,
  type Position,
  type Scan,
  type Selection,
} from '../log-store.js';
import { binOf } from '../selected.js';
import { Bins } from './bins.js';
import { PageBuilder } from './page-builder.js';
import { type Meant, meantOf, type StreamRun, visit } from './run-events.js';
import { decodeBlock, decodeRun, readCounts } from './runs.js';
import { isDamage, openForReading, parseDayFile, TAIL_FILE } from './schema.js';
import { linesWith } from './word-counts.js';

interface TailRow {
  readonly id: number;
  readonly day: number;
  readonly stream: string;
  readonly ingested: number;
  readonly t0: number;
  readonly t1: number;
  readonly data: Uint8Array;
}

/** Something with events of one group: a block, or a row of the tail. */
interface Source {
  readonly t0: number;
  readonly t1: number;
  readonly bytes: number;
  /** How many of its events are meant, where the times of all are; undefined: one has to look. */
  counted?(): number | undefined;
  /** Undefined: it cannot be read, which was said. */
  read(): readonly StreamRun[] | undefined;
}

interface Prepared {
  readonly blocks: StatementSync;
  /** Undefined: the file is of a time when none were kept. */
  readonly counts: StatementSync | undefined;
  /** The id of a stream, by its number in the file. */
  readonly streams: (stream: number) => string;
}

/** Between two looks at whether anybody still wants the answer. */
const BYTES_AT_ONCE = 2 * 1024 * 1024;
/** What it costs to ask a block how many lines it has, as bytes of text. */
const COUNTED_BYTES = 8 * 1024;
const OPEN_FILES = 32;

/** Reads the files of a directory while somebody else writes them: a thread has one. */
export class SqliteReader {
  private readonly open = new Map<string, DatabaseSync>();
  private readonly prepared = new WeakMap<DatabaseSync, Prepared>();

  constructor(
    private readonly directory: string,
    private readonly onDamage: (file: string, reason: string) => void,
  ) {}

  async scan(asked: Scan, isCancelled: () => boolean = () => false): Promise<Page> {
    const { backward, after, limit, maxBytes, budgetBytes } = asked;
    const direction = backward ? -1 : 1;
    const scan = {
      ...asked,
      ...(after && !backward ? { from: Math.max(asked.from, after.timestamp) } : {}),
      ...(after && backward ? { to: Math.min(asked.to, after.timestamp + 1) } : {}),
    };
    const meant = meantOf(scan);
    const page = new PageBuilder(direction, limit, maxBytes);
    const begin = after?.timestamp ?? (backward ? scan.to : scan.from);
    let [looked, sinceMoment] = [0, 0];
    for (const sources of this.daysOfSources(scan, meant.filter, backward)) {
      for (const source of sources) {
        const edge = backward ? source.t1 : source.t0;
        if (page.isFull && direction * (edge - page.bound!) > 0) return page.page();
        // A page that ends early has to get on: what begins where this page began is looked at all the same.
        if (looked >= budgetBytes && direction * (edge - begin) > 0) return page.page(horizonAt(edge, backward));
        if (isCancelled()) return page.page(horizonAt(edge, backward));
        looked += source.bytes;
        sinceMoment += source.bytes;
        for (const run of source.read() ?? []) take(run, scan, meant, page);
        if (sinceMoment >= BYTES_AT_ONCE) {
          sinceMoment = 0;
          await aMoment();
        }
      }
      if (page.isFull) return page.page();
    }
    return page.page();
  }

  /** From the newest on, so that what the budget leaves out is the oldest. */
  async count(counting: Counting, isCancelled: () => boolean = () => false): Promise<Counts> {
    const { binMs, budgetBytes } = counting;
    const meant = meantOf(counting);
    const bins = new Bins(binMs);
    let [looked, sinceMoment] = [0, 0];
    for (const sources of this.daysOfSources(counting, meant.filter, true)) {
      for (const source of sources) {
        if (looked >= budgetBytes || isCancelled()) return { bins: bins.counts(), countedFrom: source.t1 + 1 };
        const counted = isOfOneBin(source, counting) ? source.counted?.() : undefined;
        const bytes = counted === undefined ? source.bytes : COUNTED_BYTES;
        looked += bytes;
        sinceMoment += bytes;
        if (counted !== undefined) bins.add(source.t0, counted);
        for (const run of counted === undefined ? (source.read() ?? []) : [])
          visit(
            run,
            meant,
            () => true,
            (timestamp) => bins.add(timestamp, 1),
          );
        if (sinceMoment >= BYTES_AT_ONCE) {
          sinceMoment = 0;
          await aMoment();
        }
      }
    }
    return { bins: bins.counts() };
  }

  /** What may have events of the selection, day by day, each in the order of a scan. */
  private *daysOfSources(selection: Selection, filter: Filter, backward: boolean): Iterable<Iterable<Source>> {
    const { group, from, to } = selection;
    const direction = backward ? -1 : 1;
    // First what is not sealed: what is sealed meanwhile is in both, and known by its runs.
    const tail = this.tailOf(group, from, to);
    const files = this.daysOf(group.partition);
    const days = [...new Set([...files.keys(), ...tail.map(({ day }) => day)])]
      .filter((day) => day >= dayOf(from) && day <= dayOf(Math.min(to, END_OF_TIME)))
      .sort((a, b) => direction * (a - b));
    for (const day of days) {
      const rows = tail.filter((row) => row.day === day);
      yield merged(
        rows.map(sourceOfRow),
        files.has(day) ? this.blocksOf(files.get(day)!, selection, filter, backward, rows) : [],
        direction,
      );
    }
  }

  streamTimes({ id }: GroupRef): Readonly<Record<string, StreamTimes>> {
    const rows = this.tail()?.prepare('SELECT id, first, last, ingested FROM stream WHERE grp = ?').all(id) ?? [];
    return Object.fromEntries(
      (rows as unknown as { id: string; first: number; last: number; ingested: number }[]).map((row) => [
        row.id,
        { firstEventTimestamp: row.first, lastEventTimestamp: row.last, lastIngestionTime: row.ingested },
      ]),
    );
  }

  storedBytes(): Readonly<Record<string, number>> {
    const sizes: Record<string, number> = {};
    const add = (rows: unknown) => {
      for (const { name, bytes } of rows as { name: string; bytes: number }[]) sizes[name] = (sizes[name] ?? 0) + bytes;
    };
    add(this.tail()?.prepare('SELECT grp AS name, sum(bytes) AS bytes FROM tail GROUP BY grp').all() ?? []);
    for (const name of readdirSync(this.directory)) {
      if (!parseDayFile(name)) continue;
      const sql = 'SELECT g.name AS name, sum(b.bytes) AS bytes FROM block b JOIN grp g ON g.id = b.grp GROUP BY b.grp';
      add(this.guarded(name, (database) => database.prepare(sql).all()) ?? []);
    }
    return sizes;
  }

  close(): void {
    for (const database of this.open.values()) database.close();
    this.open.clear();
  }

  private tail(): DatabaseSync | undefined {
    return this.guarded(TAIL_FILE, (database) => database);
  }

  private tailOf({ id }: GroupRef, from: number, to: number): TailRow[] {
    const sql = 'SELECT id, day, stream, ingested, t0, t1, data FROM tail WHERE grp = ? AND t1 >= ? AND t0 < ? ORDER BY id';
    return (this.guarded(TAIL_FILE, (database) => database.prepare(sql).all(id, from, to)) ?? []) as unknown as TailRow[];
  }

  private daysOf(partition: number): Map<number, string> {
    const days = new Map<number, string>();
    for (const name of readdirSync(this.directory)) {
      const file = parseDayFile(name);
      if (file?.partition === partition) days.set(file.day, name);
    }
    return days;
  }

  /** The group's blocks that may have what is asked for, in the order of the scan. */
  private *blocksOf(
    name: string,
    { group, streams, from, to }: Selection,
    filter: Filter,
    backward: boolean,
    tail: readonly TailRow[],
  ): Iterable<Source> {
    const narrowing = filter.narrowing?.map((tokens) => `(${tokens.map((token) => `"${token}"`).join(' AND ')})`).join(' OR ');
    const sql = `SELECT id, t0, t1, bytes, rows FROM block WHERE grp = (SELECT id FROM grp WHERE name = ?) AND t1 >= ? AND t0 < ?
      ${narrowing === undefined ? '' : 'AND id IN (SELECT rowid FROM f WHERE f MATCH ?)'}
      ${streams === undefined ? '' : 'AND id IN (SELECT block FROM block_stream JOIN stream s ON s.id = stream WHERE s.name IN (SELECT value FROM json_each(?)))'}
      ORDER BY ${backward ? 't1 DESC' : 't0'}`;
    const values = [
      group.id,
      from,
      to,
      ...(narrowing === undefined ? [] : [narrowing]),
      ...(streams ? [JSON.stringify(streams)] : []),
    ];
    const blocks = this.guarded(name, (database) => database.prepare(sql).all(...values));
    const twice = this.sealedOf(name, group, tail);
    const except = new Set(twice.map(({ id }) => id));
    for (const { id, t0, t1, bytes, rows } of (blocks ?? []) as (Pick<Source, 't0' | 't1' | 'bytes'> & {
      id: number;
      rows: number;
    })[]) {
      yield {
        t0,
        t1,
        bytes,
        counted: () => {
          const isWhole = streams === undefined && !twice.some((row) => t0 <= row.t0 && row.t1 <= t1);
          if (!isWhole) return undefined;
          return filter === EVERYTHING ? rows : filter.onlyWords && this.linesWith(name, id, filter.onlyWords);
        },
        read: () => this.block(name, id, bytes)?.filter((run) => !except.has(run.id)),
      };
    }
  }

  /** Which rows of the tail are in blocks of the file, too. */
  private sealedOf(name: string, { id }: GroupRef, tail: readonly TailRow[]): readonly TailRow[] {
    if (tail.length === 0) return [];
    const sealed = this.guarded(name, (database) => database.prepare('SELECT upto FROM grp WHERE name = ?').get(id));
    const upTo = (sealed as { upto: number } | undefined)?.upto ?? 0;
    return tail.filter((row) => row.id <= upTo);
  }

  private block(name: string, id: number, bytes: number): StreamRun[] | undefined {
    return this.guarded(name, (database) => {
      const { blocks, streams } = this.preparedFor(database);
      const stored = blocks.get(id) as { meta: Uint8Array; data: Uint8Array } | undefined;
      // It was deleted meanwhile.
      return stored ? decodeBlock(stored, bytes).map((run) => ({ ...run, streamId: streams(run.stream) })) : [];
    });
  }

  private linesWith(name: string, id: number, words: OnlyWords): number | undefined {
    return this.guarded(name, (database) => {
      const stored = this.preparedFor(database).counts?.get(id) as { counts: Uint8Array } | undefined;
      return stored && linesWith(readCounts(stored.counts), words);
    });
  }

  /** What is asked for every block. */
  private preparedFor(database: DatabaseSync): Prepared {
    const known = this.prepared.get(database);
    if (known) return known;
    const nameOf = database.prepare('SELECT name FROM stream WHERE id = ?');
    const names = new Map<number, string>();
    const streams = (stream: number) => {
      const name = names.get(stream) ?? (nameOf.get(stream) as { name: string }).name;
      names.set(stream, name);
      return name;
    };
    const hasCounts = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'bcount'").get() !== undefined;
    const prepared = {
      blocks: database.prepare('SELECT meta, data FROM bdata WHERE id = ?'),
      counts: hasCounts ? database.prepare('SELECT counts FROM bcount WHERE id = ?') : undefined,
      streams,
    };
    this.prepared.set(database, prepared);
    return prepared;
  }

  /** Undefined where the file is not there, or is damaged: that is said, and everything else goes on. */
  private guarded<T>(name: string, read: (database: DatabaseSync) => T): T | undefined {
    try {
      const database = this.database(name);
      return database && read(database);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      this.forget(name);
      this.onDamage(name, (error as Error).message);
      return undefined;
    }
  }

  private database(name: string): DatabaseSync | undefined {
    const known = this.open.get(name);
    if (known) {
      this.open.delete(name);
      this.open.set(name, known);
      return known;
    }
    let database: DatabaseSync;
    try {
      database = openForReading(join(this.directory, name));
    } catch (error) {
      if ((error as { errcode?: number }).errcode === CANNOT_OPEN) return undefined;
      throw error;
    }
    // Its writer is about to make its tables.
    const [{ user_version: version }] = database.prepare('PRAGMA user_version').all() as [{ user_version: number }];
    if (version === 0) {
      database.close();
      return undefined;
    }
    this.open.set(name, database);
    for (const oldest of this.open.keys()) {
      if (this.open.size <= OPEN_FILES) break;
      if (oldest !== TAIL_FILE) this.forget(oldest);
    }
    return database;
  }

  /** A file that went and came again is another one. */
  forget(name: string): void {
    this.open.get(name)?.close();
    this.open.delete(name);
  }

  forgetAll(): void {
    for (const name of this.open.keys()) if (name !== TAIL_FILE) this.forget(name);
  }
}

const CANNOT_OPEN = 14;
/** Damage that SQLite finds, or zstd's checksum, or the block's own sums. */
const isUnreadable = (error: unknown): boolean =>
  isDamage(error) ||
  String((error as { code?: unknown }).code).startsWith('ZSTD_') ||
  (error as Error).message.startsWith('a block ');

const horizonAt = (timestamp: number, backward: boolean): Position =>
  backward ? { timestamp, run: Number.MAX_SAFE_INTEGER, index: 0 } : { timestamp, run: -1, index: 0 };

/** Then nobody has to look into it. */
const isOfOneBin = ({ t0, t1 }: Source, { from, to, binMs }: Counting): boolean =>
  t0 >= from && t1 < to && binOf(t0, binMs) === binOf(t1, binMs);

const sourceOfRow = ({ id, stream: streamId, ingested: ingestedAt, t0, t1, data }: TailRow): Source => ({
  t0,
  t1,
  bytes: data.length,
  read: () => [{ id, streamId, ingestedAt, ...decodeRun(data) }],
});

/** Two sorted lists as one; the first is short. */
function* merged(rows: readonly Source[], blocks: Iterable<Source>, direction: 1 | -1): Iterable<Source> {
  const edge = ({ t0, t1 }: Source) => (direction === 1 ? t0 : t1);
  const waiting = rows.toSorted((a, b) => direction * (edge(a) - edge(b)));
  let at = 0;
  for (const block of blocks) {
    while (at < waiting.length && direction * (edge(waiting[at]!) - edge(block)) <= 0) yield waiting[at++]!;
    yield block;
  }
  yield* waiting.slice(at);
}

function take(run: StreamRun, { backward, after }: Scan, meant: Meant, page: PageBuilder): void {
  const direction = backward ? -1 : 1;
  visit(
    run,
    meant,
    (timestamp, index) =>
      (page.bound === undefined || direction * (timestamp - page.bound) <= 0) &&
      (!after || direction * comparePositions({ timestamp, run: run.id, index }, after) > 0),
    (timestamp, index, message, length) =>
      page.add({ timestamp, run: run.id, index, message: message(), ingestedAt: run.ingestedAt, stream: run.streamId }, length),
  );
}
