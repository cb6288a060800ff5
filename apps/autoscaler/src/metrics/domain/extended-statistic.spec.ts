import { anyStatisticOf, extendedStatistic, isAnyStatistic } from './extended-statistic.js';
import { merged, ofSample } from './summary.js';

/** Ten bins apart, so that each value is one of its own. */
const tens = Array.from({ length: 10 }, (_, index) => 3 ** index);
const of = (text: string) =>
  extendedStatistic(text)!(
    tens.map((value) => [value, 1] as const),
    10,
  );
const sum = (from: number, to: number) => tens.slice(from, to).reduce((all, one) => all + one, 0);

describe('an extended statistic', () => {
  it.each<[string, number]>([
    ['p0', 1],
    ['p50', 81],
    ['p99.9', 19_683],
    ['p100', 19_683],
    ['tm90', sum(0, 9) / 9],
    ['TM(10%:90%)', sum(1, 9) / 8],
    ['TM(3:27)', (9 + 27) / 2],
    ['TM(:3)', 2],
    ['IQM', (9 * 0.5 + sum(3, 7) + 3 ** 7 * 0.5) / 5],
    ['tc80', 8],
    ['TC(3:27)', 2],
    ['ts80', sum(0, 8)],
    ['TS(80%:)', sum(8, 10)],
    ['PR(:27)', 40],
    ['PR(3:27)', 20],
    ['wm80', (sum(0, 8) + 2 * 3 ** 7) / 10],
    ['WM(:9)', (1 + 3 + 9 * 8) / 10],
  ])('%s', (text, expected) => expect(of(text)).toBeCloseTo(expected, 6));

  it.each([
    'p',
    'p101',
    'p-1',
    'p100.5',
    'tm',
    'TM()',
    'TM(:)',
    'TM(90%:10%)',
    'TM(10%:5)',
    'PR(10%:20%)',
    'IQM90',
    'Sum',
    'p99x',
  ])('is none that is written %s', (text) => expect(extendedStatistic(text)).toBeUndefined());

  it('is beside the plain ones', () => {
    expect(['Average', 'p99', 'q99'].map(isAnyStatistic)).toEqual([true, true, false]);
    expect(anyStatisticOf(ofSample(4, 3), 'Sum')).toBe(12);
  });

  it('is not known of negative values', () => {
    expect(anyStatisticOf(merged(ofSample(-1), ofSample(1)), 'p50')).toBeUndefined();
    expect(anyStatisticOf(ofSample(-1), 'p50')).toBeUndefined();
  });

  it('keeps counting where values are too many orders of magnitude apart', () => {
    const wide = Array.from({ length: 1_000 }, (_, index) => ofSample(1.11 ** index)).reduce(merged);
    expect(wide.bins!.length).toBeLessThanOrEqual(600);
    expect(anyStatisticOf(wide, 'tc100')).toBe(1_000);
    expect(anyStatisticOf(wide, 'p99')! / 1.11 ** 989).toBeCloseTo(1, 1);
  });
});
