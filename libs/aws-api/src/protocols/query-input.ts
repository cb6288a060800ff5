import type { Member, Shape, StructureShape } from '../model.js';

/**
 * The form of the AWS Query protocol: `Tags.member.1.Key=a` is a path into the input. The parameters become a tree first, which the
 * operation's shapes then read; what no shape asks for is dropped.
 */
export interface ParameterTree {
  value?: string;
  readonly children: Map<string, ParameterTree>;
}

const MAX_PARAMETERS = 20_000;
const MAX_DEPTH = 32;

/** Undefined when the form has more parameters, or deeper ones, than any real request. */
export function parameterTree(form: URLSearchParams): ParameterTree | undefined {
  const root: ParameterTree = { children: new Map() };
  let count = 0;
  for (const [name, value] of form) {
    const steps = name.split('.', MAX_DEPTH + 1);
    if (++count > MAX_PARAMETERS || steps.length > MAX_DEPTH) return undefined;
    let node = root;
    for (const step of steps) {
      let child = node.children.get(step);
      if (!child) node.children.set(step, (child = { children: new Map() }));
      node = child;
    }
    node.value = value;
  }
  return root;
}

/** What members are called in a form, and whether lists are numbered without a word between. */
export interface InputNames {
  of(member: Member): string;
  readonly flattensLists: boolean;
}

const queryNames: InputNames = { of: ({ wireName }) => wireName, flattensLists: false };
export const ec2Names: InputNames = { of: ({ wireName, queryName = wireName }) => queryName, flattensLists: true };

/** The plain value that `shape` reads from `tree`; scalars that cannot be read stay text, for the type check to name them. */
export function readStructure(shape: StructureShape, tree: ParameterTree, names = queryNames): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const [name, member] of shape.members) {
    const child = tree.children.get(names.of(member));
    if (child) input[name] = readMember(member, child, names);
  }
  return input;
}

function readMember(member: Member, tree: ParameterTree, names: InputNames): unknown {
  const { shape } = member;
  if (shape.kind === 'list') {
    const list =
      member.flattened || names.flattensLists ? tree : (tree.children.get(shape.element.wireName) ?? tree.children.get('member'));
    return indexed(list).map((element) => readMember(shape.element, element, names));
  }
  if (shape.kind === 'map') {
    const entries = indexed(member.flattened ? tree : tree.children.get('entry'));
    return Object.fromEntries(
      entries.map((entry) => {
        const value = entry.children.get(shape.value.wireName);
        return [entry.children.get(shape.key.wireName)?.value ?? '', value && readMember(shape.value, value, names)];
      }),
    );
  }
  return shape.kind === 'structure' || shape.kind === 'union'
    ? readStructure(shape, tree, names)
    : scalar(shape, tree.value ?? '');
}

/** Elements in the order of their numbers, which need not be dense. */
function indexed(tree: ParameterTree | undefined): ParameterTree[] {
  return [...(tree?.children ?? [])]
    .filter(([index]) => /^\d{1,9}$/.test(index))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);
}

/** Text as what the shape says that it is, or as it was. */
export function scalar(shape: Shape, given: string): unknown {
  switch (shape.kind) {
    case 'integer':
    case 'long':
    case 'double':
      return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(given) ? Number(given) : given;
    case 'boolean':
      return given === 'true' ? true : given === 'false' ? false : given;
    default:
      return given;
  }
}
