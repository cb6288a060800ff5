import type { BackoffTimes } from '#lib/platform';

/** The ECS agent's reconnect backoff (250 ms × 1.5), capped so that a healed broker hears of everything soon. */
export const PAUSES: BackoffTimes = { firstMs: 250, longestMs: 10_000, factor: 1.5 };
