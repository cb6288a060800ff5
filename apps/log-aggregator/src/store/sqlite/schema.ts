import { DatabaseSync } from 'node:sqlite';

/**
 * Two kinds of files. `tail.sqlite`: batches as they came, durable when they are acknowledged, and what is known of containers and
 * streams. `p<partition>-d<day>.sqlite`: sealed blocks of the groups of one partition and one UTC day, and their index; it is unlinked as a
 * whole when nothing of it is kept. All is SQLite's: WAL, fsync, transactions, recovery.
 */
export const TAIL_FILE = 'tail.sqlite';
/** 2: blocks say in how many lines their words stand (`word-counts.ts`). Files of 1 are read and written on; what is in them says nothing of it. */
const VERSION = 2;

export const dayFile = (partition: number, day: number): string => `p${String(partition).padStart(2, '0')}-d${day}.sqlite`;

export function parseDayFile(name: string): { readonly partition: number; readonly day: number } | undefined {
  const found = /^p(\d\d)-d(\d+)\.sqlite$/.exec(name);
  return found ? { partition: Number(found[1]), day: Number(found[2]) } : undefined;
}

/** Pages of 8 KiB are the middle between the size of the file and that of the WAL; FULL because what is acknowledged is on the disk. */
const PRAGMAS = `
  PRAGMA page_size = 8192;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA busy_timeout = 5000;
  PRAGMA journal_size_limit = 16777216;
`;

const TAIL = `
  CREATE TABLE IF NOT EXISTS tail (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    part INTEGER NOT NULL, day INTEGER NOT NULL, grp TEXT NOT NULL, stream TEXT NOT NULL,
    ingested INTEGER NOT NULL, t0 INTEGER NOT NULL, t1 INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,
    data BLOB NOT NULL
  );
  CREATE INDEX IF NOT EXISTS tail_of ON tail (grp, day, id);
  CREATE TABLE IF NOT EXISTS source (container TEXT PRIMARY KEY, next INTEGER NOT NULL, heard INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS source_heard ON source (heard);
  CREATE TABLE IF NOT EXISTS request (id TEXT PRIMARY KEY, taken INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS request_taken ON request (taken);
  CREATE TABLE IF NOT EXISTS stream (
    id TEXT PRIMARY KEY, grp TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, ingested INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS stream_of ON stream (grp);
`;

/**
 * `upto`: the last run of the group that is sealed in here. The index `f` has one row a block: its distinct tokens and pairs of neighbours
 * (`domain/filter-pattern/tokens.ts`), no text and no places of words.
 */
const DAY = `
  CREATE TABLE IF NOT EXISTS grp (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, upto INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS stream (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS block (
    id INTEGER PRIMARY KEY, grp INTEGER NOT NULL, t0 INTEGER NOT NULL, t1 INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS block_from ON block (grp, t0);
  CREATE INDEX IF NOT EXISTS block_to ON block (grp, t1);
  CREATE TABLE IF NOT EXISTS bdata (id INTEGER PRIMARY KEY, meta BLOB NOT NULL, data BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS bcount (id INTEGER PRIMARY KEY, counts BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS block_stream (stream INTEGER NOT NULL, block INTEGER NOT NULL, PRIMARY KEY (stream, block)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS block_stream_of ON block_stream (block);
  CREATE VIRTUAL TABLE IF NOT EXISTS f USING fts5 (
    t, content='', contentless_delete=1, detail=none, tokenize="unicode61 remove_diacritics 0 tokenchars '~'"
  );
  INSERT INTO f (f, rank) VALUES ('automerge', 4), ('crisismerge', 16), ('pgsz', 4050);
`;

function open(path: string, schema: string, cacheKiB: number): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec(`${PRAGMAS} PRAGMA cache_size = -${cacheKiB};`);
    const [{ user_version: version }] = database.prepare('PRAGMA user_version').all() as [{ user_version: number }];
    if (version > VERSION) throw new Error(`${path} was written by a later version of Longshore (format ${version}).`);
    if (version < VERSION) database.exec(`BEGIN IMMEDIATE; ${schema} PRAGMA user_version = ${VERSION}; COMMIT;`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Numbers of runs go on above those of any tail before, also of one that was lost: they are in the day files. */
export function openTail(path: string, nowMs: number): DatabaseSync {
  const database = open(path, TAIL, 8_000);
  database
    .prepare(
      "INSERT INTO sqlite_sequence (name, seq) SELECT 'tail', ? WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'tail')",
    )
    .run(nowMs * 1_000);
  return database;
}

export function openDay(path: string): DatabaseSync {
  return open(path, DAY, 2_000);
}

export function openForReading(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true });
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA cache_size = -4000;');
  return database;
}

const FULL = [13];
const DAMAGED = [11, 26];
/** https://www.sqlite.org/rescode.html: SQLITE_FULL; SQLITE_CORRUPT and SQLITE_NOTADB, with what the low byte says. */
const isOf = (error: unknown, codes: readonly number[]) => codes.includes(((error as { errcode?: number }).errcode ?? 0) & 0xff);
export const isDiskFull = (error: unknown): boolean => isOf(error, FULL);
export const isDamage = (error: unknown): boolean => isOf(error, DAMAGED);
/** SQLITE_IOERR: what the disk says when it is full in the middle of a write, too. */
export const isInputOutput = (error: unknown): boolean => isOf(error, [10]);
