import { afterEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { DueLoop } from './due-loop.js';

describe('DueLoop', () => {
  const clock = new VirtualClock();
  let isWriter = true;
  let again: string[] = [];
  let failure: Error | undefined;
  let rounds: (readonly string[])[] = [];
  let loop: DueLoop;

  const begin = (all: readonly string[] = [], mostAtOnce = 10) => {
    loop = new DueLoop({
      isWriter: () => isWriter,
      all: () => all,
      round: (due) => {
        rounds.push(due);
        const [thrown, left] = [failure, again];
        [failure, again] = [undefined, []];
        return thrown ? Promise.reject(thrown) : Promise.resolve(left);
      },
      slowPassMs: 10_000,
      mostAtOnce,
      failure: 'things were not brought up to date',
      clock,
      logger: silentLogger,
    });
    loop.start();
  };
  afterEach(async () => {
    const over = loop.stop();
    await clock.advance(1_000);
    await over;
    [isWriter, again, failure, rounds] = [true, [], undefined, []];
  });

  it('looks at all when it begins to write, and again after the slow pass', async () => {
    begin(['a', 'b']);
    await clock.advance(9_000);
    expect(rounds).toEqual([['a', 'b']]);
    await clock.advance(2_000);
    expect(rounds).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('looks at a shower of commits in one round, at once', async () => {
    begin();
    await clock.advance(1);
    loop.look(['a']);
    loop.look(['b', 'a']);
    await clock.advance(10);
    expect(rounds).toEqual([['a', 'b']]);
  });

  it('does nothing while another writes, and then looks at all', async () => {
    isWriter = false;
    begin(['a', 'b', 'c']);
    loop.look(['x']);
    await clock.advance(1_000);
    expect(rounds).toEqual([]);
    isWriter = true;
    await clock.advance(300);
    expect(rounds).toEqual([['a', 'b', 'c']]);
  });

  it('looks again, after a pause, at what did not get through, and at all when a round broke', async () => {
    begin(['a', 'b', 'c']);
    again = ['b'];
    await clock.advance(100);
    expect(rounds).toEqual([['a', 'b', 'c']]);
    failure = new Error('broken');
    await clock.advance(300);
    expect(rounds.slice(1)).toEqual([['b']]);
    await clock.advance(300);
    expect(rounds.slice(2)).toEqual([['a', 'b', 'c']]);
  });

  it('is done with some before it looks at more', async () => {
    begin(['a', 'b', 'c'], 2);
    await clock.advance(100);
    expect(rounds).toEqual([['a', 'b'], ['c']]);
  });
});
