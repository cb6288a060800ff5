import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { Periodic } from './periodic.js';

function given(first: 'at-once' | 'after-interval', roundMs = 0) {
  const clock = new VirtualClock();
  const rounds: number[] = [];
  const round = async () => {
    rounds.push(clock.monotonicMs());
    await clock.sleep(roundMs);
  };
  return { clock, rounds, periodic: new Periodic(clock, 10, round, { first }) };
}

describe('something periodic', () => {
  it.each([
    ['at-once', [0, 10, 20]],
    ['after-interval', [10, 20]],
  ] as const)('begins %s', async (first, expected) => {
    const { clock, rounds, periodic } = given(first);
    periodic.start();
    await clock.advance(25);
    periodic.stop();
    await clock.advance(100);
    expect(rounds).toEqual(expected);
  });

  it('never has two rounds at a time', async () => {
    const { clock, rounds, periodic } = given('at-once', 35);
    periodic.start();
    await clock.advance(100);
    periodic.stop();
    expect(rounds).toEqual([0, 45, 90]);
  });

  it('begins anew when it is started again', async () => {
    const { clock, rounds, periodic } = given('after-interval');
    periodic.start();
    await clock.advance(5);
    periodic.start();
    await clock.advance(12);
    periodic.stop();
    expect(rounds).toEqual([15]);
  });
});
