import { closeSync, copyFileSync, fstatSync, openSync, readdirSync, readSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { lastWords } from './domain/last-words.js';

export const LARGEST_LOG_BYTES = 20 * 1024 * 1024;
const TAIL_BYTES = 16 * 1024;

/** The log files of one data directory, a file a process and one older one of each. Only their owner may read them. */
export class ProcessLogs {
  constructor(
    private readonly directory: string,
    private readonly largestBytes = LARGEST_LOG_BYTES,
  ) {}

  pathOf(name: string): string {
    return join(this.directory, `${name}.log`);
  }

  /** A descriptor that appends. Throws when the disk has no room for a new file. */
  open(name: string): { readonly descriptor: number; readonly position: number } {
    const descriptor = openSync(this.pathOf(name), 'a', 0o600);
    return { descriptor, position: fstatSync(descriptor).size };
  }

  /** What the process that began to write at `position` said last. */
  lastWords(name: string, position: number): string | undefined {
    const path = this.pathOf(name);
    const size = sizeOf(path);
    // Smaller than where it began: it was bounded meanwhile, and all of it is of this process.
    const from = Math.max(size < position ? 0 : position, size - TAIL_BYTES);
    const buffer = Buffer.alloc(size - from);
    if (buffer.length === 0) return undefined;
    const descriptor = openSync(path, 'r');
    try {
      return lastWords(buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, from)));
    } finally {
      closeSync(descriptor);
    }
  }

  /**
   * Those that have grown too large are copied aside and emptied in place: their process holds the file itself (so that it outlives a
   * supervisor), appends, and goes on at its new beginning, whoever it is. Lines between copy and cut are lost. Where there is no room
   * for the copy, being bounded comes first. Answers what went wrong.
   */
  boundAll(): string[] {
    return readdirSync(this.directory)
      .filter((file) => file.endsWith('.log'))
      .map((file) => join(this.directory, file))
      .filter((path) => sizeOf(path) > this.largestBytes)
      .flatMap((path) => bound(path) ?? []);
  }
}

function bound(path: string): string | undefined {
  let problem: string | undefined;
  try {
    rmSync(`${path}.1`, { force: true });
    copyFileSync(path, `${path}.1`);
  } catch (error) {
    problem = `${path} grew too large and could not be kept: ${(error as Error).message}`;
    rmSync(`${path}.1`, { force: true });
  }
  truncateSync(path);
  return problem;
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
