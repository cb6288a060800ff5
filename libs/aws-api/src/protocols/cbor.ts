import { cbor, tag } from '@smithy/core/cbor';
import type { Shape, StructureShape } from '../model.js';
import { MalformedCbor, readCbor } from './cbor-reader.js';
import { errorShape, queryErrorHeader } from './error-names.js';
import type { Protocol } from './wire.js';

/**
 * Smithy RPC v2 CBOR, which newer SDKs speak with CloudWatch, by themselves or when told to (https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html). Instants are
 * tag 1 with a fraction of seconds, blobs byte strings. `queryMode`: the client shows the codes of the service's former Query protocol.
 */
export const cborProtocol = (queryMode: boolean): Protocol => ({
  name: 'cbor',
  decode(_operation, body) {
    if (body.length === 0) return { raw: {} };
    try {
      return { raw: readCbor(body) };
    } catch (error) {
      if (!(error instanceof MalformedCbor)) throw error;
      return {
        rejection: {
          code: 'SerializationException',
          message: `The request body is not valid CBOR: ${error.message}.`,
          status: 400,
        },
      };
    }
  },
  output: (_model, operation, output, requestId) => respond(200, cborStructure(operation.output, output ?? {}), requestId),
  error(model, rejection, requestId) {
    const { message, fields } = rejection;
    const { id, status } = errorShape(model, rejection);
    const response = respond(status, { __type: id, message, ...fields }, requestId);
    return queryMode
      ? { ...response, headers: { ...response.headers, 'x-amzn-query-error': queryErrorHeader(model, rejection) } }
      : response;
  },
});

function respond(status: number, body: unknown, requestId: string) {
  return {
    status,
    headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor', 'x-amzn-requestid': requestId },
    body: cbor.serialize(body),
  };
}

/** Only modelled members leave the house, except in structures declared open. */
function cborStructure(shape: StructureShape, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const given = value as Readonly<Record<string, unknown>>;
  const written: Record<string, unknown> = shape.open ? { ...given } : {};
  for (const [name, member] of shape.members) {
    const memberValue = given[name];
    if (memberValue !== undefined && memberValue !== null) written[name] = cborValue(member.shape, memberValue);
  }
  return written;
}

function cborValue(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case 'structure':
    case 'union':
      return cborStructure(shape, value);
    case 'list':
      return Array.isArray(value) ? value.map((element) => cborValue(shape.element.shape, element)) : value;
    case 'map':
      return Object.fromEntries(
        Object.entries(value as object).map(([key, entry]) => [key, cborValue(shape.value.shape, entry)]),
      );
    case 'timestamp':
      return tag({ tag: 1, value: typeof value === 'string' ? new Date(value).getTime() / 1000 : (value as number) });
    case 'blob':
      return typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'base64')) : value;
    default:
      return value;
  }
}
