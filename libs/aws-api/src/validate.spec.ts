import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ServiceCatalog } from './services.js';
import { checkInput } from './validate.js';

const catalog = new ServiceCatalog();
const check = (operation: string, raw: unknown, service = 'ecs') => {
  const model = catalog.named(service)!;
  return checkInput(model.operation(operation)!.input, raw, model.validationErrorCode);
};
const rejectionOf = (operation: string, raw: unknown) => {
  const checked = check(operation, raw);
  return 'rejection' in checked ? `${checked.rejection.code}: ${checked.rejection.message}` : 'accepted';
};

describe('what is accepted', () => {
  it('comes out as it went in', () => {
    const raw = { taskDefinition: 'web:1', count: 2, tags: [{ key: 'a', value: '' }], overrides: { cpu: '1' } };
    expect(check('RunTask', raw)).toEqual({ input: raw });
  });

  it('loses members that the model does not know, and nulls', () => {
    expect(check('RunTask', { taskDefinition: 'web:1', toString: 1, group: null, overrides: { nope: 1 } })).toEqual({
      input: { taskDefinition: 'web:1', overrides: {} },
    });
  });

  it('keeps any key of a map', () => {
    const dockerLabels = JSON.parse('{"__proto__":"a","constructor":"b"}') as object;
    const checked = check('RegisterTaskDefinition', { family: 'f', containerDefinitions: [{ dockerLabels }] });
    const [container] = (checked as { input: { containerDefinitions: [{ dockerLabels: object }] } }).input.containerDefinitions;
    expect(Object.entries(container.dockerLabels)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  it.each([
    [1795345375.886, '2026-11-22T11:02:55.886Z'],
    [0, '1970-01-01T00:00:00.000Z'],
    ['2026-11-22T11:02:55Z', '2026-11-22T11:02:55.000Z'],
  ])('has its instants as ISO-8601 with milliseconds: %p', (given, instant) => {
    const raw = { cluster: 'c', task: 't', status: 'RUNNING', executionStoppedAt: given };
    expect(check('SubmitTaskStateChange', raw)).toMatchObject({ input: { executionStoppedAt: instant } });
  });
});

describe('what cannot be decoded', () => {
  it.each([
    ['RunTask', { taskDefinition: 'a', count: '2' }, "STRING_VALUE can not be converted to an Integer at 'count'"],
    ['RunTask', { taskDefinition: 'a', count: 2.5 }, "DECIMAL_VALUE can not be converted to an Integer at 'count'"],
    ['RunTask', { taskDefinition: 'a', count: 2 ** 31 }, "NUMBER_VALUE can not be converted to an Integer at 'count'"],
    ['RunTask', { taskDefinition: 5 }, "NUMBER_VALUE can not be converted to a String at 'taskDefinition'"],
    ['RunTask', { taskDefinition: 'a', tags: {} }, "START_OBJECT can not be converted to a List at 'tags'"],
    ['RunTask', { taskDefinition: 'a', tags: ['x'] }, "STRING_VALUE can not be converted to a Structure at 'tags.1.member'"],
    ['RunTask', { taskDefinition: 'a', tags: [null] }, "NULL_VALUE can not be converted to a Structure at 'tags.1.member'"],
    [
      'RunTask',
      { taskDefinition: 'a', enableECSManagedTags: 'yes' },
      "STRING_VALUE can not be converted to a Boolean at 'enableECSManagedTags'",
    ],
    ['RunTask', [], 'START_ARRAY can not be converted to a Structure'],
    ['RunTask', null, 'NULL_VALUE can not be converted to a Structure'],
    [
      'SubmitTaskStateChange',
      { executionStoppedAt: 1e300 },
      "NUMBER_VALUE can not be converted to a Timestamp at 'executionStoppedAt'",
    ],
  ])('%s %j', (operation, raw, message) => {
    expect(rejectionOf(operation, raw)).toBe(`SerializationException: ${message}`);
  });
});

describe('what the model forbids', () => {
  const ECS = 'InvalidParameterException';
  it.each([
    [
      'RunTask',
      {},
      "1 validation error detected: Value null at 'taskDefinition' failed to satisfy constraint: Member must not be null",
    ],
    [
      'RunTask',
      { taskDefinition: 'a', propagateTags: 'MOON' },
      "1 validation error detected: Value 'MOON' at 'propagateTags' failed to satisfy constraint: Member must satisfy enum value set: [TASK_DEFINITION, SERVICE, NONE]",
    ],
    [
      'RunTask',
      { taskDefinition: 'a', tags: [{ key: '', value: 'v'.repeat(257) }] },
      `2 validation errors detected: Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '${'v'.repeat(256)}…' at 'tags.1.member.value' failed to satisfy constraint: Member must have length less than or equal to 256`,
    ],
    [
      'CreateCluster',
      { tags: Array.from({ length: 51 }, (_, i) => ({ key: `k${i}` })) },
      "1 validation error detected: Value '[51 elements]' at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50",
    ],
    [
      'RunTask',
      { taskDefinition: 'a', capacityProviderStrategy: [{ capacityProvider: 'p', weight: 1001 }] },
      "1 validation error detected: Value '1001' at 'capacityProviderStrategy.1.member.weight' failed to satisfy constraint: Member must have value less than or equal to 1000",
    ],
  ])('%s %j', (operation, raw, message) => expect(rejectionOf(operation, raw)).toBe(`${ECS}: ${message}`));

  it('is said in twenty sentences at most', () => {
    const containerDefinitions = Array.from({ length: 100 }, () => ({ portMappings: [{ protocol: 'x' }] }));
    expect(rejectionOf('RegisterTaskDefinition', { family: 'f', containerDefinitions })).toContain(
      '20 validation errors detected',
    );
  });

  it('has the code that the service has for it', () => {
    const checked = check('DeleteAccessKey', {}, 'longshore');
    expect(checked).toMatchObject({ rejection: { code: 'ValidationException', status: 400 } });
  });
});

it('answers anything at all with an input or a rejection', () => {
  fc.assert(
    fc.property(fc.constantFrom(...catalog.named('ecs')!.operationNames()), fc.jsonValue(), (operation, raw) => {
      const checked = check(operation, raw);
      expect('input' in checked || checked.rejection.status === 400).toBe(true);
    }),
    { numRuns: 500 },
  );
});
