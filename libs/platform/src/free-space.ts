import { statfsSync } from 'node:fs';

export interface FreeSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** What this user may still write there. */
export function freeSpace(directory: string): FreeSpace {
  const { bavail, blocks, bsize } = statfsSync(directory);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}
