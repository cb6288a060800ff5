import { open, stat, type FileHandle } from 'node:fs/promises';
import type { Place } from './domain/line-assembler.js';

interface OpenFile {
  readonly handle: FileHandle;
  readonly id: string;
}

/** Where reading goes on: the place, and what stands before it, because the number of a file that is gone is given to another. */
export interface Bookmark {
  readonly place: Place;
  readonly before: string;
}

export interface Chunk {
  /** Whole lines. */
  readonly bytes: Buffer;
  readonly at: Place;
}

const CHUNK_BYTES = 256 * 1024;
const BOOKMARK_BYTES = 48;
const MOST_FILES = 100;
const NEWLINE = 0x0a;

/**
 * One container's output in the files of the engine's `json-file` driver: `<path>` is written, and becomes `<path>.1`, `.2`, … while it
 * is followed. Every file that is not read to its end is held open, so that the engine may forget it and we need not; how much that can be is
 * the business of whoever follows (`lagBytes`).
 */
export class EngineLog {
  /** From the oldest that still matters. */
  private files: OpenFile[] = [];
  private position: Place | undefined;
  /** Files came and went while nobody looked: lines are lost. */
  private missed = false;

  private constructor(private readonly path: string) {}

  /** Undefined while there is no file. `isFound`: the bookmark's place is still there; otherwise it begins with the oldest file. */
  static async open(path: string, bookmark?: Bookmark): Promise<{ log: EngineLog; isFound: boolean } | undefined> {
    const log = new EngineLog(path);
    await log.refresh();
    log.missed = false;
    if (log.files.length === 0) return undefined;
    const isFound = bookmark !== undefined && (await log.has(bookmark));
    await log.goTo(isFound ? bookmark.place : log.beginning());
    return { log, isFound };
  }

  /** Whether the engine has begun another file since the container's first. */
  get wasRotated(): boolean {
    return this.files.length > 1;
  }

  get place(): Place {
    return this.position!;
  }

  beginning(): Place {
    return { file: this.files[0]!.id, offset: 0 };
  }

  /** Opens the files that are new. True when some came and went unseen. */
  async refresh(): Promise<boolean> {
    for (;;) {
      const newest = this.files.at(-1)?.id;
      if (newest !== undefined && (await idOf(this.path)) === newest) break;
      const found = await this.openUntil(newest);
      const isConsistent = found.files.length === 0 || (await idOf(this.path)) === found.files[0]!.id;
      if (isConsistent) {
        if (newest !== undefined && !found.isReached && found.files.length > 0) this.missed = true;
        this.files.push(...found.files.toReversed());
        break;
      }
      // Renamed meanwhile: what was opened may have been opened twice, or not at all.
      await Promise.all(found.files.map(({ handle }) => handle.close()));
    }
    const { missed } = this;
    this.missed = false;
    return missed;
  }

  /** The next whole lines, or undefined at the end of what is there. */
  async read(): Promise<Chunk | undefined> {
    for (;;) {
      const index = this.indexOf(this.place);
      const { handle, id } = this.files[index]!;
      // In this order: a file that has a successor before it is read to its end will never grow again.
      const isOver = index + 1 < this.files.length;
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, this.place.offset);
      const whole = buffer.lastIndexOf(NEWLINE, bytesRead - 1) + 1;
      if (bytesRead > 0 && whole > 0) {
        const at = this.place;
        this.position = { file: id, offset: at.offset + whole };
        return { bytes: buffer.subarray(0, whole), at };
      }
      if (bytesRead === CHUNK_BYTES) {
        // No record of the engine's is that long: this is no line of it, and is passed over.
        this.position = { file: id, offset: this.place.offset + bytesRead };
        continue;
      }
      if (!isOver) return undefined;
      this.position = { file: this.files[index + 1]!.id, offset: 0 };
    }
  }

  /** Passes over the oldest lines until no more than `bytes` are left; says how many. */
  async skipTo(bytes: number): Promise<number> {
    let count = 0;
    while ((await this.lagBytes(this.place)) > bytes) {
      const chunk = await this.read();
      if (!chunk) break;
      for (let at = chunk.bytes.indexOf(NEWLINE); at >= 0; at = chunk.bytes.indexOf(NEWLINE, at + 1)) count++;
    }
    return count;
  }

  /** Reading goes on there; what is before it is not needed any more. */
  async goTo(place: Place): Promise<void> {
    this.position = place;
    await this.forgetBefore(place);
  }

  async forgetBefore(place: Place): Promise<void> {
    const gone = this.files.splice(0, Math.max(0, this.indexOf(place)));
    await Promise.all(gone.map(({ handle }) => handle.close()));
  }

  /** How many bytes follow a place, in all files that `refresh` has found. */
  async lagBytes(place: Place): Promise<number> {
    const index = this.indexOf(place);
    const sizes = await Promise.all(this.files.slice(index).map(async ({ handle }) => (await handle.stat()).size));
    return sizes.reduce((sum, size) => sum + size, 0) - place.offset;
  }

  async bookmark(place: Place): Promise<Bookmark> {
    return { place, before: await this.textBefore(place) };
  }

  async close(): Promise<void> {
    const { files } = this;
    this.files = [];
    await Promise.all(files.map(({ handle }) => handle.close()));
  }

  private async has({ place, before }: Bookmark): Promise<boolean> {
    const file = this.files.find(({ id }) => id === place.file);
    if (!file || (await file.handle.stat()).size < place.offset) return false;
    return (await this.textBefore(place)) === before;
  }

  private async textBefore({ file, offset }: Place): Promise<string> {
    const length = Math.min(BOOKMARK_BYTES, offset);
    const { handle } = this.files.find(({ id }) => id === file)!;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset - length);
    return buffer.subarray(0, bytesRead).toString('base64');
  }

  private indexOf({ file }: Place): number {
    return this.files.findIndex(({ id }) => id === file);
  }

  /** From the newest back to `known`, which is not opened again. */
  private async openUntil(known: string | undefined): Promise<{ files: OpenFile[]; isReached: boolean }> {
    const files: OpenFile[] = [];
    for (let number = 0; number < MOST_FILES; number++) {
      const handle = await openIfThere(number === 0 ? this.path : `${this.path}.${number}`);
      if (!handle) {
        // Between two names there may be no current file for a moment.
        if (number === 0) continue;
        break;
      }
      const { dev, ino } = await handle.stat();
      const id = `${dev}:${ino}`;
      if (id === known) {
        await handle.close();
        return { files, isReached: true };
      }
      files.push({ handle, id });
    }
    return { files, isReached: false };
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function idOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path);
    return `${dev}:${ino}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
