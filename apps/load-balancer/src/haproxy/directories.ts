import { createHash } from 'node:crypto';
import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A socket's path has at most 107 bytes, and `haproxy-<pid>-<n>.sock.<pid>.tmp` is the longest name. */
const LONGEST_DIRECTORY = 60;

/** Where a replica's HAProxy has its files and sockets: in the data directory, its sockets elsewhere where that is too deep. */
export function directoriesOf(home: string, replica: number): { readonly directory: string; readonly socketDirectory: string } {
  const directory = join(home, 'run', `haproxy-${replica}`);
  if (directory.length <= LONGEST_DIRECTORY) return { directory, socketDirectory: directory };
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  return { directory, socketDirectory: join(tmpdir(), `longshore-${name}`) };
}

/** Whoever may write to the sockets may do anything with the traffic, so a directory that somebody else has made is not taken. */
export async function makeOwnDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  if (found.isDirectory() && found.uid === process.getuid!() && (found.mode & 0o077) === 0) return;
  throw new Error(`${path} is not a directory that belongs to this user alone`);
}
