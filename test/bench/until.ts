import { setTimeout as sleep } from 'node:timers/promises';

const GIVE_UP_MS = 60_000;

/** Asks again and again; an answer that does not come within a minute fails the bench. */
export async function until(what: string, pollMs: number, isSo: () => Promise<boolean>): Promise<void> {
  const giveUpMs = performance.now() + GIVE_UP_MS;
  while (!(await isSo())) {
    if (performance.now() > giveUpMs) throw new Error(`not within ${GIVE_UP_MS} ms: ${what}`);
    await sleep(pollMs);
  }
}
