import { readFileSync } from 'node:fs';

/** Files and sockets that a process of this one may have open at most. Linux alone says it. */
export function openFilesLimit(limits = () => readFileSync('/proc/self/limits', 'utf8')): number {
  const [, hard = ''] = /^Max open files\s+\S+\s+(\S+)/m.exec(limits()) ?? [];
  return hard === 'unlimited' ? Infinity : Number(hard);
}

/** HAProxy's own: listeners, sockets of checks, pipes, of each thread. */
const OWN_FILES = 500;

/** Each connection has one to a target beside it; HAProxy does not start with more than it may have. */
export const connectionsWithin = (openFiles: number, wanted: number): number =>
  Math.max(1, Math.min(wanted, Math.floor((openFiles - OWN_FILES) / 2)));
