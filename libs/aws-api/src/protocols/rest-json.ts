import { jsonProtocol } from './json.js';
import { type InPath, readPath } from './rest-xml.js';
import type { Protocol } from './wire.js';

const json = jsonProtocol('application/json', false);

/** As REST/XML has operation and parameters in the path and the query, with JSON in the body: https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html */
export const restJsonProtocol = (place: InPath): Protocol => ({
  ...json,
  name: 'rest-json',
  decode(operation, body) {
    const decoded = json.decode(operation, body);
    if ('rejection' in decoded || typeof decoded.raw !== 'object' || decoded.raw === null) return decoded;
    // What has its place in the path is nowhere else.
    return { raw: { ...decoded.raw, ...readPath(operation.input, place) } };
  },
  error(model, rejection, requestId) {
    // Its errors call their words by a capital; clients of other services read the small one.
    return json.error(model, { ...rejection, fields: { Message: rejection.message, ...rejection.fields } }, requestId);
  },
});
