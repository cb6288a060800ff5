import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** Where a path leads, links followed. Of one that is not there yet, as far as it is: the engine makes the rest as directories. */
export async function realPath(path: string): Promise<string> {
  const absolute = resolve('/', path);
  try {
    return await realpath(absolute);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return join(await realPath(dirname(absolute)), basename(absolute));
  }
}
