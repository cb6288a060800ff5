import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { Place } from './domain/line-assembler.js';

interface OpenFile {
  readonly descriptor: number;
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
/** An engine that died between two names leaves no current file. */
const MOST_TRIES = 20;
const NEWLINE = 0x0a;

/**
 * One container's output in the files of the engine's `json-file` driver: `<path>` is written, and becomes `<path>.1`, `.2`, … while it
 * is followed. Every file that is not read to its end is held open, so that the engine may forget it and we need not; how much that can be is
 * the business of whoever follows (`lagBytes`).
 *
 * Its calls are synchronous: what is asked here was written a moment ago and is in memory. Through Node's threads a line of a quiet container cost
 * two milliseconds of processor (measured, 100 containers, a line a second each), ten times as much as so.
 */
export class EngineLog {
  /** From the oldest that still matters. */
  private files: OpenFile[] = [];
  private position: Place | undefined;

  private constructor(private readonly path: string) {}

  /** Undefined while there is no file. `isFound`: the bookmark's place is still there; otherwise it begins with the oldest file. */
  static open(path: string, bookmark?: Bookmark): { log: EngineLog; isFound: boolean } | undefined {
    const log = new EngineLog(path);
    log.refresh();
    if (log.files.length === 0) return undefined;
    const isFound = bookmark !== undefined && log.has(bookmark);
    log.goTo(isFound ? bookmark.place : { file: log.files[0]!.id, offset: 0 });
    return { log, isFound };
  }

  /** Whether the engine has begun another file since the container's first. */
  get wasRotated(): boolean {
    return this.files.length > 1;
  }

  get place(): Place {
    return this.position!;
  }

  /** Opens the files that are new. True when some came and went unseen: lines are lost. */
  refresh(): boolean {
    for (let tries = 1; ; tries++) {
      const newest = this.files.at(-1)?.id;
      if (newest !== undefined && idOf(this.path) === newest) return false;
      const found = this.openUntil(newest);
      if (found.files.length === 0) return false;
      if (idOf(this.path) === found.files[0]!.id || tries === MOST_TRIES) {
        this.files.push(...found.files.toReversed());
        return newest !== undefined && !found.isReached;
      }
      // Renamed meanwhile: one may have been opened twice, another not at all.
      for (const { descriptor } of found.files) closeSync(descriptor);
    }
  }

  /** The next whole lines, or undefined at the end of what is there. */
  read(): Chunk | undefined {
    for (;;) {
      const index = this.indexOf(this.place);
      const { descriptor, id } = this.files[index]!;
      // In this order: a file that has a successor before it is read to its end will never grow again.
      const isOver = index + 1 < this.files.length;
      const length = Math.min(CHUNK_BYTES, fstatSync(descriptor).size - this.place.offset);
      if (length > 0) {
        const buffer = Buffer.allocUnsafe(length);
        const bytesRead = readSync(descriptor, buffer, 0, length, this.place.offset);
        const whole = bytesRead > 0 ? buffer.lastIndexOf(NEWLINE, bytesRead - 1) + 1 : 0;
        const at = this.place;
        if (whole > 0) {
          this.position = { file: id, offset: at.offset + whole };
          return { bytes: buffer.subarray(0, whole), at };
        }
        if (bytesRead === CHUNK_BYTES) {
          // No record of the engine's is that long: this is no line of it, and is passed over.
          this.position = { file: id, offset: at.offset + bytesRead };
          continue;
        }
      }
      if (!isOver) return undefined;
      this.position = { file: this.files[index + 1]!.id, offset: 0 };
    }
  }

  /** Passes over the oldest lines until no more than `bytes` are left; says how many. */
  skipTo(bytes: number): number {
    let count = 0;
    while (this.lagBytes(this.place) > bytes) {
      const chunk = this.read();
      if (!chunk) break;
      for (let at = chunk.bytes.indexOf(NEWLINE); at >= 0; at = chunk.bytes.indexOf(NEWLINE, at + 1)) count++;
    }
    return count;
  }

  /** Reading goes on there; what is before it is not needed any more. */
  goTo(place: Place): void {
    this.position = place;
    this.forgetBefore(place);
  }

  forgetBefore(place: Place): void {
    for (const { descriptor } of this.files.splice(0, Math.max(0, this.indexOf(place)))) closeSync(descriptor);
  }

  /** How many bytes follow a place, in all files that `refresh` has found. */
  lagBytes(place: Place): number {
    const files = this.files.slice(this.indexOf(place));
    return files.reduce((sum, { descriptor }) => sum + fstatSync(descriptor).size, 0) - place.offset;
  }

  bookmark(place: Place): Bookmark {
    return { place, before: this.textBefore(place) };
  }

  close(): void {
    for (const { descriptor } of this.files.splice(0)) closeSync(descriptor);
  }

  private has({ place, before }: Bookmark): boolean {
    const file = this.files.find(({ id }) => id === place.file);
    if (!file || fstatSync(file.descriptor).size < place.offset) return false;
    return this.textBefore(place) === before;
  }

  private textBefore({ file, offset }: Place): string {
    const length = Math.min(BOOKMARK_BYTES, offset);
    const buffer = Buffer.alloc(length);
    const { descriptor } = this.files.find(({ id }) => id === file)!;
    return buffer.subarray(0, readSync(descriptor, buffer, 0, length, offset - length)).toString('base64');
  }

  private indexOf({ file }: Place): number {
    return this.files.findIndex(({ id }) => id === file);
  }

  /** From the newest back to `known`, which is not opened again. */
  private openUntil(known: string | undefined): { files: OpenFile[]; isReached: boolean } {
    const files: OpenFile[] = [];
    for (let number = 0; number < MOST_FILES; number++) {
      const descriptor = openIfThere(number === 0 ? this.path : `${this.path}.${number}`);
      // Between two names there may be no current file for a moment.
      if (descriptor === undefined && number > 0) break;
      if (descriptor === undefined) continue;
      const id = idIn(fstatSync(descriptor));
      if (id === known) {
        closeSync(descriptor);
        return { files, isReached: true };
      }
      files.push({ descriptor, id });
    }
    return { files, isReached: false };
  }
}

const idIn = ({ dev, ino }: { dev: number; ino: number }): string => `${dev}:${ino}`;

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function idOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && idIn(stats);
}
