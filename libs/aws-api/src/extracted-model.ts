import type { Constraints } from './constraints.js';
import type { Member, OperationModel, ServiceModel, Shape, StructureShape } from './model.js';

/** A service's shapes as they were taken out of its client (test/tools/extract-ec2-model.ts), for a client too large to load. */
export interface ExtractedModel {
  /** Operation → the structures that are its input and its output. */
  readonly operations: Readonly<Record<string, readonly [input: string, output: string]>>;
  readonly structures: Readonly<Record<string, Readonly<Record<string, ExtractedMember>>>>;
}

export type ExtractedShape =
  | { readonly is: 'string' | 'boolean' | 'timestamp' | 'integer' }
  | { readonly is: 'structure'; readonly of: string }
  | { readonly is: 'list'; readonly each: ExtractedMember };

/** `xml` and `query` are its names in answers and in forms, where they are not the member's own. */
export type ExtractedMember = ExtractedShape & { readonly xml?: string; readonly query?: string };

type Named = Pick<
  ServiceModel,
  'service' | 'targetPrefix' | 'version' | 'xmlNamespace' | 'protocols' | 'versionsOfOthers' | 'validationErrorCode'
>;

/** What is required the service itself says, in EC2's words (`MissingParameter`). */
export function extractedServiceModel(
  named: Named,
  { operations, structures }: ExtractedModel,
  limits: Constraints,
): ServiceModel {
  const built = new Map<string, StructureShape>();
  const structure = (name: string): StructureShape => {
    const known = built.get(name);
    if (known) return known;
    const members = new Map<string, Member>();
    const shape: StructureShape = { kind: 'structure', name, members };
    // Before its members, because a structure may contain itself.
    built.set(name, shape);
    for (const [memberName, member] of Object.entries(structures[name]!)) {
      const { required: _required, ...constraint } = limits[name]?.[memberName] ?? {};
      const limited = Object.keys(constraint).length > 0 ? { constraint } : {};
      members.set(memberName, { ...memberOf(member, memberName), ...limited });
    }
    return shape;
  };
  const memberOf = (member: ExtractedMember, name: string): Member => ({
    shape: shapeOf(member),
    wireName: member.xml ?? name,
    queryName: member.query ?? name,
    flattened: false,
    sensitive: false,
    required: false,
  });
  const shapeOf = (shape: ExtractedShape): Shape => {
    if (shape.is === 'structure') return structure(shape.of);
    if (shape.is === 'list') return { kind: 'list', element: memberOf(shape.each, 'item') };
    return { kind: shape.is };
  };
  const names = Object.keys(operations);
  return {
    ...named,
    operationNames: () => names,
    queryError: () => undefined,
    errorId: () => undefined,
    operation(name): OperationModel | undefined {
      const shapes = Object.hasOwn(operations, name) ? operations[name] : undefined;
      return shapes && { name, input: structure(shapes[0]), output: structure(shapes[1]) };
    },
  };
}
