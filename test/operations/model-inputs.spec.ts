import fc from 'fast-check';
import { checkInput, type Member, ServiceCatalog, type Shape, type StructureShape } from '../../libs/aws-api/src/index.js';
import { ecsCommands, ecsQueries } from '../../libs/domain/src/ecs-decider.js';
import { prepareRunTask, prepareStartTask } from '../../libs/domain/src/placement/run-task-input.js';
import { type QueryRule, refusable } from '../../libs/domain/src/rules/handler.js';
import { ACCOUNT, RegistryWorld, REGION } from '../support/registry-world.js';

/**
 * Whatever input ECS's model allows is done or refused, never a crash (a 500), and puts nothing into the ledger that is no
 * number. Inputs are drawn from the model itself, so a new operation is tested as soon as it has a handler.
 */
const ecs = new ServiceCatalog().named('ecs')!;
const INSTANCE = 'a'.repeat(32);
const definition = { family: 'web', containerDefinitions: [{ name: 'web', image: 'web', memory: 64 }] };

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
const ARNS = RESOURCES.map((resource) => `arn:aws:ecs:${REGION}:${ACCOUNT}:${resource}`);
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

/** What has to be right for anything to happen at all, put over half of the inputs. */
const SOUND: Readonly<Record<string, (input: any) => object>> = {
  RegisterTaskDefinition: (input) => ({
    ...input,
    ...definition,
    containerDefinitions: [{ ...input.containerDefinitions[0], ...definition.containerDefinitions[0] }],
  }),
  RunTask: (input) => ({ ...input, taskDefinition: 'web', cluster: undefined }),
  StartTask: (input) => ({ ...input, taskDefinition: 'web', cluster: undefined, containerInstances: [INSTANCE] }),
};

function worldWithAnInstance(): RegistryWorld {
  const world = new RegistryWorld();
  const request = {
    cluster: 'default',
    resources: { cpu: 2048, memoryMiB: 4096, gpu: 0, portsTcp: [], portsUdp: [] },
    attributes: [],
    versionInfo: {},
    hostId: 'host-1',
  };
  world.ok('RegisterAgentInstance', { instanceId: INSTANCE, request }, { actor: 'health-monitor' });
  world.ok('RegisterTaskDefinition', definition);
  return world;
}

const scope = { accountId: ACCOUNT, region: REGION };
const caller = { ...scope, principal: `arn:aws:iam::${ACCOUNT}:root`, at: '2026-11-23T11:00:00.000Z' };

/** Throws what is neither an answer nor a refusal. */
function perform(world: RegistryWorld, name: string, input: object): void {
  if (name === 'RunTask' || name === 'StartTask') {
    const prepared = refusable(() =>
      name === 'RunTask'
        ? prepareRunTask(world.state, scope, input as never)
        : prepareStartTask(world.state, scope, input as never),
    );
    if (!('ok' in prepared)) return;
    const { cpu, memoryMiB, gpu } = prepared.ok.need;
    for (const amount of [cpu, memoryMiB, gpu]) expect(Number.isInteger(amount) && amount >= 0).toBe(true);
    return;
  }
  if (name in ecsQueries) refusable(() => (ecsQueries[name] as QueryRule<object>)(world.state, input, caller as never));
  else world.run(name, input);
}

const operations = ecs
  .operationNames()
  .filter((name) => name in ecsQueries || name in ecsCommands || name === 'RunTask' || name === 'StartTask');

it.each(operations)('%s is done or refused', (name) => {
  const { input: shape } = ecs.operation(name)!;
  const inputs = fc.tuple(structureOf(shape, 0), fc.boolean());
  fc.assert(
    fc.property(inputs, ([drawn, sound]) => {
      const raw = sound && SOUND[name] ? SOUND[name](drawn) : drawn;
      const checked = checkInput(shape, raw, ecs.validationErrorCode);
      if ('input' in checked) perform(worldWithAnInstance(), name, checked.input);
    }),
    { numRuns: 500, seed: 20261123 },
  );
});
