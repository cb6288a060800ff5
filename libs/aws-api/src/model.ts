/**
 * A service as the wire sees it: operations, shapes and their constraints. One port with two sources, the schemas that the AWS
 * SDK exports (`smithy-schemas.ts`) and models written by hand (`longshore-model.ts`). Nothing else knows where a model is from.
 */
export interface ServiceModel {
  /** The name in `api.<service>.<Operation>` and in the credential scope of a signature. */
  readonly service: string;
  /** `X-Amz-Target: <targetPrefix>.<Operation>` */
  readonly targetPrefix: string;
  /** The API version: what a Query request names. */
  readonly version: string;
  readonly xmlNamespace: string;
  readonly protocols: readonly ('json' | 'query' | 'ec2' | 'rest-xml' | 'rest-json')[];
  /** API versions of another service that signs with the same name. */
  readonly versionsOfOthers?: readonly string[];
  /** Requests may be larger than an API's usually are: batches of text. */
  readonly takesLargeBodies?: boolean;
  /** Undefined when the model has no such operation. Shapes are built when first asked for. */
  operation(name: string): OperationModel | undefined;
  operationNames(): readonly string[];
  /** Error shape name → the code and status that Query clients (and `x-amzn-query-error`) know it by, where they differ. */
  queryError(shapeName: string): { readonly code: string; readonly status: number } | undefined;
  /** An error of the model by its shape's name: the name with its namespace. */
  errorId(shapeName: string): string | undefined;
  /** The code this service answers to input that its model forbids. */
  readonly validationErrorCode: string;
  /** The code for NaN and the infinities, where it is another one. */
  readonly notFiniteErrorCode?: string;
  /** Operations that have other ones for what is forbidden, or missing. */
  readonly inputErrorsOf?: Readonly<Record<string, InputErrors>>;
  /** What it says of the first violation, where that is not AWS's general "1 validation error detected: …". */
  readonly violationSentence?: (violation: Violation) => string;
}

/** Something that a model forbids: the value as it is told (`Value 'a'`), where, and what it has to be ("Member must …"). */
export interface Violation {
  readonly told: string;
  readonly at: string;
  readonly complaint: string;
  /** A member that has to be there is not. */
  readonly isAbsence?: true;
}

export interface InputErrors {
  readonly invalid?: string;
  readonly missing?: string;
}

export interface OperationModel {
  readonly name: string;
  readonly input: StructureShape;
  readonly output: StructureShape;
  /** The member of `output` that is told event by event, for as long as the client listens. */
  readonly eventStream?: string;
  /** Of services that speak REST: `/2013-04-01/hostedzone/{Id}`, and the status of an answer. */
  readonly http?: { readonly method: string; readonly path: string; readonly status: number };
}

export type Shape =
  | { readonly kind: 'string' | 'boolean' | 'timestamp' | 'blob' | 'document' }
  /** `integer` is 32 bits, `long` what a JSON number carries exactly. */
  | { readonly kind: 'integer' | 'long' | 'double' }
  | ListShape
  | MapShape
  | StructureShape;

/** `element.wireName` is the XML element (`member` unless the model says otherwise). */
export interface ListShape {
  readonly kind: 'list';
  readonly element: Member;
}
export interface MapShape {
  readonly kind: 'map';
  readonly key: Member;
  readonly value: Member;
}
/** A union is a structure of which exactly one member is set. Structures may contain themselves. */
export interface StructureShape {
  readonly kind: 'structure' | 'union';
  readonly name: string;
  readonly members: ReadonlyMap<string, Member>;
  /** Answers may carry members that the model does not list (our own operations, which grow with the product). */
  readonly open?: boolean;
}

export interface Member {
  readonly shape: Shape;
  /** The name in Query forms and XML; JSON uses the member's own name. */
  readonly wireName: string;
  /** The name in EC2's forms, which are not those of its answers. */
  readonly queryName?: string;
  /** Lists and maps without a wrapping element in Query and XML. */
  readonly flattened: boolean;
  /** Where it stands in a REST request or answer, when that is not the body. */
  readonly http?: { readonly label: true } | { readonly query: string } | { readonly header: string };
  /** Values of sensitive members are never repeated in error messages. */
  readonly sensitive: boolean;
  readonly required: boolean;
  /** An empty string here says "not given": the member is left out, the element of a list dropped. */
  readonly emptyIsAbsent?: boolean;
  /** What the service says to an empty string here, where that is not the deciders' business. */
  readonly emptySentence?: string;
  readonly constraint?: Constraint;
}

/** `min` and `max` are a number's value, a string's length, or the size of a list or map. */
export interface Constraint {
  readonly required?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly enum?: readonly string[];
  /** The whole sentence that the service itself says to a value that is not within a limit; AWS's general one where it has none. */
  readonly sentences?: { readonly enum?: string; readonly max?: string; readonly pattern?: string };
  /** Must match the whole value. */
  readonly pattern?: string;
  /** For every element of a list, every value of a map. */
  readonly each?: Constraint;
}
