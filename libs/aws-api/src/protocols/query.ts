import { XMLBuilder } from 'fast-xml-parser';
import type { Rejection } from '#lib/kernel';
import type { Member, ServiceModel, Shape, StructureShape } from '../model.js';
import { parameterTree, readStructure } from './query-input.js';
import { type HttpResponse, type Protocol, text } from './wire.js';

/** The AWS Query protocol: a form in, XML out. */
export const queryProtocol: Protocol = {
  name: 'query',
  decode(operation, body) {
    const tree = parameterTree(new URLSearchParams(formText(body)));
    if (!tree) return { rejection: { code: 'MalformedQueryString', message: 'The form has too many parameters.', status: 400 } };
    return { raw: readStructure(operation.input, tree) };
  },
  output(model, operation, output, requestId) {
    const result = xmlStructure(operation.output, output ?? {});
    const response = {
      '@xmlns': model.xmlNamespace,
      [`${operation.name}Result`]: result,
      ResponseMetadata: { RequestId: requestId },
    };
    return xmlAnswer(200, requestId, { [`${operation.name}Response`]: response });
  },
  error(model, rejection, requestId) {
    const { code, status } = queryError(model, rejection);
    const error = { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: rejection.message };
    const response = { ...(model ? { '@xmlns': model.xmlNamespace } : {}), Error: error, RequestId: requestId };
    return xmlAnswer(status, requestId, { ErrorResponse: response });
  },
};

/** Bytes that are not UTF-8 cannot be meant; they are read as the replacement character. */
export const formText = (body: Uint8Array): string => Buffer.from(body).toString('utf8');

/** What Query services call the errors of the front door (the general names are the JSON services'), and their statuses. */
const FRONT_DOOR_CODES: Readonly<Record<string, { code: string; status: number }>> = {
  MissingAuthenticationTokenException: { code: 'MissingAuthenticationToken', status: 403 },
  IncompleteSignatureException: { code: 'IncompleteSignature', status: 400 },
  InvalidSignatureException: { code: 'SignatureDoesNotMatch', status: 403 },
  AccessDeniedException: { code: 'AccessDenied', status: 403 },
  UnrecognizedClientException: { code: 'InvalidClientTokenId', status: 403 },
  UnknownOperationException: { code: 'InvalidAction', status: 400 },
  UnsupportedFeatureException: { code: 'UnsupportedOperation', status: 400 },
  ThrottlingException: { code: 'Throttling', status: 400 },
  SerializationException: { code: 'MalformedInput', status: 400 },
  ServiceUnavailableException: { code: 'ServiceUnavailable', status: 503 },
  InternalFailure: { code: 'InternalFailure', status: 500 },
};

function queryError(model: ServiceModel | undefined, { code, status }: Rejection): { code: string; status: number } {
  return model?.queryError(code) ?? FRONT_DOOR_CODES[code] ?? { code, status };
}

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', suppressEmptyNode: true });

export function xmlAnswer(status: number, requestId: string, document: object): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: text.encode(`<?xml version="1.0" encoding="UTF-8"?>\n${builder.build(printable(document))}`),
  };
}

export function xmlStructure(shape: StructureShape, value: unknown): Record<string, unknown> {
  const written: Record<string, unknown> = {};
  if (typeof value !== 'object' || value === null) return written;
  for (const [name, member] of shape.members) {
    const memberValue = (value as Readonly<Record<string, unknown>>)[name];
    if (memberValue !== undefined && memberValue !== null) written[member.wireName] = xmlMember(member, memberValue);
  }
  return written;
}

function xmlMember(member: Member, value: unknown): unknown {
  const { shape } = member;
  if (shape.kind === 'list' && Array.isArray(value)) {
    const elements = value.map((element: unknown) => xmlMember(shape.element, element));
    return member.flattened ? elements : { [shape.element.wireName]: elements };
  }
  if (shape.kind === 'map' && typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, entry]: [string, unknown]) => ({
      [shape.key.wireName]: key,
      [shape.value.wireName]: xmlMember(shape.value, entry),
    }));
    return member.flattened ? entries : { entry: entries };
  }
  return xmlScalar(shape, value);
}

function xmlScalar(shape: Shape, value: unknown): unknown {
  if (shape.kind === 'timestamp' && typeof value === 'number') return new Date(value * 1_000).toISOString();
  return shape.kind === 'structure' || shape.kind === 'union' ? xmlStructure(shape, value) : value;
}

/** XML 1.0 has no way to write most control characters, escaped or not; a parser would refuse the whole answer. */
const NOT_XML = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

export function printable(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(NOT_XML, '\uFFFD');
  if (Array.isArray(value)) return value.map(printable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, printable(entry)]));
}
