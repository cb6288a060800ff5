import fc from 'fast-check';
import { checkInput } from '../../libs/aws-api/src/validate.js';
import type { Member, StructureShape } from '../../libs/aws-api/src/model.js';
import { ServiceCatalog } from '../../libs/aws-api/src/service-catalog.js';
import { ADDED_BY_ECS, fullDefinition } from '../support/full-definition.js';
import { RegistryWorld } from '../support/registry-world.js';

/**
 * What describe-task-definition once gave can be registered again, as it is and as exports and templates write it: with the members
 * that ECS added, with null, "" or [] for what was not set. It stays the same definition.
 */
const ecs = new ServiceCatalog().named('ecs')!;
const { input: shape } = ecs.operation('RegisterTaskDefinition')!;
type Json = Record<string, unknown>;

function register(world: RegistryWorld, raw: unknown): Json {
  const checked = checkInput(shape, raw, ecs.validationErrorCode);
  if ('rejection' in checked) throw new Error(checked.rejection.message);
  // A key per request, as JSON has it: nothing undefined.
  return JSON.parse(JSON.stringify(world.ok('RegisterTaskDefinition', checked.input).taskDefinition)) as Json;
}

const [web, side] = fullDefinition.containerDefinitions as unknown as [Json, Json];
const NEEDED = new Set(['name', 'image', 'memory', 'family', 'containerDefinitions', 'essential']);

/** Some of the members of `whole`; what they need (volumes, other members) is always there. */
function someOf(whole: Json, always: ReadonlySet<string>): fc.Arbitrary<Json> {
  const optional = Object.keys(whole).filter((name) => !always.has(name));
  return fc
    .subarray(optional)
    .map((chosen) => Object.fromEntries(Object.entries(whole).filter(([name]) => always.has(name) || chosen.includes(name))));
}

const definitions = fc
  .tuple(someOf(fullDefinition, new Set([...NEEDED, 'volumes', 'memory', 'networkMode', 'cpu'])), someOf(web, NEEDED))
  .map(([task, container]) => ({ ...task, containerDefinitions: [container, side] }));

const nothingOf = ({ shape: { kind } }: Member): readonly unknown[] => {
  if (kind === 'string') return [undefined, null, ''];
  return kind === 'list' ? [undefined, null, []] : [undefined, null];
};

/** The value as an export writes it: `pick` says which kind of nothing stands for each member that is not set. */
function exported(of: StructureShape, value: Json, pick: () => number): Json {
  const written: Json = { ...value };
  for (const [name, member] of of.members) {
    const inner = value[name];
    if (inner === undefined) {
      const choices = member.required || !NOTHING_IS_NOTHING(of, name) ? [undefined] : nothingOf(member);
      written[name] = choices[pick() % choices.length];
    } else if ('members' in member.shape) written[name] = exported(member.shape, inner as Json, pick);
    else if (member.shape.kind === 'list' && 'members' in member.shape.element.shape) {
      const element = member.shape.element.shape;
      written[name] = (inner as Json[]).map((each) => exported(element, each, pick));
    }
  }
  return JSON.parse(JSON.stringify(written)) as Json;
}

/** ECS refuses a blank source path, and an empty sysctl value is one. */
const NOTHING_IS_NOTHING = (of: StructureShape, member: string) =>
  !['HostVolumeProperties.sourcePath', 'SystemControl.value', 'KeyValuePair.value'].includes(`${of.name}.${member}`);

/** Without lists and structures that have nothing in them. */
function substance(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(substance);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, inner]) => [name, substance(inner)] as const);
  return Object.fromEntries(members.filter(([, inner]) => !(Array.isArray(inner) && inner.length === 0)));
}

const content = (definition: Json) =>
  substance(Object.fromEntries(Object.entries(definition).filter(([name]) => !ADDED_BY_ECS.includes(name as never))));

it('a definition is the same after it was exported and registered again', () => {
  fc.assert(
    fc.property(definitions, fc.infiniteStream(fc.nat(2)), (definition, nothings) => {
      const world = new RegistryWorld();
      const first = register(world, definition);
      expect(content(first)).toMatchObject(substance(definition) as Json);
      const copy = exported(shape, first, () => nothings.next().value as number);
      const again = register(world, { ...copy, tags: copy.tags ?? [] });
      expect(content(again)).toEqual(content(first));
      expect(again.requiresAttributes).toEqual(first.requiresAttributes);
    }),
    { numRuns: 300 },
  );
});
