import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HAPROXY_VARIABLE } from '#lib/names';
import type { Leftover } from './domain/adoption.js';
import { APP_VARIABLE, HOME_VARIABLE } from './domain/process-specs.js';
import { identify, signal, startedAtMs, terminate, type ProcessIdentity } from '../host/process-identity.js';

export type FoundProcess = Leftover & { readonly identity: ProcessIdentity };

/**
 * Control-plane processes of this checkout that no supervisor owns any more, because it was killed. The proof is the process's
 * own environment (`LONGSHORE_HOME`), which also covers one started in the instant before the supervisor died. Containers are
 * children of Docker Engine and never carry it.
 */
export function findLeftovers(data: string): ProcessIdentity[] {
  return leftoversOf(data).map(({ identity }) => identity);
}

export const leftoversOf = (data: string): FoundProcess[] => processesWith(`${HOME_VARIABLE}=${data}`);

export const haproxiesOf = (data: string): FoundProcess[] => processesWith(`${HAPROXY_VARIABLE}=${data}`);

/** What carries the traffic of load balancers goes on while the app that drives it does not run; whoever stops everything ends it, too. */
export async function endHaproxy(data: string): Promise<void> {
  await terminate(
    haproxiesOf(data).map(({ identity }) => identity),
    5_000,
  );
}

/**
 * A replica that was killed leaves its HAProxy to the next one of its number. Where there is to be none, nobody would ever tell that HAProxy
 * again where targets are, and it shares its endpoints with the others: it takes no more, and ends with the requests that it has.
 */
export function retireHaproxies(data: string, replicas: number): void {
  for (const { identity, commandLine } of haproxiesOf(data)) {
    const [, replica] = /\/haproxy-(\d+)\//.exec(commandLine.join(' ')) ?? [];
    if (Number(replica) > replicas) signal(identity, 'SIGUSR1');
  }
}

function processesWith(mark: string): FoundProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => ({ name, environment: stringsOf(name, 'environ') }))
    .filter(({ environment }) => environment.includes(mark))
    .flatMap(({ name, environment }) => {
      const identity = identify(Number(name));
      if (!identity) return [];
      return [{ identity, environment, commandLine: stringsOf(name, 'cmdline'), startedAtMs: startedAtMs(identity) }];
    });
}

export async function endLeftovers(data: string): Promise<number> {
  const leftovers = leftoversOf(data);
  await endProcesses(leftovers);
  return leftovers.length;
}

/** The broker last: without it the apps could not give up their leases, nor report what they have in hand. */
export async function endProcesses(leftovers: readonly FoundProcess[]): Promise<void> {
  const isApp = ({ environment }: FoundProcess) => environment.some((entry) => entry.startsWith(`${APP_VARIABLE}=`));
  const end = (apps: boolean) =>
    terminate(
      leftovers.filter((leftover) => isApp(leftover) === apps).map(({ identity }) => identity),
      10_000,
    );
  await end(true);
  await end(false);
}

/** When the programs that `up` starts were built last: the launcher itself is one of them. */
export function builtAtMs(): number {
  const built = join(import.meta.dirname, '../../../..');
  return Math.max(
    ...readdirSync(built, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
}

/** Strings that each end with a zero byte. */
function stringsOf(pid: string, file: 'environ' | 'cmdline'): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0').slice(0, -1);
  } catch (error) {
    // Another user's process, or one that has just ended.
    if (['ENOENT', 'EACCES', 'EPERM', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
