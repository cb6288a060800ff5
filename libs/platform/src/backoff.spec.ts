import { describe, expect, it } from '@jest/globals';
import { Backoff, type BackoffTimes } from './backoff.js';
import { type Clock, systemClock } from './clock.js';
import type { Random } from './random.js';

describe('a backoff', () => {
  const world = (times: BackoffTimes = { firstMs: 10, longestMs: 50 }, random?: Random) => {
    const slept: number[] = [];
    const clock: Clock = {
      ...systemClock,
      monotonicMs: () => slept.reduce((sum, ms) => sum + ms, 0),
      sleep: (ms) => Promise.resolve(void slept.push(ms)),
    };
    return { slept, clock, backoff: new Backoff(clock, times, random) };
  };

  it('doubles its pauses up to the longest, and begins anew after a success', async () => {
    const { slept, backoff } = world();
    for (let i = 0; i < 5; i++) await backoff.pause();
    backoff.reset();
    await backoff.pause();
    expect(slept).toEqual([10, 20, 40, 50, 50, 10]);
  });

  it('grows by another factor where one is given', async () => {
    const { slept, backoff } = world({ firstMs: 100, longestMs: 300, factor: 1.5 });
    for (let i = 0; i < 4; i++) await backoff.pause();
    expect(slept).toEqual([100, 150, 225, 300]);
  });

  it('with a source of randomness is shortened by up to a half', async () => {
    const drawn = [0, 0.5, 1];
    const { slept, backoff } = world(undefined, { next: () => drawn.shift()!, hex: () => '' });
    for (let i = 0; i < 3; i++) await backoff.pause();
    expect(slept).toEqual([5, 15, 40]);
  });

  it('never waits past the deadline', async () => {
    const { slept, backoff } = world();
    await backoff.pause({ deadlineAtMs: 13 });
    await backoff.pause({ deadlineAtMs: 13 });
    await backoff.pause({ deadlineAtMs: 13 });
    expect(slept).toEqual([10, 3]);
  });

  it('ends when the signal aborts', async () => {
    const controller = new AbortController();
    const pause = new Backoff(systemClock, { firstMs: 60_000, longestMs: 60_000 }).pause({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(pause).resolves.toBeUndefined();
  });
});
