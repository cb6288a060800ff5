import { cbor } from '@smithy/core/cbor';
import type { Protocol } from './wire.js';

/**
 * Smithy RPC v2 CBOR: its place, not its implementation. Clients that choose it (none of the AWS CLI, boto3 and the JavaScript SDK
 * does for the services here) get an answer in it that they can read.
 */
export const cborProtocol: Protocol = {
  name: 'cbor',
  decode: () => ({
    rejection: {
      code: 'UnsupportedProtocolException',
      message: 'Longshore does not speak Smithy RPC v2 CBOR yet. Configure the client for AWS JSON or AWS Query.',
      status: 400,
    },
  }),
  output: (_model, _operation, output, requestId) => respond(200, output, requestId),
  error: (_model, { code, message, status }, requestId) => respond(status, { __type: code, message }, requestId),
};

function respond(status: number, body: unknown, requestId: string) {
  return {
    status,
    headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor', 'x-amzn-requestid': requestId },
    body: cbor.serialize(body),
  };
}
