import type { Subscription } from '#lib/messaging';

/** What was told of metrics, by whoever measures. */
export interface MetricMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  /** When the broker took it, by this host's clock: all replicas say the same of one message. */
  readonly heardAtMs: number;
}

/**
 * What is told of metrics, in the order in which the broker took it, also what it took in the minutes before this process began: so one that begins in the
 * middle of a bucket knows all of it, and whichever replica writes a bucket writes the same.
 */
export interface MetricMessages {
  /** Nothing since then is missing. */
  readonly sinceMs: number;
  /** `handle` must not throw. To be called before `start`. */
  hear(subject: string, handle: (message: MetricMessage) => void): Subscription;
  /** Returns when everything has been heard that the broker had. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Says it to all replicas. It is on the broker's disk, and was heard here, when this returns; it throws where that is not certain. */
  put(payload: Uint8Array): Promise<void>;
  /** What was put before is kept elsewhere for good. */
  forgetPuts(beforeMs: number): Promise<void>;
  /** When the oldest was heard that is not forgotten; of none, now. */
  putsKeptSince(): Promise<number>;
}

const MINUTE_MS = 60_000;
/** A bucket gets samples for 14 s and is on the store's disk 40 s later; percentiles are of whole minutes. */
const REPLAYED_MS = 3 * MINUTE_MS;

/** From when on a process that begins hears again what was told before it: a whole minute's begin. */
export const replayedSinceMs = (nowMs: number): number => Math.floor((nowMs - REPLAYED_MS) / MINUTE_MS) * MINUTE_MS;
