import fc from 'fast-check';
import { compareEventPositions, type EventPosition, formatEventPosition, parseEventPosition } from './position.js';

const positions = fc.record(
  { revision: fc.nat({ max: 1e9 }), index: fc.nat({ max: 5_000 }) },
  { requiredKeys: ['revision'] },
) as fc.Arbitrary<EventPosition>;

describe('a place in the stream of public events', () => {
  it('is read as it was written', () =>
    fc.assert(fc.property(positions, (position) => expect(parseEventPosition(formatEventPosition(position))).toEqual(position))));

  it.each(['', 'ecs:', 'ecs:1.', 'ecs:1.x', 'scaling:1.0', 'ecs:-1.0', 'ecs:1.0 ', '48213.3'])('is not %j', (text) =>
    expect(parseEventPosition(text)).toBeUndefined(),
  );

  it('comes behind every event of its revision when it names none, and before the next revision', () => {
    const inOrder = ['ecs:4', 'ecs:5.0', 'ecs:5.1', 'ecs:5.10', 'ecs:5', 'ecs:6.0'].map((text) => parseEventPosition(text)!);
    expect([...inOrder].reverse().sort(compareEventPositions)).toEqual(inOrder);
  });

  it('is ordered totally', () =>
    fc.assert(
      fc.property(positions, positions, (a, b) => {
        expect(Math.sign(compareEventPositions(a, b))).toBe(-Math.sign(compareEventPositions(b, a)) + 0);
        expect(compareEventPositions(a, b) === 0).toBe(formatEventPosition(a) === formatEventPosition(b));
      }),
    ));
});
