import { isUtf8 } from 'node:buffer';
import type { Member, Shape, StructureShape } from '../model.js';
import { errorShape, queryErrorHeader } from './error-names.js';
import { type HttpResponse, type Protocol, text } from './wire.js';

/**
 * AWS JSON 1.0 and 1.1. Timestamps go out as seconds since the epoch with a fraction. `queryMode`: the client asks for the codes of
 * the service's former Query protocol (`x-amzn-query-mode: true`), which new CloudWatch clients show to their users.
 */
export function jsonProtocol(contentType: string, queryMode: boolean): Protocol {
  return {
    name: 'json',
    decode(_operation, body) {
      if (body.length === 0) return { raw: {} };
      const rejection = { code: 'SerializationException', message: 'The request body is not valid JSON.', status: 400 };
      if (!isUtf8(body)) return { rejection };
      try {
        return { raw: JSON.parse(Buffer.from(body).toString()) as unknown };
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        return { rejection };
      }
    },
    output: (_model, operation, output, requestId) =>
      respond(200, contentType, requestId, JSON.stringify(jsonStructure(operation.output, output ?? {}))),
    error(model, rejection, requestId) {
      const { code, message, fields } = rejection;
      const { id, status } = errorShape(model, rejection);
      // 1.1 names the shape alone: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
      const __type = contentType.endsWith('1.0') ? id : code;
      const response = respond(status, contentType, requestId, JSON.stringify({ __type, message, ...fields }));
      const headers: Record<string, string> = { ...response.headers, 'x-amzn-errortype': code };
      if (queryMode) headers['x-amzn-query-error'] = queryErrorHeader(model, rejection);
      return { ...response, headers };
    },
  };
}

function respond(status: number, contentType: string, requestId: string, body: string): HttpResponse {
  return { status, headers: { 'content-type': contentType, 'x-amzn-requestid': requestId }, body: text.encode(body) };
}

/** Only modelled members leave the house, except in structures declared open. */
function jsonValue(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case 'structure':
    case 'union':
      return jsonStructure(shape, value);
    case 'list':
      return isScalar(shape.element) || !Array.isArray(value)
        ? value
        : value.map((element) => jsonValue(shape.element.shape, element));
    case 'map':
      if (isScalar(shape.value) || typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, jsonValue(shape.value.shape, entry)]));
    case 'timestamp':
      return typeof value === 'string' ? new Date(value).getTime() / 1000 : value;
    default:
      return value;
  }
}

export function jsonStructure(shape: StructureShape, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const given = value as Readonly<Record<string, unknown>>;
  const written: Record<string, unknown> = shape.open ? { ...given } : {};
  for (const [name, member] of shape.members) {
    const memberValue = given[name];
    if (memberValue !== undefined && memberValue !== null) written[name] = jsonValue(member.shape, memberValue);
  }
  return written;
}

const SCALARS: ReadonlySet<string> = new Set<Shape['kind']>(['string', 'boolean', 'integer', 'long', 'double']);
const isScalar = ({ shape: { kind } }: Member) => SCALARS.has(kind);
