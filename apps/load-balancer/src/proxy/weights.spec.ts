import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SIDES } from './rule-code.js';
import { ranges } from './weights.js';

describe('weights', () => {
  it('share all numbers among those who have one, in proportion', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(999), { minLength: 1, maxLength: 5 }), fc.nat(2 ** 36), (weights, base) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const shares = ranges(
          weights.map((weight, index) => ({ backend: `b${index}`, weight })),
          base,
        );
        let next = BigInt(base) * BigInt(SIDES);
        for (const line of shares) {
          const [, from, to, index] = /^(\d+):(\d+) b(\d)$/.exec(line)!;
          expect(BigInt(from!)).toBe(next);
          next = BigInt(to!) + 1n;
          const share = Number(next - BigInt(from!)) / SIDES;
          expect(Math.abs(share - weights[Number(index)]! / total)).toBeLessThan(2 / SIDES);
        }
        expect(shares).toHaveLength(weights.filter((weight) => weight > 0).length);
        if (total > 0) expect(next).toBe(BigInt(base + 1) * BigInt(SIDES));
      }),
    );
  });
});
