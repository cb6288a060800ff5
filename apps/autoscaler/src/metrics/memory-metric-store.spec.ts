import fc from 'fast-check';
import type { Scope } from '#lib/kernel';
import { MemoryMetricStore } from './memory-metric-store.js';
import { anyStatisticOf } from './domain/extended-statistic.js';
import { ofSample, statisticOf } from './domain/summary.js';

const scope = { accountId: '000000000000', region: 'us-east-1' } as Scope;
const NOW = Date.UTC(2026, 10, 28, 12);
const metric = {
  namespace: 'app',
  name: 'Requests',
  dimensions: [
    { Name: 'a', Value: '1' },
    { Name: 'b', Value: '2' },
  ],
};
const sample = (atMs: number, value: number, unit = 'Count') => ({ ...metric, unit, atMs, summary: ofSample(value) });

describe('metrics in memory', () => {
  it('have exactly the statistics of the samples of each period', () => {
    const times = fc.array(
      fc.record({ ago: fc.integer({ min: 0, max: 3_500_000 }), value: fc.integer({ min: -1_000, max: 1_000 }) }),
    );
    fc.assert(
      fc.property(times, fc.constantFrom(10, 20, 30, 60, 300, 3_600), (samples, period) => {
        const store = new MemoryMetricStore();
        for (const { ago, value } of samples) store.put(scope, sample(NOW - ago, value), NOW);
        const periodMs = period * 1_000;
        const points = store.points(scope, metric, { startMs: NOW - 3_600_000, endMs: NOW + 1, periodMs });
        const expected = new Map<number, number[]>();
        for (const { ago, value } of samples) {
          const at = Math.floor((NOW - ago) / periodMs) * periodMs;
          expected.set(at, [...(expected.get(at) ?? []), value]);
        }
        expect(points.map(({ atMs }) => atMs)).toEqual([...expected.keys()].sort((a, b) => a - b));
        for (const { atMs, summary } of points) {
          const values = expected.get(atMs)!;
          const sum = values.reduce((all, one) => all + one, 0);
          expect(summary).toMatchObject({ sum, count: values.length, min: Math.min(...values), max: Math.max(...values) });
          expect(statisticOf(summary, 'Average')).toBe(sum / values.length);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('have percentiles within 5 % of the samples’ own, of each period', () => {
    const values = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(
        values,
        fc.constantFrom(0, 10, 50, 90, 99, 99.9, 100),
        fc.constantFrom(60, 3_600),
        (samples, percent, period) => {
          const store = new MemoryMetricStore();
          samples.forEach((value, index) => store.put(scope, sample(NOW - 3_599_000 + index * 100, value), NOW));
          const query = { startMs: NOW - 3_600_000, endMs: NOW, periodMs: period * 1_000 };
          let from = 0;
          for (const { summary } of store.points(scope, metric, query)) {
            const sorted = samples.slice(from, (from += summary.count)).sort((a, b) => a - b);
            const exact = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length - 1e-9) - 1)]!;
            const found = anyStatisticOf(summary, `p${percent}`)!;
            expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact > 1e-3 ? exact * 0.05 : 1e-3);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('are found by exactly their dimensions, in any order, and by their account', () => {
    const store = new MemoryMetricStore();
    store.put(scope, sample(NOW, 1), NOW);
    const range = { startMs: NOW - 60_000, endMs: NOW + 1, periodMs: 60_000 };
    const count = (dimensions: typeof metric.dimensions, of = scope) => store.points(of, { ...metric, dimensions }, range).length;
    expect(count([...metric.dimensions].reverse())).toBe(1);
    expect(count(metric.dimensions.slice(1))).toBe(0);
    expect(count(metric.dimensions, { ...scope, region: 'eu-west-1' } as Scope)).toBe(0);
    expect([...store.metrics(scope)].map(({ metric: { name } }) => name)).toEqual(['Requests']);
  });

  it('keep units apart', () => {
    const store = new MemoryMetricStore();
    store.put(scope, sample(NOW, 1), NOW);
    store.put(scope, sample(NOW, 5, 'Bytes'), NOW);
    const of = (unit?: string) =>
      store.points(scope, metric, { unit, startMs: NOW, endMs: NOW + 1, periodMs: 10_000 }).map(({ summary }) => summary.sum);
    expect([of(), of('Bytes'), of('Percent')]).toEqual([[1, 5], [5], []]);
  });

  it('are refused where there is no room, and make room when a day has passed', () => {
    const store = new MemoryMetricStore(1);
    const other = { ...sample(NOW, 1), name: 'Other' };
    expect([store.put(scope, sample(NOW, 1), NOW), store.put(scope, other, NOW)]).toEqual([true, false]);
    const later = NOW + 25 * 3_600_000;
    expect(store.put(scope, { ...other, atMs: later }, later)).toBe(true);
    expect(store.size).toBe(1);
  });

  it('are not mixed with those of before, when the clock goes back to their times', () => {
    const store = new MemoryMetricStore();
    const put = (nowMs: number, value: number) => store.put(scope, sample(nowMs, value), nowMs);
    const values = (startMs: number) =>
      store.points(scope, metric, { startMs, endMs: startMs + 60_000, periodMs: 10_000 }).map(({ summary }) => summary.sum);
    const hourMs = 3_600_000;
    put(5 * hourMs, 25);
    // As clocks are corrected: nothing happens.
    put(5 * hourMs - 30_000, 1);
    expect([values(5 * hourMs), store.knownSinceMs]).toEqual([[25], -Infinity]);
    put(6 * hourMs, 2);
    put(5 * hourMs, 3);
    expect([values(5 * hourMs), values(6 * hourMs), store.knownSinceMs]).toEqual([[3], [], 5 * hourMs]);
  });

  it('lose nothing of now to a sample from hours ahead', () => {
    const store = new MemoryMetricStore();
    store.put(scope, sample(NOW + 7_200_000, 9), NOW);
    store.put(scope, sample(NOW, 1), NOW);
    for (const periodMs of [10_000, 60_000])
      expect(store.points(scope, metric, { startMs: NOW, endMs: NOW + 1, periodMs })).toHaveLength(1);
  });
});
