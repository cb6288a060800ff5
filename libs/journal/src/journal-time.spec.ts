import { beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '#lib/platform';
import { JournalTime } from './journal-time.js';

const DAY_MS = 24 * 3_600_000;

describe('a journal’s time', () => {
  let wallMs: number;
  let elapsedMs: number;
  let jumps: [number, boolean][];
  let time: JournalTime;
  let lastAtMs: number;

  const newTime = () => {
    time = new JournalTime({ ...systemClock, now: () => wallMs, monotonicMs: () => elapsedMs, sinceBootMs: undefined });
    time.onJump = (...jump) => void jumps.push(jump);
  };
  beforeEach(() => {
    wallMs = Date.parse('2026-11-23T12:00:00.000Z');
    elapsedMs = 0;
    jumps = [];
    lastAtMs = 0;
    newTime();
  });
  const pass = (ms: number) => {
    wallMs += ms;
    elapsedMs += ms;
  };
  const commit = () => (lastAtMs = time.nowMs(lastAtMs));
  const aheadOfWall = () => commit() - wallMs;

  it('is the wall clock', () => {
    expect(aheadOfWall()).toBe(0);
    pass(10 * DAY_MS);
    expect(aheadOfWall()).toBe(0);
    wallMs += 30_000;
    expect(aheadOfWall()).toBe(0);
    expect(jumps).toEqual([]);
  });

  it('does not follow a clock that is a day ahead for half a minute', () => {
    commit();
    pass(1_000);
    wallMs += DAY_MS;
    for (let i = 0; i < 25; i++) {
      expect(aheadOfWall()).toBe(-DAY_MS);
      pass(1_000);
    }
    wallMs -= DAY_MS;
    expect(aheadOfWall()).toBe(0);
    expect(jumps).toEqual([[DAY_MS, false]]);
  });

  it('believes a clock that says so for minutes', () => {
    wallMs += DAY_MS;
    commit();
    pass(6 * 60_000);
    expect(aheadOfWall()).toBe(0);
    expect(jumps.map(([, isBelieved]) => isBelieved)).toEqual([false, true]);
  });

  it('goes on from a journal that is ahead, and lets the wall clock catch up: a deadline takes hardly longer than its length', () => {
    lastAtMs = wallMs + DAY_MS;
    newTime();
    const before = commit();
    expect(before - wallMs).toBe(DAY_MS);
    const deadline = before + 60_000;
    pass(60_000);
    expect(commit()).toBeLessThan(deadline);
    pass(8_000);
    expect(commit()).toBeGreaterThanOrEqual(deadline);
    pass(11 * DAY_MS);
    expect(aheadOfWall()).toBe(0);
  });

  it('never goes back, when the clock does', () => {
    const before = commit();
    wallMs -= 3_600_000;
    expect(commit()).toBe(before);
    pass(10_000);
    expect(commit()).toBe(before + 9_000);
  });
});
