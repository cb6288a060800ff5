import { checkInput } from '../../libs/aws-api/src/validate.js';
import type { Member, StructureShape } from '../../libs/aws-api/src/model.js';
import { advertisedAttributes } from '../../apps/agent/src/advertised-attributes.js';
import { containerSpec } from '../../apps/agent/src/domain/container-spec.js';
import type { TaskDefinition } from '#lib/ecs/model';
import { taskNeeds } from '#lib/ecs/placement';
import { type EverythingWorld, inputOf } from './everything-world.js';
import { type Json, minimalOf, minimalValue, requiredOf, SOUND } from './minimal-inputs.js';

/** Things that are there, things that are not, and things that are wrong: one of them should matter to whoever reads a member. */
const TEXTS = [
  'none',
  'CPU',
  'web',
  'side',
  'default',
  'other',
  'site',
  'me',
  '1',
  '2 GB',
  '512',
  '/x',
  'attribute:stack == prod',
  'enabled',
  'x y',
  'é',
];
const NUMBERS = [1, 2, 0, -1, 64, 65_536, 2_000_000];

function candidates(member: Member): readonly unknown[] {
  const { shape, constraint } = member;
  switch (shape.kind) {
    case 'boolean':
      return [true, false];
    case 'integer':
    case 'long':
    case 'double':
      return NUMBERS;
    case 'string':
      return constraint?.enum ?? TEXTS;
    case 'list':
      return [
        ...candidates(shape.element).map((element) => [element]),
        [],
        Array.from({ length: 51 }, () => minimalValue(shape.element)),
      ];
    case 'map':
      return [{ key: 'value' }, {}];
    case 'structure':
    case 'union':
      return [
        minimalOf(shape),
        ...[...shape.members].map(([name, inner]) => ({ ...minimalOf(shape), [name]: minimalValue(inner) })),
      ];
    default:
      return [0, 'AAAA'];
  }
}

/** Digests are of everything that was given, read or not. */
const withoutDigests = (outcome: unknown): string =>
  JSON.stringify(outcome, (key, value: unknown) => (['digest', 'creationDigest', 'creation'].includes(key) ? undefined : value));

/** Read by the agent's task engine, beside what it creates containers from. */
const OF_THE_ENGINE = ['essential', 'dependsOn', 'restartPolicy', 'startTimeout', 'stopTimeout'] as const;

const ADVERTISED = new Set(
  advertisedAttributes({ cpuArchitecture: 'x86_64', logDrivers: ['json-file'] } as never, {
    availabilityZone: 'a',
    custom: {},
    hostAccess: 'all',
  }).map(({ name }) => name),
);

const SPEC_CONTEXT = {
  taskArn: 'task',
  clusterName: 'default',
  journalId: 'journal',
  instanceId: 'instance',
  hex: (part: string) => part,
  addresses: ['127.0.0.1'],
  fixedAddresses: ['127.0.0.1'],
  dynamicPorts: [50_000, 50_001],
};

/** What is made of a definition, where it is shown alone is no use: what it asks of an instance, and of the engine there. */
const madeOf = (definition: TaskDefinition) => ({
  requires: definition.requiresAttributes,
  needs: taskNeeds(definition),
  placementConstraints: definition.placementConstraints,
  compatibilities: definition.compatibilities,
  tags: definition.tags,
  containers: definition.containerDefinitions.map((container) => [
    containerSpec(container, definition as never, SPEC_CONTEXT),
    OF_THE_ENGINE.map((name) => container[name]),
  ]),
});

export interface Seen {
  /** `RunTask.overrides.containerOverrides[].command` */
  readonly path: string;
  /** `ContainerOverride.command` */
  readonly member: string;
  readonly matters: boolean;
}

/** Nothing else can be given. */
const isSettled = ({ required, constraint }: Member) => required || constraint?.enum?.length === 1;

/** Of each optional member of the operation's input, whether giving it makes any difference to what is done and answered. */
export function evidenceOf(world: EverythingWorld, operation: string): readonly Seen[] {
  const told = (input: unknown): string => {
    const checked = checkInput(inputOf(operation), input, 'InvalidParameterException');
    if ('rejection' in checked) return `refused: ${checked.rejection.message}`;
    const outcome = world.outcome(operation, checked.input);
    if (operation !== 'RegisterTaskDefinition' || 'rejection' in outcome) return withoutDigests(outcome);
    const [registered] = outcome.events as { data: TaskDefinition }[];
    const missing = registered!.data.requiresAttributes.filter(({ name }) => !ADVERTISED.has(name)).map(({ name }) => name);
    return missing.length > 0 ? `refused: no instance has ${missing.join(', ')}` : withoutDigests(madeOf(registered!.data));
  };
  const isRefused = (answer: string) => answer.startsWith('refused') || answer.includes('"rejection"');
  const seen: Seen[] = [];
  /** `put` makes the operation's input with `value` at the place that is looked at. */
  const visit = (
    shape: StructureShape,
    value: Json,
    put: (value: Json) => unknown,
    path: string,
    above: readonly string[],
  ): void => {
    for (const [name, member] of shape.members) {
      const at = `${path}.${name}`;
      const { [name]: own, ...others } = value;
      const without = told(put(others));
      const matters =
        isSettled(member) || candidates(member).some((candidate) => told(put({ ...others, [name]: candidate })) !== without);
      seen.push({ path: at, member: `${shape.name}.${name}`, matters });
      const list = member.shape.kind === 'list';
      const inner = member.shape.kind === 'list' ? member.shape.element.shape : member.shape;
      if (!('members' in inner) || above.includes(inner.name)) continue;
      const given = list ? (own as Json[] | undefined)?.[0] : (own as Json | undefined);
      const wrap = (within: Json) => put({ ...others, [name]: list ? [within] : within });
      const bases = (SOUND[inner.name] ?? [{}]).map((base) => ({ ...requiredOf(inner), ...base, ...given }));
      // Refused whatever is in it.
      const all = [bases[0]!, ...[...inner.members].map(([n, m]) => ({ ...bases[0], [n]: minimalValue(m) }))];
      if (!isRefused(without) && all.every((whole) => isRefused(told(wrap(whole))))) continue;
      for (const base of bases) visit(inner, base, wrap, `${at}${list ? '[]' : ''}`, [...above, inner.name]);
    }
  };
  const shape = inputOf(operation);
  visit(shape, { ...world.sound[operation] }, (value) => value, operation, [shape.name]);
  // A structure matters as soon as anything in it does; whatever mattered on one way to it, matters.
  const paths = new Set(seen.filter(({ matters }) => matters).map(({ path }) => path));
  const isIn = (path: string) =>
    [...paths].some((other) => other === path || other.replaceAll('[]', '').startsWith(`${path.replaceAll('[]', '')}.`));
  const once = new Map(seen.map((one) => [one.path, { ...one, matters: isIn(one.path) }]));
  return [...once.values()];
}
