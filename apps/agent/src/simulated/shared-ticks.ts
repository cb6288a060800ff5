import type { Clock } from '#lib/platform';

/** Waits get longer by this at most. */
const TICK_MS = 20;

/**
 * A clock for the many simulated agents of one process: waits that end within the same tick end in one turn of the loop, so that
 * what a thousand agents say then is one write and not a thousand. Their hosts' work is no part of what is simulated.
 */
export function sharedTicks(clock: Clock): Clock {
  const ticks = new Map<number, Set<() => void>>();
  const after = (ms: number, callback: () => void): (() => void) => {
    const now = clock.monotonicMs();
    const tick = Math.ceil((now + ms) / TICK_MS);
    let due = ticks.get(tick);
    if (!due) {
      const callbacks = (due = new Set());
      ticks.set(tick, callbacks);
      clock.after(tick * TICK_MS - now, () => {
        ticks.delete(tick);
        for (const each of callbacks) each();
      });
    }
    // A callback may be given twice: what is cancelled is this one.
    const once = () => callback();
    due.add(once);
    return () => void due.delete(once);
  };
  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const onAbort = () => {
        cancel();
        reject(signal!.reason as Error);
      };
      const cancel = after(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  return {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
    ...(clock.sinceBootMs ? { sinceBootMs: () => clock.sinceBootMs!() } : {}),
    after,
    sleep,
  };
}
