import { beforeEach, describe, expect, it } from '@jest/globals';
import { seededRandom, silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { ExpiryLoop } from './expiry-loop.js';

describe('ExpiryLoop', () => {
  let clock: VirtualClock;
  let sent: string[];
  /** What the state holds that is past its deadline. */
  let left: number;
  let answers: boolean;
  let loop: ExpiryLoop<undefined>;
  let every: (intervalMs?: number) => ExpiryLoop<undefined>;

  beforeEach(() => {
    clock = new VirtualClock();
    [sent, left, answers] = [[], 0, true];
    const fold = { state: undefined, nowMs: () => clock.now() };
    const send = ({ id, name }: { id: string; name: string }) => {
      sent.push(id);
      if (answers) left--;
      return Promise.resolve(name === 'Expire' && answers ? { output: {}, revision: 1 } : { unavailable: 'no writer' });
    };
    every = (intervalMs) =>
      new ExpiryLoop<undefined>('toy', fold, () => left > 0, send as never, clock, seededRandom(1), silentLogger, intervalMs);
    loop = every();
    loop.start();
  });

  it('writes nothing while nothing is past its deadline', async () => {
    await clock.advance(60_000);
    expect(sent).toEqual([]);
  });

  it('asks again at once until all of it is gone, each time under another id', async () => {
    left = 3;
    await clock.advance(5_000);
    expect(new Set(sent).size).toBe(3);
    await clock.advance(60_000);
    expect(sent).toHaveLength(3);
  });

  it('tries again in the next round when nobody records it', async () => {
    [left, answers] = [1, false];
    await clock.advance(10_000);
    expect(sent).toHaveLength(2);
    answers = true;
    await clock.advance(5_000);
    expect([sent.length, left]).toEqual([3, 0]);
  });

  it('looks as often as the domain says', async () => {
    loop.stop();
    left = 1;
    every(500).start();
    await clock.advance(499);
    expect(left).toBe(1);
    await clock.advance(1);
    expect(left).toBe(0);
  });

  it('asks nothing once it is stopped', async () => {
    left = 1;
    loop.stop();
    await clock.advance(60_000);
    expect(sent).toEqual([]);
  });
});
