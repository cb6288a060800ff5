import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isoAt } from './iso-at.js';

describe('a time as text', () => {
  it('is what Date writes, whatever was asked before', () => {
    const near = fc.double({ min: -20, max: 20, noNaN: true });
    const any = fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 });
    fc.assert(
      fc.property(fc.array(fc.oneof(near, any)), (times) => {
        for (const ms of times) expect(isoAt(ms)).toBe(new Date(ms).toISOString());
      }),
    );
  });
});
