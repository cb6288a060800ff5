import { EverythingWorld, inputOf, operations } from './everything-world.js';
import { answersTo, wordless } from './hostile.js';
import { EverythingDiscovered } from './everything-discovered.js';
import { modelledErrors } from '../support/modelled-errors.js';
import { codeOf, EverythingBalanced } from './everything-balanced.js';

/** Agents are updated on their hosts. */
const REFUSED_EVEN_SO = ['UpdateContainerAgent'];

describe('ECS', () => {
  const world = new EverythingWorld();
  it.each(operations)('%s', (operation) => {
    const sound = world.sound[operation] ?? {};
    if (!REFUSED_EVEN_SO.includes(operation)) expect(world.outcome(operation, sound)).not.toHaveProperty('rejection');
    const answers = answersTo(inputOf(operation), sound, 'InvalidParameterException', (input) => world.outcome(operation, input));
    expect(wordless(answers)).toEqual([]);
  });
});

/** Of the whole service, not of the operation: the front door's, and that of tags wherever some are given. */
const GENERAL = ['ValidationError', 'SerializationException', 'UnsupportedOperation', 'DuplicateTagKeys'];

describe('ELBv2', () => {
  const world = new EverythingBalanced();
  const permitted = (operation: string) =>
    new Set([
      ...GENERAL,
      ...[...modelledErrors(operation, '@aws-sdk/client-elastic-load-balancing-v2')].map((shape) => codeOf(shape)),
    ]);
  it.each(world.operations)('%s', (operation) => {
    const sound = world.sound[operation] ?? {};
    if (operation !== 'GetResourcePolicy') expect(world.outcome(operation, sound)).not.toHaveProperty('rejection');
    const answers = answersTo(world.inputOf(operation), sound, 'ValidationError', (input) => world.outcome(operation, input));
    const all = [...answers];
    expect(wordless(all)).toEqual([]);
    // A class that the model does not list is one that no client's code has a branch for.
    const codes = new Set(all.flatMap((answer) => ('rejection' in answer ? [answer.rejection.code] : [])));
    expect([...codes].filter((code) => !permitted(operation).has(code))).toEqual([]);
  });
});

describe('Cloud Map', () => {
  const world = new EverythingDiscovered();
  it.each(world.operations)('%s', (operation) => {
    const sound = world.sound[operation] ?? {};
    expect(world.outcome(operation, sound)).not.toHaveProperty('rejection');
    const all = [...answersTo(world.inputOf(operation), sound, 'InvalidInput', (input) => world.outcome(operation, input))];
    expect(wordless(all)).toEqual([]);
    const codes = new Set(all.flatMap((answer) => ('rejection' in answer ? [answer.rejection.code] : [])));
    const permitted = new Set([
      'InvalidInput',
      'SerializationException',
      ...modelledErrors(operation, '@aws-sdk/client-servicediscovery'),
    ]);
    expect([...codes].filter((code) => !permitted.has(code))).toEqual([]);
  });
});
