import { readFileSync } from 'node:fs';

/** Of `/proc/<pid>/stat` (USER_HZ, 100 on every Linux that Node runs on). */
const TICKS_PER_SECOND = 100;

/** What a process has used of processors so far, user and system time, in steps of 10 ms. */
export function processorSeconds(pid: number): number {
  // The name in brackets may hold blanks; user and system time are the 14th and 15th field.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The same of several; undefined once one of them has gone. */
export function processorSecondsOfEach(pids: readonly number[]): readonly number[] | undefined {
  try {
    return pids.map(processorSeconds);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Resident memory of a process. */
export function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kib === undefined) throw new Error(`process ${pid} has no memory`);
  return Number(kib) / 1_024;
}

/** What a process costs the machine: pages that several processes share (Node.js itself, libraries) count in equal parts. */
export function proportionalMiB(pid: number): number {
  const kib = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  if (kib === undefined) throw new Error(`process ${pid} has no memory`);
  return Number(kib) / 1_024;
}
