import type { Clock } from '#lib/platform';

/** The work's outcome, or an error after `ms`: what is late then goes unheard. */
export function inTime<T>(clock: Clock, ms: number, what: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(new Error(`${what} took longer than ${ms / 1_000} s`)));
    work.then(resolve, reject).finally(cancel);
  });
}
