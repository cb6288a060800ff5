import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { Turnstile } from './turnstile.js';

const SLOW_MS = 10_000;

/** Pieces of work by how long each takes; which are under way, and which are done, in order. */
function given(atOnce: number, durationsMs: readonly number[]) {
  const clock = new VirtualClock();
  const turnstile = new Turnstile(atOnce, SLOW_MS, clock);
  const begun: number[] = [];
  const done: number[] = [];
  durationsMs.forEach((durationMs, n) => {
    const work = async () => {
      begun.push(n);
      await clock.sleep(durationMs);
      if (durationMs === 0) throw new Error('refused');
    };
    turnstile.pass(work).then(
      () => done.push(n),
      () => done.push(n),
    );
  });
  return { clock, begun, done };
}

describe('a turnstile', () => {
  it('lets so many through at once, the others in order as places come free, whatever became of the work', async () => {
    const { clock, begun, done } = given(2, [100, 0, 100, 100]);
    await clock.advance(1);
    expect(begun).toEqual([0, 1, 2]);
    await clock.advance(100);
    expect(begun).toEqual([0, 1, 2, 3]);
    await clock.advance(200);
    expect(done).toEqual([1, 0, 2, 3]);
  });

  it('does not let one that hangs hold up the others', async () => {
    const { clock, begun, done } = given(1, [60_000, 100, 100]);
    await clock.advance(SLOW_MS - 1);
    expect(begun).toEqual([0]);
    await clock.advance(300);
    expect(done).toEqual([1, 2]);
    await clock.advance(60_000);
    expect(done).toEqual([1, 2, 0]);
  });
});
