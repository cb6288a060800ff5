import { createHash } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Clock, Logger } from '#lib/platform';
import type { TableCut } from '#lib/kernel';
import { messageOf } from './errors.js';
import type { Fold } from './fold.js';
import type { Revision } from './port.js';
import type { JournalName } from '#lib/names';
import type { RecentCommit } from './recent-commands.js';
import { folderOf, ladder, newestFirst, parseName, type SnapshotId } from './snapshot-ladder.js';
import type { SnapshotStore } from './snapshot-store.js';

export interface SnapshotChunk {
  readonly file: string;
  readonly table: string;
  readonly entries: number;
  /** Its place in the file, which it shares with others of the same table. Absent: the file is the chunk, plain JSON, as earlier versions wrote it. */
  readonly zstd?: { readonly at: number; readonly bytes: number };
  /** SHA-256 of the chunk's bytes as they are stored. */
  readonly digest: string;
}

/** A file that is being filled. */
interface OpenFile {
  readonly file: string;
  readonly table: string;
  readonly parts: Uint8Array[];
  bytes: number;
}

export interface SnapshotManifest {
  readonly v: 1;
  readonly journal: JournalName;
  readonly journalId: string;
  readonly schemaVersion: number;
  readonly revision: Revision;
  /** Milliseconds since the epoch of the commit at `revision`. */
  readonly atMs: number;
  readonly chunks: readonly SnapshotChunk[];
  /** SHA-256 over everything above, chunk digests included. */
  readonly digest: string;
}

export interface SnapshotsOptions {
  readonly store: SnapshotStore;
  /** Rises whenever `evolve` would make another state of the same journal: older snapshots are then ignored. */
  readonly schemaVersion: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Characters of JSON; at most three bytes each, and a fifteenth of that when they are stored (measured: 0.4 ms of compression cost less than hashing,
 * sending and writing the whole would). Larger ones would take longer than a slice.
 */
const CHUNK_CHARACTERS = 256 * 1024;
/** Other work waits this long at most (joining and compressing a chunk, another millisecond, comes on top): a read takes one. */
const SLICE_MS = 1;
const ENTRIES_BETWEEN_LOOKS = 8;
/** A file is a message, which the broker syncs to the disk beside the journal's, and purges by itself: few and larger ones hold others up less. */
const FILE_BYTES = 256 * 1024;
/** Fetched while the one before is parsed. */
const FILES_AHEAD = 4;
const MANIFEST = 'manifest';
/** Not a table of any state: the commands that a writer has to recognise. */
const RECENT = '$recent';

const sha256 = (...parts: (Uint8Array | string)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

function digestOfManifest(manifest: Omit<SnapshotManifest, 'digest'>): string {
  const { v, journal, journalId, schemaVersion, revision, atMs, chunks } = manifest;
  return sha256(JSON.stringify([v, journal, journalId, schemaVersion, revision, atMs, chunks]));
}

/** Snapshots are caches: they make start-up and time travel fast, and a bad one is as good as none. */
export class Snapshots {
  constructor(private readonly options: SnapshotsOptions) {}

  /**
   * Writes the fold's state as it is now, while it goes on changing. The cut is made of references, in one tick (values are
   * immutable; measured: 1 ms at 100,000 entries, where serialising in one go takes 300 ms), and then serialised in slices.
   * The manifest comes last: without it there is no snapshot.
   */
  async take<S>(fold: Fold<S>): Promise<SnapshotManifest> {
    const { name: journal, journalId, revision, atMs } = fold;
    const recent = fold.recent.list();
    const cut: readonly TableCut[] = [
      ...fold.store.cut(),
      { table: RECENT, keys: recent.map((commit) => String(commit.revision)), values: recent },
    ];
    const folder = folderOf({ journal, revision, atMs });
    const chunks: SnapshotChunk[] = [];
    let open: OpenFile | undefined;
    const put = async () => {
      if (open) await this.options.store.put(`${folder}/${open.file}`, Buffer.concat(open.parts));
      open = undefined;
    };
    for await (const { table, entries, json } of this.serialise(cut)) {
      const part = zstdCompressSync(json);
      if (open && (open.table !== table || open.bytes + part.length > FILE_BYTES)) await put();
      open ??= { file: `${table}.${chunks.length}`, table, parts: [], bytes: 0 };
      chunks.push({ file: open.file, table, entries, zstd: { at: open.bytes, bytes: part.length }, digest: sha256(part) });
      open.parts.push(part);
      open.bytes += part.length;
    }
    await put();
    const { schemaVersion } = this.options;
    const header = { v: 1, journal, journalId, schemaVersion, revision, atMs, chunks } as const;
    const manifest: SnapshotManifest = { ...header, digest: digestOfManifest(header) };
    await this.options.store.put(`${folder}/${MANIFEST}`, Buffer.from(JSON.stringify(manifest)));
    return manifest;
  }

  /**
   * Loads the newest good snapshot that is not past `upTo` into the (empty) fold. Returns its revision, or undefined when there
   * is none and the journal has to be folded from its beginning.
   */
  async restore<S>(fold: Fold<S>, upTo: number = Infinity): Promise<Revision | undefined> {
    const { logger } = this.options;
    const found = await this.list(fold.name).catch((error: unknown) => {
      logger.warn({ journal: fold.name, err: error }, `no snapshot is used: ${messageOf(error)}`);
      return [];
    });
    const ids = found.filter(({ revision }) => revision <= upTo);
    for (const id of ids) {
      try {
        await this.load(fold, folderOf(id));
        return id.revision;
      } catch (error) {
        fold.store.clear();
        logger.warn({ snapshot: folderOf(id), err: error }, `snapshot ignored: ${messageOf(error)}`);
      }
    }
    return undefined;
  }

  /** Complete snapshots, newest first. */
  async list(journal: JournalName): Promise<readonly SnapshotId[]> {
    const names = await this.options.store.names();
    return names
      .map((name) => parseName(journal, name))
      .flatMap((parsed) => (parsed?.file === MANIFEST ? [parsed.id] : []))
      .sort(newestFirst);
  }

  /** Deletes every snapshot at or after `since`: of commits that are no longer in the journal. */
  async dropFrom(journal: JournalName, since: Revision): Promise<void> {
    const names = await this.options.store.names();
    const dropped = names.filter((name) => (parseName(journal, name)?.id.revision ?? 0) >= since);
    dropped.sort((a, b) => Number(b.endsWith(MANIFEST)) - Number(a.endsWith(MANIFEST)));
    for (const name of dropped) await this.options.store.delete(name);
  }

  /** Deletes what the ladder does not keep, and the chunks of older snapshots that were never finished. */
  async prune(journal: JournalName): Promise<void> {
    const names = await this.options.store.names();
    const parsed = names.flatMap((name) => {
      const found = parseName(journal, name);
      return found ? [{ ...found, name, folder: folderOf(found.id) }] : [];
    });
    const complete = parsed.filter(({ file }) => file === MANIFEST).map(({ id }) => id);
    const kept = new Set([...ladder(complete)].map(folderOf));
    const newest = Math.max(0, ...complete.map(({ revision }) => revision));
    // Manifests first, so that no snapshot is ever seen half-deleted. What is newer than all of them may be in the making.
    const deleted = parsed.filter(({ folder, id }) => !kept.has(folder) && id.revision < newest);
    deleted.sort((a, b) => Number(b.file === MANIFEST) - Number(a.file === MANIFEST));
    for (const { name } of deleted) await this.options.store.delete(name);
  }

  private async load<S>(fold: Fold<S>, folder: string): Promise<void> {
    const manifest = JSON.parse(Buffer.from(await this.get(`${folder}/${MANIFEST}`)).toString()) as SnapshotManifest;
    const { journalId, schemaVersion, revision, atMs } = manifest;
    if (manifest.v !== 1 || manifest.digest !== digestOfManifest(manifest)) throw new Error('its manifest is damaged');
    if (journalId !== fold.journalId) throw new Error(`it is of journal ${journalId}, not ${fold.journalId}`);
    if (schemaVersion !== this.options.schemaVersion)
      throw new Error(`it has schema version ${schemaVersion}, this version reads ${this.options.schemaVersion}`);
    fold.store.clear();
    const recent: RecentCommit[] = [];
    // Most of a large one is its tasks: who has no use for a table does not even have it sent.
    const chunks = manifest.chunks.filter(({ table }) => table === RECENT || fold.store.wants(table));
    for await (const { table, entries } of this.chunksOf(folder, chunks)) {
      if (table === RECENT) for (const [, commit] of entries) recent.push(commit as RecentCommit);
      else fold.store.load(table, entries);
    }
    fold.startFrom({ revision, atMs, recent });
  }

  private async *chunksOf(
    folder: string,
    chunks: readonly SnapshotChunk[],
  ): AsyncIterable<{ readonly table: string; readonly entries: readonly [string, unknown][] }> {
    const files = [...new Set(chunks.map(({ file }) => file))];
    const ahead: Promise<Uint8Array>[] = [];
    let content: { readonly file: string; readonly bytes: Uint8Array } | undefined;
    for (const { file, table, zstd, digest } of chunks) {
      if (content?.file !== file) {
        while (files.length > 0 && ahead.length < FILES_AHEAD) {
          const fetched = this.get(`${folder}/${files.shift()!}`);
          // It is told when its turn comes; until then, or when an earlier one fails, nobody listens.
          fetched.catch(() => undefined);
          ahead.push(fetched);
        }
        content = { file, bytes: await ahead.shift()! };
      }
      const bytes = zstd ? content.bytes.subarray(zstd.at, zstd.at + zstd.bytes) : content.bytes;
      if (sha256(bytes) !== digest) throw new Error(`its chunk ${file} is damaged`);
      const json = zstd ? zstdDecompressSync(bytes) : Buffer.from(bytes);
      yield { table, entries: JSON.parse(json.toString()) as [string, unknown][] };
    }
  }

  private async get(name: string): Promise<Uint8Array> {
    const bytes = await this.options.store.get(name);
    if (!bytes) throw new Error(`${name} is missing`);
    return bytes;
  }

  private async *serialise(cut: readonly TableCut[]): AsyncIterable<{ table: string; entries: number; json: string }> {
    const { clock } = this.options;
    let sliceBeganMs = clock.monotonicMs();
    for (const { table, keys, values } of cut) {
      let parts: string[] = [];
      let characters = 0;
      for (let i = 0; i < keys.length; i++) {
        const part = JSON.stringify([keys[i], values[i]]);
        parts.push(part);
        characters += part.length + 1;
        if (characters >= CHUNK_CHARACTERS || i === keys.length - 1) {
          yield { table, entries: parts.length, json: `[${parts.join(',')}]` };
          parts = [];
          characters = 0;
        }
        if (i % ENTRIES_BETWEEN_LOOKS !== 0 || clock.monotonicMs() - sliceBeganMs < SLICE_MS) continue;
        await clock.sleep(0);
        sliceBeganMs = clock.monotonicMs();
      }
    }
  }
}
