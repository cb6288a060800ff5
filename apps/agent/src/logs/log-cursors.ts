import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bookmark } from './engine-log.js';

/** How far a container's lines are with the log aggregator. */
export interface LogCursor {
  readonly v: 1;
  /** The engine's file. */
  readonly path: string;
  /** Of which run of numbers `next` is (`LogSource.container`). */
  readonly source: string;
  readonly next: number;
  readonly bookmark: Bookmark;
  /** Dropped before `next`, and not yet told. */
  readonly dropped: number;
  /** Its first number is of a sentence that says so. */
  readonly notice?: true;
}

/**
 * A file a container. Written beside its place and renamed, but not forced to the disk: after a power cut an older one makes lines
 * be sent once more, which the aggregator knows by their numbers.
 */
export class LogCursors {
  private constructor(private readonly directory: string) {}

  /** Forgets containers that are gone. */
  static async open(directory: string): Promise<LogCursors> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const cursors = new LogCursors(directory);
    for (const name of await readdir(directory)) await cursors.forgetIfGone(name);
    return cursors;
  }

  async load(runtimeId: string): Promise<LogCursor | undefined> {
    try {
      return JSON.parse(await readFile(this.file(runtimeId), 'utf8')) as LogCursor;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  async save(runtimeId: string, cursor: LogCursor): Promise<void> {
    const file = this.file(runtimeId);
    await writeFile(`${file}.new`, JSON.stringify(cursor), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }

  remove(runtimeId: string): Promise<void> {
    return rm(this.file(runtimeId), { force: true });
  }

  private async forgetIfGone(name: string): Promise<void> {
    const cursor = name.endsWith('.json') ? await this.load(name.slice(0, -'.json'.length)) : undefined;
    const isThere =
      cursor &&
      (await access(cursor.path).then(
        () => true,
        () => false,
      ));
    if (!isThere) await rm(join(this.directory, name), { force: true });
  }

  private readonly file = (runtimeId: string) => join(this.directory, `${runtimeId}.json`);
}
