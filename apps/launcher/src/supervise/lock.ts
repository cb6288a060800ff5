import { linkSync, renameSync, rmSync } from 'node:fs';
import { readJson, writeAtomically } from '../host/files.js';
import { identify, isAlive, type ProcessIdentity } from '../host/process-identity.js';

/**
 * One supervisor a checkout. The lock names its owner by pid and start time, so that one left by a killed supervisor is
 * recognised as stale, also when its pid runs something else today.
 */
export type LockOutcome = { readonly outcome: 'acquired' } | { readonly outcome: 'held'; readonly by: ProcessIdentity };

export function acquireLock(path: string): LockOutcome {
  const own = identify(process.pid)!;
  const candidate = `${path}.${own.pid}`;
  writeAtomically(candidate, JSON.stringify(own));
  try {
    for (;;) {
      // link() either makes the complete lock or fails: there is never an empty one to be seen.
      if (tryLink(candidate, path)) return { outcome: 'acquired' };
      const holder = lockHolder(path);
      if (holder) return { outcome: 'held', by: holder };
      removeStale(path);
    }
  } finally {
    rmSync(candidate, { force: true });
  }
}

/** The living process that holds the lock, if any. */
export function lockHolder(path: string): ProcessIdentity | undefined {
  const content = readJson<ProcessIdentity>(path);
  return content && isAlive(content) ? content : undefined;
}

export function releaseLock(path: string): void {
  if (readJson<ProcessIdentity>(path)?.pid === process.pid) rmSync(path, { force: true });
}

/** Two launchers may find the same stale lock: the slower one must not remove the lock that the faster one has made meanwhile. */
function removeStale(path: string): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = readJson<ProcessIdentity>(aside);
  if (moved && isAlive(moved)) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
