import { EverythingWorld, inputOf, operations } from './everything-world.js';
import { wordlessAnswers } from './hostile.js';
import { EverythingBalanced } from './everything-balanced.js';

/** Agents are updated on their hosts. */
const REFUSED_EVEN_SO = ['UpdateContainerAgent'];

describe('ECS', () => {
  const world = new EverythingWorld();
  it.each(operations)('%s', (operation) => {
    const sound = world.sound[operation] ?? {};
    if (!REFUSED_EVEN_SO.includes(operation)) expect(world.outcome(operation, sound)).not.toHaveProperty('rejection');
    const answers = wordlessAnswers(inputOf(operation), sound, 'InvalidParameterException', (input) =>
      world.outcome(operation, input),
    );
    expect(answers).toEqual([]);
  });
});

describe('ELBv2', () => {
  const world = new EverythingBalanced();
  it.each(world.operations)('%s', (operation) => {
    const sound = world.sound[operation] ?? {};
    if (operation !== 'GetResourcePolicy') expect(world.outcome(operation, sound)).not.toHaveProperty('rejection');
    const answers = wordlessAnswers(world.inputOf(operation), sound, 'ValidationError', (input) =>
      world.outcome(operation, input),
    );
    expect(answers).toEqual([]);
  });
});
