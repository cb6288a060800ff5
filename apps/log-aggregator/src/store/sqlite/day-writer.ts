import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { BlockTokens } from './block-tokens.js';
import { compressedCounts, encodeBlock, type Run } from './runs.js';
import { openDay } from './schema.js';

/** A run that is to be sealed, with its stream's id. */
export interface SealedRun extends Run {
  readonly streamId: string;
}

/** The sealed blocks of one partition and day, for whoever writes them. */
export class DayWriter {
  private readonly database: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();

  constructor(
    readonly path: string,
    private readonly tokens: BlockTokens,
  ) {
    this.database = openDay(path);
  }

  /** The last run of the group that is in here: a run is sealed once, whatever happens between this file and the tail. */
  sealedUpTo(group: string): number {
    return (this.one('SELECT upto FROM grp WHERE name = ?', group) as { upto: number } | undefined)?.upto ?? 0;
  }

  /** Blocks of one group, each a list of runs in order: in here as a whole when this returns. */
  seal(group: string, blocks: readonly (readonly SealedRun[])[]): void {
    this.transaction(() => {
      const upto = blocks.at(-1)!.at(-1)!.id;
      this.run('INSERT INTO grp (name, upto) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET upto = excluded.upto', group, upto);
      const { id: grp } = this.one('SELECT id FROM grp WHERE name = ?', group) as { id: number };
      for (const runs of blocks) this.insert(grp, runs);
    });
  }

  private insert(grp: number, sealed: readonly SealedRun[]): void {
    const runs = sealed.map((run) => ({ ...run, stream: this.streamNumber(run.streamId) }));
    const [t0, t1] = rangeOf(sealed);
    const rows = sealed.reduce((sum, { times }) => sum + times.length, 0);
    const bytes = sealed.reduce((sum, { text }) => sum + text.length, 0);
    const { meta, data } = encodeBlock(runs);
    const { lastInsertRowid: block } = this.run(
      'INSERT INTO block (grp, t0, t1, rows, bytes) VALUES (?, ?, ?, ?, ?)',
      grp,
      t0,
      t1,
      rows,
      bytes,
    );
    this.run('INSERT INTO bdata (id, meta, data) VALUES (?, ?, ?)', block, meta, data);
    for (const stream of new Set(runs.map((run) => run.stream)))
      this.run('INSERT INTO block_stream (stream, block) VALUES (?, ?)', stream, block);
    this.run('INSERT INTO f (rowid, t) VALUES (?, CAST(? AS TEXT))', block, this.tokens.of(sealed));
    this.run('INSERT INTO bcount (id, counts) VALUES (?, ?)', block, compressedCounts(this.tokens.counts()));
  }

  private streamNumber(name: string): number {
    this.run('INSERT OR IGNORE INTO stream (name) VALUES (?)', name);
    return (this.one('SELECT id FROM stream WHERE name = ?', name) as { id: number }).id;
  }

  /** Takes a group out. Answers whether anything of any group is left. */
  erase(group: string): boolean {
    const known = this.one('SELECT id FROM grp WHERE name = ?', group) as { id: number } | undefined;
    if (known) {
      this.transaction(() => {
        for (const { id } of this.prepared('SELECT id FROM block WHERE grp = ?').all(known.id) as { id: number }[]) {
          this.run('DELETE FROM f WHERE rowid = ?', id);
          this.run('DELETE FROM bdata WHERE id = ?', id);
          this.run('DELETE FROM bcount WHERE id = ?', id);
          this.run('DELETE FROM block_stream WHERE block = ?', id);
        }
        this.run('DELETE FROM block WHERE grp = ?', known.id);
      });
    }
    return this.one('SELECT 1 FROM block LIMIT 1') !== undefined;
  }

  close(): void {
    this.database.close();
  }

  private transaction(work: () => void): void {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.database.exec('COMMIT');
    } catch (error) {
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
      throw error;
    }
  }

  private prepared(sql: string): StatementSync {
    let statement = this.statements.get(sql);
    if (!statement) this.statements.set(sql, (statement = this.database.prepare(sql)));
    return statement;
  }
  private run(sql: string, ...values: SQLInputValue[]) {
    return this.prepared(sql).run(...values);
  }
  private one(sql: string, ...values: SQLInputValue[]): unknown {
    return this.prepared(sql).get(...values);
  }
}

export function rangeOf(runs: readonly { readonly times: Run['times'] }[]): [number, number] {
  let [t0, t1] = [Infinity, -Infinity];
  for (const { times } of runs) {
    for (const time of times) {
      if (time < t0) t0 = time;
      if (time > t1) t1 = time;
    }
  }
  return [t0, t1];
}
