import { describe, expect, it } from '@jest/globals';
import { afterCrash, FIRST_RESTART_DELAY_MS, LONGEST_RESTART_DELAY_MS, NO_CRASHES, RECOVERED_AFTER_MS } from './restarts.js';

const crashing = (times: number, ranMs: number) => {
  let history = NO_CRASHES;
  return Array.from({ length: times }, () => {
    const next = afterCrash(history, ranMs);
    history = next.history;
    return next.delayMs;
  });
};

describe('restart backoff', () => {
  it('doubles from a quarter of a second to ten seconds', () => {
    expect(crashing(8, 0)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  it('begins anew for an app that had recovered', () => {
    expect(crashing(3, RECOVERED_AFTER_MS)).toEqual([250, 250, 250]);
    expect(afterCrash({ crashes: 9 }, RECOVERED_AFTER_MS - 1).delayMs).toBe(LONGEST_RESTART_DELAY_MS);
    expect(afterCrash({ crashes: 9 }, RECOVERED_AFTER_MS)).toEqual({ history: { crashes: 1 }, delayMs: FIRST_RESTART_DELAY_MS });
  });

  it('stays finite after any number of crashes', () => {
    expect(afterCrash({ crashes: 100_000 }, 0).delayMs).toBe(LONGEST_RESTART_DELAY_MS);
  });
});
