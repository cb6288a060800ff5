import { readdirSync, readFileSync } from 'node:fs';
import { HOME_VARIABLE } from './domain/process-specs.js';
import { identify, terminate, type ProcessIdentity } from './process-identity.js';

/**
 * Control-plane processes of this checkout that no supervisor owns any more, because it was killed. The proof is the process's
 * own environment (`LONGSHORE_HOME`), which also covers one started in the instant before the supervisor died. Containers are
 * children of Docker Engine and never carry it.
 */
export function findLeftovers(data: string): ProcessIdentity[] {
  const mark = `${HOME_VARIABLE}=${data}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => environmentOf(name).includes(mark))
    .map((name) => identify(Number(name)))
    .filter((identity) => identity !== undefined);
}

export async function endLeftovers(data: string): Promise<number> {
  const leftovers = findLeftovers(data);
  await terminate(leftovers, 10_000);
  return leftovers.length;
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch (error) {
    // Another user's process, or one that has just ended.
    if (['ENOENT', 'EACCES', 'EPERM', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
