import fc from 'fast-check';
import { comparePositions, type Position, formatPosition, parsePosition } from './position.js';

const positions = fc.record(
  { revision: fc.nat({ max: 1e9 }), index: fc.nat({ max: 5_000 }) },
  { requiredKeys: ['revision'] },
) as fc.Arbitrary<Position>;

describe('a place in the stream of public events', () => {
  it('is read as it was written', () =>
    fc.assert(
      fc.property(positions, (position) => expect(parsePosition('ecs', formatPosition('ecs', position))).toEqual(position)),
    ));

  it.each(['', 'ecs:', 'ecs:1.', 'ecs:1.x', 'scaling:1.0', 'ecs:-1.0', 'ecs:1.0 ', '48213.3'])('is not %j', (text) =>
    expect(parsePosition('ecs', text)).toBeUndefined(),
  );

  it('comes behind every event of its revision when it names none, and before the next revision', () => {
    const inOrder = ['ecs:4', 'ecs:5.0', 'ecs:5.1', 'ecs:5.10', 'ecs:5', 'ecs:6.0'].map((text) => parsePosition('ecs', text)!);
    expect([...inOrder].reverse().sort(comparePositions)).toEqual(inOrder);
  });

  it('is ordered totally', () =>
    fc.assert(
      fc.property(positions, positions, (a, b) => {
        expect(Math.sign(comparePositions(a, b))).toBe(-Math.sign(comparePositions(b, a)) + 0);
        expect(comparePositions(a, b) === 0).toBe(formatPosition('ecs', a) === formatPosition('ecs', b));
      }),
    ));
});
