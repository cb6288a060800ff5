import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/**
 * A process, provably: pids are used again, a pid with its start time (clock ticks since boot, from /proc) is not. Across a
 * reboot the ticks start anew, hence the boot id.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** Undefined when no such process runs (a zombie counts as ended). */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field, the command in parentheses, may itself contain blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { pid, startTime: `${bootId()}:${fields[19]}` };
}

export function isAlive(process: ProcessIdentity): boolean {
  return identify(process.pid)?.startTime === process.startTime;
}

/** Wall clock, to a hundredth of a second: /proc counts ticks since boot, of which Linux shows 100 a second to programs. */
export function startedAtMs({ startTime }: ProcessIdentity): number {
  const ticks = Number(startTime.slice(startTime.indexOf(':') + 1));
  return Date.now() - uptime() * 1_000 + ticks * 10;
}

/** Signals exactly this process; false when it has ended. */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** SIGTERM, then SIGKILL after `graceMs`. Resolves when all have ended. */
export async function terminate(processes: readonly ProcessIdentity[], graceMs: number): Promise<void> {
  for (const identity of processes) signal(identity, 'SIGTERM');
  const deadline = performance.now() + graceMs;
  let killed = false;
  while (processes.some(isAlive)) {
    if (!killed && performance.now() > deadline) {
      for (const identity of processes) signal(identity, 'SIGKILL');
      killed = true;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const bootId = (): string => (readOrUndefined('/proc/sys/kernel/random/boot_id') ?? 'unknown').trim().slice(0, 8);

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // ESRCH: the process ended between open and read.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
