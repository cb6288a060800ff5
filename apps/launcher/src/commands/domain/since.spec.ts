import { expect, it } from '@jest/globals';
import { instantSince, secondsOf } from './since.js';

const now = Date.parse('2026-11-23T15:00:00Z');

it.each([
  ['15m', '2026-11-23T14:45:00.000Z'],
  ['90s', '2026-11-23T14:58:30.000Z'],
  ['2h', '2026-11-23T13:00:00.000Z'],
  ['7d', '2026-11-16T15:00:00.000Z'],
  ['2026-11-22T11:00:00Z', '2026-11-22T11:00:00.000Z'],
  ['2026-11-22T12:00:00+01:00', '2026-11-22T11:00:00.000Z'],
  ['2026-11-22', '2026-11-22T00:00:00.000Z'],
])('%s is %s', (text, instant) => expect(new Date(instantSince(text, now)!).toISOString()).toBe(instant));

it.each(['', '15', 'm', '15 m', 'yesterday', '2026-13-40', '-5m'])('%p is no time', (text) =>
  expect(instantSince(text, now)).toBeUndefined(),
);

it('90d are so many seconds, and next week is none', () => {
  expect([secondsOf('90d'), secondsOf('30m'), secondsOf('next week')]).toEqual([7_776_000, 1_800, undefined]);
});
