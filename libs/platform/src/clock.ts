import { uptime } from 'node:os';

/**
 * Time is an input. Everything that waits or reads the time takes a `Clock`, so that the simulator can run the whole control
 * plane on virtual time.
 */
export interface Clock {
  /** Wall clock: milliseconds since the epoch. May jump; only for stamps that people read. */
  now(): number;
  /** Monotonic milliseconds; only differences mean something. Leases and timeouts use it. */
  monotonicMs(): number;
  /** Like `monotonicMs`, but goes on while the machine sleeps; absent where nobody can tell. */
  sinceBootMs?(): number;
  /** Resolves after `ms` (at most 24.8 days), or rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `callback` once after `ms`, or after 24.8 days if that is sooner: who waits longer looks again. The returned function cancels it (idempotent). */
  after(ms: number, callback: () => void): () => void;
}

// libuv reads CLOCK_BOOTTIME on Linux, which counts sleep; elsewhere it is computed from the wall clock and would prove nothing.
const sinceBoot = process.platform === 'linux' ? { sinceBootMs: () => uptime() * 1_000 } : {};

/** Longer ones end at once: Node keeps a timer's length in 32 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const startTimer = (callback: () => void, ms: number) => setTimeout(callback, Math.min(ms, LONGEST_TIMER_MS));

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  ...sinceBoot,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal!.reason as Error);
      };
      const timer = startTimer(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
  after: (ms, callback) => {
    const timer = startTimer(callback, ms);
    return () => clearTimeout(timer);
  },
};
