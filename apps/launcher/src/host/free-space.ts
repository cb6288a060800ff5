import { statfsSync } from 'node:fs';

/** Below it, writing fails soon; the system waits for space instead of trying. */
export const LEAST_FREE_BYTES = 64 * 1024 * 1024;

export interface FreeSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** What this user may still write where the journal is. */
export function freeSpace(directory: string): FreeSpace {
  const { bavail, blocks, bsize } = statfsSync(directory);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}
