import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { sharedTicks } from './shared-ticks.js';

describe('shared ticks', () => {
  it('end waits in one turn, none of them early, and none a tick late', async () => {
    const real = new VirtualClock();
    const clock = sharedTicks(real);
    const beganMs = real.monotonicMs();
    const ended: number[] = [];
    for (const ms of [1, 5, 100, 101, 119]) clock.after(ms, () => ended.push(real.monotonicMs() - beganMs - ms));
    await real.advance(200);
    expect([clock.now(), clock.monotonicMs()]).toEqual([real.now(), real.monotonicMs()]);
    expect(ended).toHaveLength(5);
    for (const lateMs of ended) {
      expect(lateMs).toBeGreaterThanOrEqual(0);
      expect(lateMs).toBeLessThanOrEqual(20);
    }
  });

  it('can be cancelled and aborted one by one', async () => {
    const real = new VirtualClock();
    const clock = sharedTicks(real);
    const ended: string[] = [];
    const callback = () => void ended.push('called');
    const cancel = clock.after(10, callback);
    clock.after(10, callback);
    const life = new AbortController();
    const asleep = clock.sleep(10, life.signal).catch((error: Error) => ended.push(error.message));
    life.abort(new Error('aborted'));
    await asleep;
    cancel();
    cancel();
    await real.advance(50);
    await expect(clock.sleep(1, life.signal)).rejects.toThrow('aborted');
    expect(ended).toEqual(['aborted', 'called']);
  });
});
