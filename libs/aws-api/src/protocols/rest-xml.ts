import { XMLParser } from 'fast-xml-parser';
import type { Rejection } from '#lib/kernel';
import type { Member, OperationModel, ServiceModel, Shape, StructureShape } from '../model.js';
import type { Call } from './call.js';
import { scalar } from './query-input.js';
import { queryProtocol, xmlAnswer, xmlStructure } from './query.js';
import type { Protocol } from './wire.js';

/** Operation and parameters in the path and the query, a document in the body: https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html */
export function restCall(
  model: ServiceModel,
  method: string,
  path: string,
  query: string,
  protocolOf: (place: InPath) => Protocol = restXmlProtocol,
): Call {
  for (const { method: wanted, segments, name } of routesOf(model)) {
    if (wanted !== method) continue;
    const labels = labelsIn(segments, path);
    if (labels) return { protocol: protocolOf({ labels, query: new URLSearchParams(query) }), model, operationName: name };
  }
  return { protocol: protocolOf(NOTHING), model, operationName: undefined };
}

interface Route {
  readonly name: string;
  readonly method: string;
  readonly segments: readonly string[];
}

const routes = new WeakMap<ServiceModel, readonly Route[]>();

function routesOf(model: ServiceModel): readonly Route[] {
  const known = routes.get(model);
  if (known) return known;
  const made = model.operationNames().flatMap((name): readonly Route[] => {
    const { http } = model.operation(name)!;
    return http ? [{ name, method: http.method, segments: segmentsOf(http.path) }] : [];
  });
  // A path that is written out goes before one with a label in that place.
  made.sort((a, b) => labelCount(a) - labelCount(b));
  routes.set(model, made);
  return made;
}

const segmentsOf = (path: string): readonly string[] => path.replace(/\/$/, '').split('/').slice(1);
const isLabel = (segment: string) => segment.startsWith('{');
const labelCount = ({ segments }: Route) => segments.filter(isLabel).length;

function labelsIn(segments: readonly string[], path: string): ReadonlyMap<string, string> | undefined {
  const given = segmentsOf(path);
  if (given.length !== segments.length) return undefined;
  const labels = new Map<string, string>();
  for (const [at, segment] of segments.entries()) {
    const text = decoded(given[at]!);
    if (isLabel(segment)) {
      if (text === undefined || text === '') return undefined;
      labels.set(segment.slice(1, -1), text);
    } else if (text !== segment) return undefined;
  }
  return labels;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** What of a call is in its path and its query. */
export interface InPath {
  readonly labels: ReadonlyMap<string, string>;
  readonly query: URLSearchParams;
}

const NOTHING: InPath = { labels: new Map(), query: new URLSearchParams() };

const restXmlProtocol = (place: InPath): Protocol => ({
  name: 'rest-xml',
  decode(operation, body) {
    const document = documentOf(body);
    if ('rejection' in document) return document;
    return { raw: { ...readElement(operation.input, document.root), ...readPath(operation.input, place) } };
  },
  output(model, operation, output, requestId) {
    const document = { '@xmlns': model.xmlNamespace, ...xmlStructure(bodyOf(operation.output), output ?? {}) };
    const answer = xmlAnswer(operation.http?.status ?? 200, requestId, { [operation.output.name]: document });
    return { ...answer, headers: { ...answer.headers, ...headersOf(operation, output) } };
  },
  error: (model, rejection, requestId) => queryProtocol.error(model, rejection, requestId),
});

const bodyOf = (shape: StructureShape): StructureShape => ({
  ...shape,
  members: new Map([...shape.members].filter(([, { http }]) => !http)),
});

function headersOf({ output: shape }: OperationModel, output: unknown): Record<string, string> {
  const told: Record<string, string> = {};
  for (const [name, { http }] of shape.members) {
    const value = (output as Readonly<Record<string, unknown>> | undefined)?.[name];
    if (http && 'header' in http && typeof value === 'string') told[http.header.toLowerCase()] = value;
  }
  return told;
}

/** Values stay text: what they are the shapes say. */
const parser = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  // Clients write quotation marks by their number.
  htmlEntities: true,
});

const malformed = (why: string): { readonly rejection: Rejection } => ({
  rejection: {
    code: 'SerializationException',
    message: `The request's body is not a document that can be read: ${why}`,
    status: 400,
  },
});

function documentOf(body: Uint8Array): { readonly root: unknown } | { readonly rejection: Rejection } {
  const text = Buffer.from(body).toString('utf8').trim();
  if (text === '') return { root: {} };
  // Entities of the sender's own have no place in a request.
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) return malformed('it declares a document type.');
  try {
    const parsed = parser.parse(text, true) as Readonly<Record<string, unknown>>;
    return { root: Object.values(parsed)[0] };
  } catch (error) {
    return malformed(error instanceof Error ? error.message : 'it is not XML.');
  }
}

function readElement(shape: StructureShape, element: unknown): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  if (typeof element !== 'object' || element === null) return read;
  for (const [name, member] of shape.members) {
    if (member.http || !Object.hasOwn(element, member.wireName)) continue;
    read[name] = readMember(member, (element as Readonly<Record<string, unknown>>)[member.wireName]);
  }
  return read;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

function readMember(member: Member, value: unknown): unknown {
  const { shape } = member;
  if (shape.kind === 'list') {
    const elements = member.flattened
      ? value
      : (value as Readonly<Record<string, unknown>> | undefined)?.[shape.element.wireName];
    return listOf(elements).map((element) => readMember(shape.element, element));
  }
  if (shape.kind === 'structure' || shape.kind === 'union') return readElement(shape, value);
  return readText(shape, value);
}

/** An element that is there twice, or has others in it, is no text: the type check names it. */
const readText = (shape: Shape, value: unknown): unknown => (typeof value === 'string' ? scalar(shape, value) : value);

export function readPath(shape: StructureShape, { labels, query }: InPath): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const [name, { http, shape: of }] of shape.members) {
    if (!http) continue;
    // A list is its name over and over.
    const all = 'query' in http ? query.getAll(http.query) : [];
    if (of.kind === 'list' && all.length > 0) read[name] = all.map((text) => scalar(of.element.shape, text));
    const text = 'label' in http ? labels.get(name) : all[0];
    if (of.kind !== 'list' && typeof text === 'string') read[name] = scalar(of, text);
  }
  return read;
}
