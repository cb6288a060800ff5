import fc from 'fast-check';
import { checkInput } from '../../libs/aws-api/src/validate.js';
import type { Member, Shape, StructureShape } from '../../libs/aws-api/src/model.js';

import { modelledErrors } from '../support/modelled-errors.js';
import { EverythingWorld, inputOf, operations } from './everything-world.js';

/**
 * Whatever input ECS's model allows is done or refused with an error that the model lists, never a crash (a 500), and puts nothing
 * into the ledger that is no number. Inputs are drawn from the model itself, so a new operation is tested as soon as it has a handler.
 */
const INSTANCE = '1'.repeat(32);

const AMOUNTS = ['0', '-1', '1', '1.5', '1e9', 'NaN', '512', '1 vCPU', '0.5 GB', '80-90', '90-80'];
const ODD = [
  '',
  ' ',
  'é',
  '💥',
  '\u0000',
  '\ud800',
  'x'.repeat(300),
  '__proto__',
  'constructor',
  ':',
  '/',
  'arn:',
  'arn:aws:ecs:::',
];
const NAMES = [
  'web',
  'web:1',
  'web:0',
  'default',
  'other',
  INSTANCE,
  'GPU',
  'CPU',
  'PORTS',
  'CMD',
  'memory',
  'instanceId',
  'enabled',
];
const RESOURCES = [
  'cluster/default',
  'task-definition/web:1',
  `container-instance/default/${INSTANCE}`,
  `task/default/${INSTANCE}`,
];
const ARNS = RESOURCES.map((resource) => `arn:aws:ecs:us-east-1:000000000000:${resource}`);
const WORDS = [AMOUNTS, ODD, NAMES, ARNS, ['attribute:stack == prod', 'not', 'containerInsights']].flat();
const NUMBERS = [0, 1, -1, 2, 6, 10, 64, 100, 1024, 65_535, 65_536, 2 ** 31 - 1, -(2 ** 31)];

function valueOf(member: Member, depth: number): fc.Arbitrary<unknown> {
  const { shape, constraint } = member;
  if (shape.kind === 'string' && constraint?.enum) return fc.constantFrom(...constraint.enum, 'none of them');
  return ofShape(shape, depth);
}

function ofShape(shape: Shape, depth: number): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case 'structure':
    case 'union':
      return structureOf(shape, depth);
    case 'list':
      return fc.array(valueOf(shape.element, depth + 1), { maxLength: depth > 3 ? 1 : 3 });
    case 'map':
      return fc.dictionary(fc.constantFrom(...WORDS), valueOf(shape.value, depth + 1), { maxKeys: 2 });
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'long':
      return fc.constantFrom(...NUMBERS);
    case 'double':
      return fc.constantFrom(...NUMBERS, 0.5);
    case 'timestamp':
      return fc.constantFrom(0, 1e9);
    case 'blob':
      return fc.constant('AAAA');
    case 'string':
    case 'document':
      return fc.constantFrom(...WORDS);
  }
}

/** Of the optional members a few: inputs with everything in them are refused for the first thing that is wrong. */
function structureOf(shape: StructureShape, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const members = [...shape.members];
  const optional = members.filter(([, member]) => !member.required).map(([name]) => name);
  const required = members.filter(([, member]) => member.required).map(([name]) => name);
  return fc.subarray(optional, { maxLength: Math.min(optional.length, 2) }).chain((chosen) => {
    const of = (name: string) => [name, valueOf(shape.members.get(name)!, depth + 1)] as const;
    return fc.record(Object.fromEntries([...required, ...chosen].map(of)));
  });
}

const world = new EverythingWorld();

/** Names things that are there, or nothing at all would ever be done; the drawn container keeps what is odd about it. */
function soundInput(name: string, drawn: Record<string, any>): object {
  const sound = { ...drawn, ...world.sound[name] };
  if (name !== 'RegisterTaskDefinition') return sound;
  const [container] = world.sound[name]!.containerDefinitions as [object];
  return { ...sound, containerDefinitions: [{ ...drawn.containerDefinitions[0], ...container }] };
}

it.each(operations)('%s is done or refused', (name) => {
  const shape = inputOf(name);
  const errors = modelledErrors(name);
  const inputs = fc.tuple(structureOf(shape, 0), fc.boolean());
  fc.assert(
    fc.property(inputs, ([drawn, sound]) => {
      const raw = sound ? soundInput(name, drawn) : drawn;
      const checked = checkInput(shape, raw, 'InvalidParameterException');
      if (!('input' in checked)) return;
      const outcome = world.outcome(name, checked.input);
      if ('rejection' in outcome) expect(errors).toContain(outcome.rejection.code);
      const need = 'output' in outcome ? (outcome.output as { need?: Record<string, unknown> } | undefined)?.need : undefined;
      for (const amount of need ? [need.cpu, need.memoryMiB, need.gpu] : []) {
        expect(Number.isInteger(amount) && (amount as number) >= 0).toBe(true);
      }
    }),
    { numRuns: 500, seed: 20261123 },
  );
});
