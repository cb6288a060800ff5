import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { type Appended, DAY_MS, dayOf, type GroupRef, REQUEST_KEPT_MS, StoreUnavailable, type Sweep } from '../log-store.js';
import { sourceStep } from '../sources.js';
import { BlockTokens } from './block-tokens.js';
import { DayWriter, rangeOf, type SealedRun } from './day-writer.js';
import type { PreparedAppend } from './prepared.js';
import { decodeRun, encodeRun } from './runs.js';
import { dayFile, isDamage, isDiskFull, isInputOutput, openTail, parseDayFile, TAIL_FILE } from './schema.js';

export interface WriterLimits {
  /** Of text in a row of the tail, so that a block can be made of whole rows. An event that is longer is alone in its own. */
  readonly runBytes: number;
  /** Of text in a block, one row more or less. */
  readonly blockBytes: number;
  /** Of text that is not sealed: beyond it the largest group is sealed, however little it is. */
  readonly tailBytes: number;
  /** Day files that are open. */
  readonly openDays: number;
}

export const WRITER_LIMITS: WriterLimits = {
  runBytes: 64 * 1024,
  blockBytes: 128 * 1024,
  tailBytes: 12 * 1024 * 1024,
  openDays: 20,
};

/**
 * Blocks of a group in one transaction, and so many wait for it. Each transaction is a sync and a segment of the index that is merged with others
 * later: with 8, a line takes a fifth less processor time than with 2, and its day a quarter less of the disk. More keep the next batch waiting.
 */
const BLOCKS_AT_ONCE = 8;
/** What is known of a container that nobody speaks of any more. */
const SOURCE_KEPT_MS = 30 * DAY_MS;

/** What of a group and a day is not sealed. */
interface Pending extends GroupRef {
  readonly day: number;
  bytes: number;
}

/**
 * The one writer of the files of a directory. Nothing here waits: it runs in a thread of its own. `commit` is durable when it returns;
 * `seal` makes blocks of what was committed, afterwards.
 */
export class SqliteWriter {
  private readonly tail: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();
  private readonly days = new Map<string, DayWriter>();
  private readonly tokens = new BlockTokens();
  private readonly pending = new Map<string, Pending>();
  private pendingBytes = 0;
  /** Rows that are sealed, to be deleted with the next commit: one sync less. */
  private sealed: { readonly group: string; readonly day: number; readonly upTo: number }[] = [];

  constructor(
    private readonly directory: string,
    private readonly nowMs: () => number,
    private readonly onDamage: (file: string, reason: string) => void,
    private readonly limits: WriterLimits = WRITER_LIMITS,
  ) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.tail = this.openTail();
    for (const row of this.all('SELECT grp, part, day, sum(bytes) AS bytes FROM tail GROUP BY grp, part, day') as {
      grp: string;
      part: number;
      day: number;
      bytes: number;
    }[])
      this.wait({ id: row.grp, partition: row.part }, row.day, row.bytes);
  }

  private openTail(): DatabaseSync {
    const path = join(this.directory, TAIL_FILE);
    try {
      const tail = openTail(path, this.nowMs());
      const [{ quick_check: verdict }] = tail.prepare('PRAGMA quick_check(1)').all() as [{ quick_check: string }];
      if (verdict === 'ok') return tail;
      tail.close();
      this.putAside(path, verdict);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.putAside(path, (error as Error).message);
    }
    return openTail(path, this.nowMs());
  }

  /** A file that cannot be read stands in nobody's way, and can still be looked at. */
  private putAside(path: string, reason: string): void {
    const aside = `${path}.damaged-${this.nowMs()}`;
    for (const suffix of ['', '-wal', '-shm']) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
    this.onDamage(aside, reason);
  }

  /** All in one transaction: durable together or, when it throws, nothing of it kept. */
  commit(appends: readonly PreparedAppend[]): Appended[] {
    const runs: { group: GroupRef; day: number; bytes: number }[] = [];
    try {
      this.tail.exec('BEGIN IMMEDIATE');
      this.deleteSealed();
      const outcomes = appends.map((append) => this.insert(append, (group, day, bytes) => runs.push({ group, day, bytes })));
      this.tail.exec('COMMIT');
      this.sealed = [];
      for (const { group, day, bytes } of runs) this.wait(group, day, bytes);
      return outcomes;
    } catch (error) {
      if (this.tail.isTransaction) this.tail.exec('ROLLBACK');
      if (isDiskFull(error) || isInputOutput(error)) {
        throw new StoreUnavailable(`The disk has no room for more lines (${(error as Error).message}).`);
      }
      throw error;
    }
  }

  /** False: it was taken before. */
  private takes(request: string): boolean {
    const nowMs = this.nowMs();
    this.run('DELETE FROM request WHERE taken < ?', nowMs - REQUEST_KEPT_MS);
    if (this.one('SELECT 1 FROM request WHERE id = ?', request) !== undefined) return false;
    this.run('INSERT INTO request (id, taken) VALUES (?, ?)', request, nowMs);
    return true;
  }

  private insert(append: PreparedAppend, note: (group: GroupRef, day: number, bytes: number) => void): Appended {
    const { group, stream, ingestedAt, source, request, ordinals, times, lengths, text } = append;
    let first = 0;
    let next: number | undefined;
    if (source) {
      const known = this.one('SELECT next FROM source WHERE container = ?', source.container) as { next: number } | undefined;
      const step = sourceStep(source, known?.next);
      next = step.next;
      if (!step.takes) return { taken: 0, next };
      while (first < times.length && ordinals![first]! < step.from) first++;
      this.run(
        'INSERT INTO source (container, next, heard) VALUES (?, ?, ?) ON CONFLICT (container) DO UPDATE SET next = excluded.next, heard = excluded.heard',
        source.container,
        next,
        this.nowMs(),
      );
    }
    if (request !== undefined && !this.takes(request)) return { taken: 0 };
    const taken = times.length - first;
    if (taken > 0) {
      const all = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
      let at = 0;
      for (let i = 0; i < first; i++) at += lengths[i]!;
      for (let begin = first; begin < times.length;) {
        const day = dayOf(times[begin]!);
        let [end, bytes] = [begin, 0];
        while (
          end < times.length &&
          dayOf(times[end]!) === day &&
          (end === begin || bytes + lengths[end]! <= this.limits.runBytes)
        )
          bytes += lengths[end++]!;
        const run = {
          times: times.subarray(begin, end),
          lengths: lengths.subarray(begin, end),
          text: all.subarray(at, at + bytes),
        };
        const [t0, t1] = rangeOf([run]);
        this.run(
          'INSERT INTO tail (part, day, grp, stream, ingested, t0, t1, rows, bytes, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
          group.partition,
          day,
          group.id,
          stream,
          ingestedAt,
          t0,
          t1,
          end - begin,
          bytes,
          encodeRun(run),
        );
        note(group, day, bytes);
        [begin, at] = [end, at + bytes];
      }
      const [t0, t1] = rangeOf([{ times: times.subarray(first) }]);
      this.run(
        `INSERT INTO stream (id, grp, first, last, ingested) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
           first = min(first, excluded.first), last = max(last, excluded.last), ingested = excluded.ingested`,
        stream,
        group.id,
        t0,
        t1,
        ingestedAt,
      );
    }
    return { taken, ...(next === undefined ? {} : { next }) };
  }

  private wait({ id, partition }: GroupRef, day: number, bytes: number): void {
    const key = `${day} ${id}`;
    const known = this.pending.get(key);
    if (known) known.bytes += bytes;
    else this.pending.set(key, { id, partition, day, bytes });
    this.pendingBytes += bytes;
  }

  private deleteSealed(): void {
    for (const { group, day, upTo } of this.sealed) {
      this.run('DELETE FROM tail WHERE grp = ? AND day = ? AND id <= ?', group, day, upTo);
    }
  }

  /** Of what is sealed: without a commit that would do it along. */
  settle(): void {
    if (this.sealed.length > 0) this.commit([]);
  }

  get isBehind(): boolean {
    return this.pendingBytes > 2 * this.limits.tailBytes;
  }

  /** Makes a few blocks of what waits longest to be one. Answers whether there is more to seal at once. */
  seal(): boolean {
    const next = this.nextToSeal();
    if (!next) return false;
    const path = join(this.directory, dayFile(next.partition, next.day));
    try {
      this.sealInto(this.dayWriter(path), next);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.closeDay(path);
      this.putAside(path, (error as Error).message);
    }
    return this.nextToSeal() !== undefined;
  }

  private nextToSeal(): Pending | undefined {
    const closed = dayOf(this.nowMs()) - 1;
    let largest: Pending | undefined;
    for (const pending of this.pending.values()) {
      if (pending.bytes >= BLOCKS_AT_ONCE * this.limits.blockBytes || pending.day < closed) return pending;
      if (!largest || pending.bytes > largest.bytes) largest = pending;
    }
    return this.pendingBytes > this.limits.tailBytes ? largest : undefined;
  }

  private sealInto(day: DayWriter, pending: Pending): void {
    const already = day.sealedUpTo(pending.id);
    const blocks: SealedRun[][] = [];
    let [bytes, total, upTo, isAll] = [0, 0, already, true];
    const rows = this.statement('SELECT id, stream, ingested, data FROM tail WHERE grp = ? AND day = ? AND id > ? ORDER BY id');
    for (const row of rows.iterate(pending.id, pending.day, already) as Iterable<{
      id: number;
      stream: string;
      ingested: number;
      data: Uint8Array;
    }>) {
      if (blocks.length === 0 || bytes >= this.limits.blockBytes) {
        if (blocks.length === BLOCKS_AT_ONCE) {
          isAll = false;
          break;
        }
        blocks.push([]);
        bytes = 0;
      }
      const run = { id: row.id, streamId: row.stream, ingestedAt: row.ingested, ...decodeRun(row.data) };
      // A row is at most so much, and so a block; one event that is longer is alone in its row.
      if (run.text.length > this.limits.runBytes && run.times.length > 1)
        throw new Error(`the row ${row.id} of the tail is too long`);
      blocks.at(-1)!.push(run);
      bytes += run.text.length;
      total += run.text.length;
      upTo = row.id;
    }
    // Whatever is left is less than a block, unless it has to go.
    if (isAll && blocks.length > 1 && bytes < this.limits.blockBytes && pending.day >= dayOf(this.nowMs()) - 1) {
      const last = blocks.pop()!;
      for (const run of last) total -= run.text.length;
      upTo = blocks.at(-1)!.at(-1)!.id;
      isAll = false;
    }
    if (blocks.length > 0) day.seal(pending.id, blocks);
    this.sealed.push({ group: pending.id, day: pending.day, upTo });
    const left = isAll ? 0 : Math.max(0, pending.bytes - total);
    this.pendingBytes += left - pending.bytes;
    if (isAll) this.pending.delete(`${pending.day} ${pending.id}`);
    else pending.bytes = left;
  }

  private dayWriter(path: string): DayWriter {
    const known = this.days.get(path) ?? new DayWriter(path, this.tokens);
    this.days.delete(path);
    this.days.set(path, known);
    for (const oldest of this.days.keys()) {
      if (this.days.size <= this.limits.openDays) break;
      this.closeDay(oldest);
    }
    return known;
  }

  private closeDay(path: string): void {
    this.days.get(path)?.close();
    this.days.delete(path);
  }

  sweep({ erase, expire }: Sweep): void {
    this.settle();
    this.tail.exec('BEGIN IMMEDIATE');
    for (const { id } of erase) {
      this.run('DELETE FROM tail WHERE grp = ?', id);
      this.run('DELETE FROM stream WHERE grp = ?', id);
    }
    for (const { id, before } of expire) this.run('DELETE FROM tail WHERE grp = ? AND day < ?', id, dayOf(before));
    this.run('DELETE FROM source WHERE heard < ?', this.nowMs() - SOURCE_KEPT_MS);
    this.tail.exec('COMMIT');
    const goes = new Map<string, (day: number) => boolean>([
      ...expire.map(({ id, before }) => [id, (day: number) => day < dayOf(before)] as const),
      ...erase.map(({ id }) => [id, () => true] as const),
    ]);
    for (const [key, { id, day, bytes }] of this.pending) {
      if (!goes.get(id)?.(day)) continue;
      this.pending.delete(key);
      this.pendingBytes -= bytes;
    }
    const groups = [...erase, ...expire];
    for (const name of readdirSync(this.directory)) {
      const file = parseDayFile(name);
      if (!file) continue;
      const gone = groups.filter(({ id, partition }) => partition === file.partition && goes.get(id)!(file.day));
      if (gone.length > 0) this.eraseFrom(join(this.directory, name), gone);
    }
  }

  /** Where nothing is left, the file goes: the space is given back at once. */
  private eraseFrom(path: string, groups: readonly GroupRef[]): void {
    try {
      const day = this.dayWriter(path);
      let isLeft = true;
      for (const { id } of groups) isLeft = day.erase(id);
      if (isLeft) return;
      this.closeDay(path);
      for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.closeDay(path);
      this.putAside(path, (error as Error).message);
    }
  }

  close(): void {
    for (const path of this.days.keys()) this.closeDay(path);
    this.tail.close();
  }

  private statement(sql: string): StatementSync {
    let statement = this.statements.get(sql);
    if (!statement) this.statements.set(sql, (statement = this.tail.prepare(sql)));
    return statement;
  }
  private run(sql: string, ...values: SQLInputValue[]) {
    return this.statement(sql).run(...values);
  }
  private one(sql: string, ...values: SQLInputValue[]): unknown {
    return this.statement(sql).get(...values);
  }
  private all(sql: string): unknown[] {
    return this.statement(sql).all();
  }
}
