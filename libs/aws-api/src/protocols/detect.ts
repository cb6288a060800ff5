import type { ServiceCatalog } from '../service-catalog.js';
import type { Call } from './call.js';
import { cborProtocol } from './cbor.js';
import { jsonProtocol } from './json.js';
import { ec2Protocol } from './ec2.js';
import { formText, queryProtocol } from './query.js';
import { restJsonProtocol } from './rest-json.js';
import { restCall } from './rest-xml.js';
import type { HttpRequest } from './wire.js';

/** What a request in no protocol is answered in. */
export const DEFAULT_PROTOCOL = jsonProtocol('application/x-amz-json-1.1', false);

const encoder = new TextEncoder();

export function detectCall(
  catalog: ServiceCatalog,
  request: HttpRequest,
  path: string,
  query: string,
  scopedService: string | undefined,
): Call | undefined {
  const { headers } = request;
  const queryMode = headers['x-amzn-query-mode'] === 'true';
  if (headers['smithy-protocol'] !== undefined) return cborCall(catalog, path, queryMode);
  const rest = scopedService === undefined ? undefined : catalog.named(scopedService);
  if (rest?.protocols.includes('rest-xml')) return restCall(rest, request.method, path, query);
  if (rest?.protocols.includes('rest-json')) return restCall(rest, request.method, path, query, restJsonProtocol);
  const target = headers['x-amz-target'];
  if (target !== undefined && request.method === 'POST') {
    const protocol = jsonProtocol(jsonContentType(headers['content-type']), queryMode);
    const found = catalog.ofTarget(target);
    return {
      protocol,
      model: found?.model.protocols.includes('json') ? found.model : undefined,
      operationName: afterDot(target),
    };
  }
  if (request.method === 'POST' && headers['content-type']?.toLowerCase().startsWith('application/x-www-form-urlencoded')) {
    return queryCall(catalog, request.body, scopedService);
  }
  if (request.method === 'GET' && /(^|&)Action=/.test(query)) return queryCall(catalog, encoder.encode(query), scopedService);
  return undefined;
}

/** `POST /service/GraniteServiceVersion20100801/operation/PutMetricData` */
function cborCall(catalog: ServiceCatalog, path: string, queryMode: boolean): Call {
  const [, service, operation] = /^\/service\/([^/]+)\/operation\/([^/]+)\/?$/.exec(path) ?? [];
  const found = catalog.ofTarget(`${service}.${operation}`);
  return { protocol: cborProtocol(queryMode), model: found?.model, operationName: found?.operation };
}

function queryCall(catalog: ServiceCatalog, form: Uint8Array, scopedService: string | undefined): Call {
  const parameters = new URLSearchParams(formText(form));
  const model = catalog.ofQuery(parameters.get('Version') ?? undefined, scopedService);
  const protocol = model?.protocols.includes('ec2') ? ec2Protocol : queryProtocol;
  return { protocol, model, operationName: parameters.get('Action') ?? undefined, form };
}

const afterDot = (target: string): string => target.slice(target.lastIndexOf('.') + 1);

/** The request's own content type is echoed (1.0 or 1.1), and nothing else: the header comes from strangers. */
function jsonContentType(given: string | undefined): string {
  return given?.toLowerCase().startsWith('application/x-amz-json-1.0')
    ? 'application/x-amz-json-1.0'
    : 'application/x-amz-json-1.1';
}
