import { NormalizedSchema } from '@smithy/core/schema';
import type { Constraints } from './constraints.js';
import type { Constraint, InputErrors, Member, OperationModel, ServiceModel, Shape, StructureShape } from './model.js';

/**
 * The schemas that the AWS SDK's clients export (`RunTask$`, `ClusterNotFoundException$`, …) as a `ServiceModel`. The only file
 * that knows the SDK. Shapes are converted once, when an operation is first called: a gateway needs a few of a service's hundreds.
 */
export interface SmithyService {
  readonly service: string;
  readonly targetPrefix: string;
  readonly version: string;
  readonly xmlNamespace: string;
  readonly protocols: readonly ('json' | 'query' | 'rest-xml' | 'rest-json')[];
  readonly versionsOfOthers?: readonly string[];
  readonly takesLargeBodies?: boolean;
  readonly validationErrorCode: string;
  readonly notFiniteErrorCode?: string;
  readonly violationSentence?: ServiceModel['violationSentence'];
  readonly inputErrorsOf?: Readonly<Record<string, InputErrors>>;
  /** The namespace object of the client's package. */
  readonly exported: Readonly<Record<string, unknown>>;
  readonly constraints: Constraints;
  /** `Structure.member` of every enum that the service itself checks, in words of its own that clients know. */
  readonly enumsOfTheService: readonly string[];
  /** `Structure.member` → limits on top of `constraints`. */
  readonly documentedLimits?: Readonly<Record<string, Constraint>>;
  /** What the service says to a value outside of an enum, where that is not AWS's general sentence. */
  readonly enumSentence?: (structure: string, member: string, permitted: readonly string[]) => string;
  /** What the service says to an empty string in a required member. */
  readonly emptySentence?: (structure: string, member: string) => string | undefined;
  /** Where an empty string means "not given", asked of optional string members and of the elements of lists. */
  readonly emptyIsAbsent?: (path: string, place: 'member' | 'element') => boolean;
  /** `Structure.member` of every number that may have a fraction: the schemas call all numbers alike. */
  readonly doubles: readonly string[];
  /** `Structure.member` of every whole number beyond 32 bits. */
  readonly longs: readonly string[];
}

/** Positions in the SDK's static schemas (`@smithy/types`, schema/static-schemas): [kind, namespace, name, traits, …]. */
const OPERATION = 9;
const ERROR = -3;

export function smithyServiceModel(source: SmithyService): ServiceModel {
  const operations = new Map<string, readonly unknown[]>();
  const queryErrors = new Map<string, { code: string; status: number }>();
  const errorIds = new Map<string, string>();
  for (const schema of Object.values(source.exported)) {
    if (!Array.isArray(schema)) continue;
    const [kind, namespace, name] = schema as [number, string, string];
    if (kind === OPERATION) operations.set(name, schema);
    if (kind === ERROR) {
      const known = NormalizedSchema.of(schema as never).getMergedTraits() as { awsQueryError?: [string, number] };
      errorIds.set(name, `${namespace}#${name}`);
      if (known.awsQueryError) queryErrors.set(name, { code: known.awsQueryError[0], status: known.awsQueryError[1] });
    }
  }
  const converter = new ShapeConverter(source);
  const converted = new Map<string, OperationModel>();
  const names = [...operations.keys()].sort();
  return {
    service: source.service,
    targetPrefix: source.targetPrefix,
    version: source.version,
    xmlNamespace: source.xmlNamespace,
    protocols: source.protocols,
    takesLargeBodies: source.takesLargeBodies,
    ...(source.versionsOfOthers ? { versionsOfOthers: source.versionsOfOthers } : {}),
    validationErrorCode: source.validationErrorCode,
    ...(source.notFiniteErrorCode ? { notFiniteErrorCode: source.notFiniteErrorCode } : {}),
    ...(source.violationSentence ? { violationSentence: source.violationSentence } : {}),
    operationNames: () => names,
    queryError: (shapeName) => queryErrors.get(shapeName),
    errorId: (shapeName) => errorIds.get(shapeName),
    ...(source.inputErrorsOf ? { inputErrorsOf: source.inputErrorsOf } : {}),
    operation: (name) => {
      const known = converted.get(name);
      if (known) return known;
      const schema = operations.get(name);
      if (!schema) return undefined;
      const eventStream = eventStreamOf(schema[5]);
      const [input, output] = [converter.structureOf(schema[4]), converter.structureOf(schema[5])];
      const http = httpOf(schema);
      const operation: OperationModel = {
        name,
        input,
        output,
        ...(eventStream === undefined ? {} : { eventStream }),
        ...(http ? { http } : {}),
      };
      converted.set(name, operation);
      return operation;
    },
  };
}

/** Where REST finds an operation. */
function httpOf(schema: readonly unknown[]): OperationModel['http'] {
  const { http } = (typeof schema[3] === 'object' ? schema[3] : {}) as { http?: [string, string, number] };
  return http && { method: http[0], path: http[1], status: http[2] };
}

/** The member of an answer that is a stream of events. */
function eventStreamOf(reference: unknown): string | undefined {
  const schema = NormalizedSchema.of(reference as never);
  if (!schema.isStructSchema()) return undefined;
  for (const [name, member] of schema.structIterator()) if (member.isStreaming() && member.isUnionSchema()) return name;
  return undefined;
}

const EMPTY: StructureShape = { kind: 'structure', name: 'Unit', members: new Map() };

class ShapeConverter {
  private readonly structures = new Map<string, StructureShape>();
  private readonly doubles: ReadonlySet<string>;
  private readonly longs: ReadonlySet<string>;
  private readonly enumsOfTheService: ReadonlySet<string>;

  constructor(private readonly source: SmithyService) {
    this.doubles = new Set(source.doubles);
    this.longs = new Set(source.longs);
    this.enumsOfTheService = new Set(source.enumsOfTheService);
  }

  structureOf(reference: unknown): StructureShape {
    const schema = NormalizedSchema.of(reference as never);
    return schema.isUnitSchema() ? EMPTY : this.structure(schema);
  }

  private structure(schema: NormalizedSchema): StructureShape {
    const qualifiedName = schema.getName(true)!;
    const known = this.structures.get(qualifiedName);
    if (known) return known;
    const members = new Map<string, Member>();
    const name = schema.getName() ?? qualifiedName;
    const shape: StructureShape = { kind: schema.isUnionSchema() ? 'union' : 'structure', name, members };
    // Before its members, because a structure may contain itself.
    this.structures.set(qualifiedName, shape);
    const requiredCount = requiredMembers(schema);
    const constraints = this.source.constraints[name] ?? {};
    let position = 0;
    for (const [memberName, memberSchema] of schema.structIterator()) {
      const path = `${name}.${memberName}`;
      const documented = this.source.documentedLimits?.[path];
      const constraint = documented ? { ...constraints[memberName], ...documented } : constraints[memberName];
      const required = position++ < requiredCount || constraint?.required === true;
      const member = this.member(memberSchema, memberName, path, required, this.withSentence(name, memberName, constraint));
      members.set(
        memberName,
        member.shape.kind === 'string' ? { ...member, ...this.ofEmptyStrings(name, memberName, member) } : member,
      );
    }
    return shape;
  }

  private ofEmptyStrings(structure: string, name: string, { required, constraint }: Member): Partial<Member> {
    const { emptyIsAbsent, emptySentence } = this.source;
    if (!required) return emptyIsAbsent?.(`${structure}.${name}`, 'member') ? { emptyIsAbsent: true } : {};
    const sentence = constraint?.enum ? undefined : emptySentence?.(structure, name);
    return sentence === undefined ? {} : { emptySentence: sentence };
  }

  private withSentence(structure: string, member: string, constraint: Constraint | undefined): Constraint | undefined {
    const { enumSentence } = this.source;
    if (!constraint || !enumSentence) return constraint;
    const told = (of: Constraint) =>
      of.enum ? { ...of, sentences: { ...of.sentences, enum: enumSentence(structure, member, of.enum) } } : of;
    return { ...told(constraint), ...(constraint.each ? { each: told(constraint.each) } : {}) };
  }

  private member(schema: NormalizedSchema, name: string, path: string, required: boolean, constraint?: Constraint): Member {
    const traits = schema.getMergedTraits() as { xmlFlattened?: unknown; sensitive?: unknown } & HttpTraits;
    const http = placeInHttp(traits);
    const memberTraits = schema.getMemberTraits() as { xmlName?: string };
    const { enum: _members, sentences: _sentences, ...others } = constraint ?? {};
    const limits = this.enumsOfTheService.has(path) ? others : constraint;
    return {
      shape: this.shape(schema, path, constraint?.each),
      wireName: memberTraits.xmlName ?? name,
      flattened: Boolean(traits.xmlFlattened),
      sensitive: Boolean(traits.sensitive),
      ...(http ? { http } : {}),
      required,
      constraint: limits && Object.keys(limits).some((key) => key !== 'required') ? limits : undefined,
    };
  }

  private shape(schema: NormalizedSchema, path: string, each?: Constraint): Shape {
    if (schema.isStructSchema()) return this.structure(schema);
    if (schema.isListSchema()) {
      const element = this.member(schema.getValueSchema(), 'member', path, false, each);
      const emptyIsAbsent = element.shape.kind === 'string' && this.source.emptyIsAbsent?.(path, 'element');
      return { kind: 'list', element: emptyIsAbsent ? { ...element, emptyIsAbsent } : element };
    }
    if (schema.isMapSchema()) {
      const key = this.member(schema.getKeySchema(), 'key', path, false);
      return { kind: 'map', key, value: this.member(schema.getValueSchema(), 'value', path, false, each) };
    }
    if (schema.isBooleanSchema()) return { kind: 'boolean' };
    if (schema.isTimestampSchema()) return { kind: 'timestamp' };
    if (schema.isBlobSchema()) return { kind: 'blob' };
    if (schema.isDocumentSchema()) return { kind: 'document' };
    if (schema.isNumericSchema() || schema.isBigIntegerSchema() || schema.isBigDecimalSchema()) {
      return { kind: this.doubles.has(path) ? 'double' : this.longs.has(path) ? 'long' : 'integer' };
    }
    return { kind: 'string' };
  }
}

interface HttpTraits {
  readonly httpLabel?: unknown;
  readonly httpQuery?: string;
  readonly httpHeader?: string;
}

function placeInHttp({ httpLabel, httpQuery, httpHeader }: HttpTraits): Member['http'] {
  if (httpLabel) return { label: true };
  if (httpQuery !== undefined) return { query: httpQuery };
  return httpHeader === undefined ? undefined : { header: httpHeader };
}

/** A structure's schema lists its required members first and says in its seventh place how many they are. */
function requiredMembers(schema: NormalizedSchema): number {
  const raw = schema.getSchema() as unknown as readonly unknown[];
  return typeof raw[6] === 'number' ? raw[6] : 0;
}
