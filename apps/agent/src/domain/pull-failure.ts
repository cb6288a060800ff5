import type { BackoffTimes } from '#lib/platform';

/** The ECS agent's (`maximumPullRetries` and its delays). */
export const PULL_TRIES = 5;
export const PULL_PAUSES: BackoffTimes = { firstMs: 1_100, longestMs: 5_000, factor: 2 };

/** In the words of engines and registries: what another try in a few seconds will find as it is. */
const FINAL = new RegExp(
  [
    'unauthorized',
    'denied',
    'authentication required',
    'no basic auth credentials',
    'incorrect username or password',
    'manifest unknown',
    'name unknown',
    'name invalid',
    'not found',
    'no matching manifest',
    'invalid reference format',
    'no such host',
    'x509:',
    'server gave HTTP response to HTTPS client',
    'no space left on device',
    'unsupported',
  ].join('|'),
  'i',
);

/**
 * Whether a pull that failed is worth another try: the ECS agent tries all again, and so makes a name with a mistake in it wait. Words that nobody
 * foresaw are tried again.
 */
export const mayPass = (reason: string): boolean => !FINAL.test(reason);
