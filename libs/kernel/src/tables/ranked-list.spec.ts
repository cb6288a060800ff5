import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Major, type Ranked, RankedList, type Segment } from './ranked-list.js';

const amount = fc.nat(12);
const entry = fc.tuple(fc.nat(900), amount, amount).map(([n, a, b]): Ranked => ({ key: `k${n}`, amounts: [a, b] }));
const of = (segments: readonly Segment<Ranked>[]) => segments.flatMap(({ entries, from, to }) => entries.slice(from, to));

describe('a ranked list', () => {
  it('finds what a sorted array has, whatever came and went', () => {
    const many = fc.array(entry, { maxLength: 1_500, size: 'max' });
    fc.assert(
      fc.property(fc.constantFrom<Major>(0, 1), many, many, amount, amount, (major, first, then, least, leastOther) => {
        const minor: Major = major === 0 ? 1 : 0;
        const unique = [...new Map(first.map((one) => [one.key, one])).values()];
        const list = new RankedList<Ranked>(major, unique);
        const model = new Map(unique.map((one) => [one.key, one]));
        for (const one of then) {
          const before = model.get(one.key);
          if (before) list.delete(before);
          model.delete(one.key);
          // Every third goes for good.
          if (before && Number(one.key.slice(1)) % 3 === 0) continue;
          list.add(one);
          model.set(one.key, one);
        }
        const sorted = [...model.values()].sort(
          (a, b) =>
            a.amounts[major] - b.amounts[major] ||
            a.amounts[minor] - b.amounts[minor] ||
            (a.key < b.key ? -1 : Number(a.key > b.key)),
        );
        expect([...list.entries()]).toEqual(sorted);
        const isEnough = ({ amounts }: Ranked) => amounts[major] >= least && amounts[minor] >= leastOther;
        expect(of(list.withAtLeast(least, leastOther)).filter(isEnough)).toEqual(sorted.filter(isEnough));
        expect(list.first(least, -Infinity, leastOther)).toEqual(sorted.find(isEnough));
        const isBehind = ({ amounts }: Ranked) =>
          amounts[major] > least || (amounts[major] === least && amounts[minor] > leastOther);
        expect(list.first(least, leastOther, 3, true)).toEqual(sorted.find((one) => isBehind(one) && one.amounts[minor] >= 3));
        const isWithin = ({ amounts }: Ranked) => amounts[major] === least && amounts[minor] >= 2 && amounts[minor] <= leastOther;
        expect(of(list.range(least, 2, leastOther))).toEqual(sorted.filter(isWithin));
      }),
      { numRuns: 60 },
    );
  });
});
