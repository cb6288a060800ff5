import { EverythingWorld, inputOf, operations } from './everything-world.js';
import { answersTo, brokenLimits, wordless } from './hostile.js';
import { EverythingDiscovered } from './everything-discovered.js';
import { EverythingScaled } from './everything-scaled.js';
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

/** What AWS answers beside what its model lists for the operation, and what the service answers to any input that the model forbids. */
const SCALING = {
  monitoring: {
    client: '@aws-sdk/client-cloudwatch',
    invalid: 'ValidationException',
    more: {
      // The model lists these for metrics only; alarms are told so, too: moto's InvalidParameterValue of PutMetricAlarm is AWS's.
      PutMetricAlarm: ['InvalidParameterValueException', 'InvalidParameterCombinationException'],
      DescribeAlarms: ['InvalidParameterCombinationException'],
      // As its documentation has it; newer models have lost it.
      DeleteDashboards: ['DashboardNotFoundError'],
    },
  },
  'application-autoscaling': {
    client: '@aws-sdk/client-application-auto-scaling',
    invalid: 'ValidationException',
    more: {},
  },
  autoscaling: { client: '@aws-sdk/client-auto-scaling', invalid: 'ValidationError', more: {} },
} as const;

describe.each(Object.entries(SCALING))('%s', (service, { client, invalid, more }) => {
  const world = new EverythingScaled();
  const added: Readonly<Record<string, readonly string[]>> = more;

  it.each(EverythingScaled.situations(service))('%s, with input %i', (operation, index) => {
    const sound = world.sound[service]![operation]?.[index] ?? {};
    const outcome = (input: Readonly<Record<string, unknown>>) => world.outcome(service, operation, input);
    expect(outcome(sound)).not.toHaveProperty('rejection');
    const shape = world.inputOf(service, operation);
    const all = [...answersTo(shape, sound, invalid, outcome)];
    expect(wordless(all)).toEqual([]);
    const codes = new Set(all.flatMap((answer) => ('rejection' in answer ? [answer.rejection.code] : [])));
    const permitted = new Set([
      invalid,
      'SerializationException',
      ...modelledErrors(operation, client),
      ...(added[operation] ?? []),
    ]);
    expect([...codes].filter((code) => !permitted.has(code))).toEqual([]);
    expect(brokenLimits(shape, sound, invalid, outcome)).toEqual([]);
  });
});
