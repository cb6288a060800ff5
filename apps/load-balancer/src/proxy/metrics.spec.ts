import { describe, expect, it } from '@jest/globals';
import { BOUNDS_MS, Histogram, percentileMs, Totals } from './metrics.js';

describe('counters', () => {
  it('go on over processes, each of which begins with nothing', () => {
    const totals = new Totals();
    const [first, second] = [new Map([['li', { RequestCount: 5 }]]), new Map([['li', { RequestCount: 2 }]])];
    totals.observe([first]);
    totals.observe([second, first]);
    expect(totals.of().get('li')).toEqual({ RequestCount: 7 });
    totals.end(first);
    expect(totals.of().get('li')).toEqual({ RequestCount: 7 });
    totals.observe([new Map([['li', { RequestCount: 4 }]])]);
    expect(totals.of().get('li')).toEqual({ RequestCount: 9 });
  });
});

describe('percentiles', () => {
  it('are in the bucket of the value that they mean', () => {
    const histogram = new Histogram();
    for (let ms = 1; ms <= 1_000; ms++) histogram.add(ms);
    for (const share of [0.5, 0.9, 0.99]) {
      const value = percentileMs(histogram.counts, share)!;
      expect(value / (1_000 * share)).toBeGreaterThan(1 / Math.SQRT2);
      expect(value / (1_000 * share)).toBeLessThan(Math.SQRT2);
    }
  });

  it('of nothing is nothing, and what is longer than any bucket is the longest', () => {
    const histogram = new Histogram();
    expect(percentileMs(histogram.counts, 0.5)).toBeUndefined();
    histogram.add(10 ** 9);
    expect(percentileMs(histogram.counts, 0.5)).toBe(BOUNDS_MS.at(-1));
  });
});
