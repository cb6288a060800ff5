import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the kernel shows control groups: one tree (version 2), or a tree for each controller (version 1). */
export const CONTROL_GROUPS = '/sys/fs/cgroup';

/** The engine's own groups are below it where the engine makes them itself (the driver `cgroupfs`): what is there competes with containers as one of them. */
export const ENGINE_GROUP = 'docker';

/**
 * Removes groups beside the engine's own, in all trees. `choose` is told which are there, and says which go. One that still has processes, or
 * groups in it, stays: the kernel removes none of those.
 */
export async function removeControlGroups(
  choose: (present: readonly string[]) => readonly string[],
  root: string = CONTROL_GROUPS,
): Promise<void> {
  for (const tree of await treesOf(root)) {
    const parent = join(tree, ENGINE_GROUP);
    for (const name of choose(await namesIn(parent))) await removeEmpty(join(parent, name));
  }
}

async function treesOf(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { withFileTypes: true });
  if (entries.some(({ name }) => name === 'cgroup.controllers')) return [root];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(root, name));
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function removeEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (error) {
    if (!['ENOENT', 'EBUSY', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
