import { readdirSync, readFileSync } from 'node:fs';
import { APP_VARIABLE, HOME_VARIABLE } from './domain/process-specs.js';
import { identify, terminate, type ProcessIdentity } from './process-identity.js';

/**
 * Control-plane processes of this checkout that no supervisor owns any more, because it was killed. The proof is the process's
 * own environment (`LONGSHORE_HOME`), which also covers one started in the instant before the supervisor died. Containers are
 * children of Docker Engine and never carry it.
 */
export function findLeftovers(data: string): ProcessIdentity[] {
  return leftoversOf(data).map(({ identity }) => identity);
}

function leftoversOf(data: string): { identity: ProcessIdentity; isApp: boolean }[] {
  const mark = `${HOME_VARIABLE}=${data}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => ({ name, environment: environmentOf(name) }))
    .filter(({ environment }) => environment.includes(mark))
    .flatMap(({ name, environment }) => {
      const identity = identify(Number(name));
      return identity ? [{ identity, isApp: environment.some((entry) => entry.startsWith(`${APP_VARIABLE}=`)) }] : [];
    });
}

/** The broker last: without it the apps could not give up their leases, nor report what they have in hand. */
export async function endLeftovers(data: string): Promise<number> {
  const leftovers = leftoversOf(data);
  const end = (apps: boolean) =>
    terminate(
      leftovers.filter(({ isApp }) => isApp === apps).map(({ identity }) => identity),
      10_000,
    );
  await end(true);
  await end(false);
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
