import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { ContainerMeter } from './container-meter.js';

describe('the meter of a container', () => {
  let clock: VirtualClock;
  let reads: number;
  let isOver: boolean;
  let meter: ContainerMeter;
  beforeEach(() => {
    clock = new VirtualClock();
    reads = 0;
    isOver = false;
    meter = new ContainerMeter({
      reader: { readFigures: () => Promise.resolve(isOver ? undefined : ({ number: ++reads } as never)) },
      network: { read: () => Promise.resolve(undefined) },
      clock,
    });
  });
  /** Numbers of the readings that it tells, and how many seconds are between them. */
  const measure = async (pid = 7) => {
    const measured = meter.measure('a', pid);
    await clock.advance(1_000);
    const span = await measured;
    const numberOf = (reading: object) => (reading as { number: number }).number;
    return span && [numberOf(span.before), numberOf(span.now), (Date.parse(span.now.at) - Date.parse(span.before.at)) / 1_000];
  };

  it('tells the first time what was in a second, and then what was since the last time', async () => {
    expect(await measure()).toEqual([1, 2, 1]);
    await clock.advance(19_000);
    expect(await measure()).toEqual([2, 3, 19]);
  });

  it('tells the same to all who ask within a second', async () => {
    const [one, other] = [meter.measure('a', 7), meter.measure('a', 7)];
    await clock.advance(1_000);
    expect(await one).toBe(await other);
    await clock.advance(500);
    expect(await meter.measure('a', 7)).toBe(await one);
    expect(reads).toBe(2);
  });

  it('begins anew where nobody has asked for a minute, and with the next run', async () => {
    await measure();
    await clock.advance(60_001);
    expect(await measure()).toEqual([3, 4, 1]);
    expect(await measure(8)).toEqual([5, 6, 1]);
  });

  it('tells nothing of one that has ended', async () => {
    isOver = true;
    expect(await measure()).toBeUndefined();
    isOver = false;
    const measured = meter.measure('a', 7);
    await clock.advance(500);
    isOver = true;
    await clock.advance(500);
    expect(await measured).toBeUndefined();
  });
});
